//! The way to Postgres.

mod local;
mod tls;
