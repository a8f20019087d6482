//! kith: a customer profile console. One binary and Postgres.
//!
//! # The way through the house
//!
//! ```text
//! senders ──┐
//! import  ──┤                                  ┌─> state tables (profiles, identifiers, addresses, notes, …)
//! console ──┼─> ingest::Item ─> ingest::submit ┼─> changes  (append-only ledger: one row a change, same transaction)
//! demo    ──┘   (one vocabulary) (one write path)└─> events   (append-only activity, partitioned by month)
//!
//! browser GET  ─> routes (role beside each) ─> pages.rs: parse → one database hop → page struct → template
//! browser POST ─> actions.rs: form → Item → ingest::submit → 303 back, with a message
//! sender       ─> api::guard: key, body → adapter: text → Items → ingest::submit → the format's own answer
//! ```
//!
//! `generate` goes the same way, through [`ingest::load_now`]: people whom nobody knows, by the thousand, through `COPY`.
//! Nothing else changes a profile. That is what makes every value traceable to its source.
//!
//! # One request, walked through
//!
//! `POST /acme/live/profiles/{profile}/notes` reaches [`web::observe`], which names the request and will log it, then the
//! guard that [`web::Routes`] put before the handler: it finds the session by the hash of the cookie's token, the workspace, environment and role by
//! the address, asks [`auth::Role::can`], and compares the form's token. The handler, `notes::actions::create`, parses the form; a form
//! with a problem comes back as it was typed, with status 422. Else it makes one [`ingest::Item`] and hands it to
//! [`ingest::submit`], which writes the note, its first version and the ledger's row in one transaction. The answer is a 303 to the tab.
//!
//! # Rooms
//!
//! Areas own tables and addresses, and their `mod.rs` says which: [`profiles`], [`identities`], [`attributes`], [`tags`],
//! [`activity`], [`subscriptions`], [`merges`], [`notes`], [`history`], [`jobs`], [`auth`], [`keys`], [`workspaces`]. Senders come in by [`api`]. The write path
//! is [`ingest`]. Mechanism that knows no area: [`web`], [`db`], [`json`], [`config`], [`clock`], [`error`]. [`app`] assembles; [`housekeeping`] is what happens by
//! itself; [`cli`] has one file a subcommand; [`transfer`] reads files; [`demo`] makes data up, and [`generate`] makes up a lot of it.
//!
//! What changes many profiles, such as renaming a tag or undoing an import, is a job ([`jobs`]): portion by portion, each one a batch of corrections.
//!
//! [`ingest`] in the order of a batch: `resolve` finds out whose the identifiers are, with `known` (who becomes one with whom, too); `load` reads what
//! may change; `state` folds statements, `correct` those of somebody who saw what a value was, `join` folds a merge; `work` writes. `erase`, `undo` and `newcomers` are the other ways in.
//!
//! An area has the same files, and only those that it needs: `mod.rs` (what it owns, its routes with the role beside each), `pages.rs` (GET),
//! `actions.rs` (POST), `form.rs` (raw input to a typed command), `store.rs` (rows and queries), `apply.rs` (its part of the write
//! path, set-based). [`notes`] is the pattern.
//!
//! # Rules
//!
//! State and its ledger row are written in one transaction, by [`ingest`] alone. Every query is bounded, keyset-paged and carries
//! `environment_id`. Input is parsed at the edge into types that cannot hold anything wrong. Only [`clock`] knows the time. Blocking work
//! goes through [`db::Db`]. No script and no inline style reach the browser.

pub mod account;
pub mod activity;
pub mod api;
pub mod app;
pub mod attributes;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod db;
pub mod demo;
pub mod developers;
pub mod error;
pub mod events;
pub mod generate;
pub mod history;
pub mod housekeeping;
pub mod identities;
pub mod ingest;
pub mod jobs;
pub mod json;
pub mod keys;
pub mod ledger;
pub mod merges;
pub mod notes;
pub mod profile_page;
pub mod profiles;
pub mod rejections;
pub mod state;
pub mod stream;
pub mod subscriptions;
pub mod tags;
pub mod text;
pub mod trace;
pub mod transfer;
pub mod web;
pub mod workspaces;
