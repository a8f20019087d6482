//! What senders meet: keys, origins, bodies, answers, and what becomes of what they send.

mod bodies;
mod conditions;
mod crowd;
mod durable;
mod erasure;
mod intake;
mod keys;
mod limits;
mod lists;
mod loosen;
mod manners;
mod most;
mod names;
mod origins;
mod outage;
pub mod profiles;
mod references;
mod refused;
mod repeats;
mod wire;
