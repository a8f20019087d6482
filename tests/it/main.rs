//! The integration tests: one binary, real Postgres, real routes. See `tests/README.md`.

mod support;

mod activity;
mod api;
#[path = "../attacks/mod.rs"]
mod attacks;
mod attributes;
mod auth;
mod cli;
mod events;
mod generate;
mod history;
mod identities;
mod ingest;
mod jobs;
mod keys;
mod local_db;
mod merges;
mod notes;
mod profiles;
mod rules;
mod site_map;
mod tags;
mod tls;
mod transfer;
