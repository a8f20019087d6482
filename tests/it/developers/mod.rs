//! The documentation for senders.

mod json_schema;
mod openapi;
