//! What attackers tried, as tests that are bounded in count and time. Those that take over ten seconds are ignored unless asked for:
//! `cargo test --test it -- --ignored`, which `bin/test` does in a line of its own.

mod browser_keys;
mod flash;
mod growth;
mod hidden_values;
mod names;
mod outage;
mod sign_in;
mod stored;
mod strangers;
mod stream;
