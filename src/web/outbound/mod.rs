//! Calls of this server to other ones: within a time, to checked addresses, without following where an answer leads.

mod agent;
mod answer;
mod endpoint;
mod reach;

pub use agent::{agent, resolve, watched};
pub use answer::{beginning, retry_after, words};
pub use endpoint::{Endpoint, LONGEST};
pub use reach::Reach;
