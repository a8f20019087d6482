//! What senders meet: keys, origins, bodies, answers, and what becomes of what they send.

mod bodies;
mod durable;
mod intake;
mod json_schema;
mod keys;
mod limits;
mod openapi;
mod origins;
mod outage;
mod profiles;
mod rejections;
mod stream;
mod wire;
