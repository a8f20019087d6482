//! The way to Postgres.

mod contention;
mod local;
mod lost;
mod tls;
