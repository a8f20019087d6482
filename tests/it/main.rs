//! The integration tests: one binary, real Postgres, real routes. See `tests/README.md`.

mod support;

mod account;
mod activity;
mod api;
#[path = "../attacks/mod.rs"]
mod attacks;
mod attributes;
mod audit;
mod auth;
mod backup;
mod cli;
mod confirmations;
mod db;
mod developers;
mod events;
mod filter;
mod generate;
mod help;
mod history;
mod identities;
mod imports;
mod ingest;
mod jobs;
mod keys;
mod membership_attributes;
mod merges;
mod message_templates;
mod messages;
mod notes;
mod operators;
mod organisation;
mod outputs;
mod preferences;
mod profiles;
mod rejections;
mod restrictions;
mod rules;
mod segments;
mod sending_accounts;
mod settings;
mod site_map;
mod stream;
mod tags;
mod topics;
mod verdict;
