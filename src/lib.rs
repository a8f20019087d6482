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
//! browser GET  ─> one hand-over to a blocking thread, one snapshot: guard → pages.rs: read → page struct → template
//! browser POST ─> console guard ─> one hand-over: actions.rs: form → Item → ingest::submit_now → 303 back, with a message
//! sender       ─> api guard: key, body → adapter: text → Items → ingest::submit → the format's own answer
//! ```
//!
//! `generate` goes the same way, through [`ingest::load_now`]: people whom nobody knows, by the thousand, through `COPY`.
//! Nothing else changes a profile. That is what makes every value traceable to its source.
//!
//! # Floors
//!
//! A file may name what lies on its own floor or below. No circle of imports runs through two rooms. `tests/it/rules/floors.rs` reads every
//! file and checks it; the list of floors there is the truth, and this is its picture:
//!
//! ```text
//! cli  housekeeping  backup          commands, and what happens by itself
//! app                                assembles: state, routes of all areas, kinds of jobs
//! api  developers  imports  status  demo  generate  simulate
//! profiles, upper storey             the list, Info, editing: it shows everybody's cards
//! areas, upper storey                routes, pages, actions, forms, cards, jobs' tasks; account
//! profile_page                       what every page about one profile starts from
//! console                            routes, guard, shell, scope, requests of operators
//! jobs                               changes of many profiles, chunk by chunk
//! ingest                             the vocabulary, and the one write path
//! ledger, upper storey               rows of the ledger in words
//! areas, lower storey; filter        values, stores, an area's part of the write path; what is searched for
//! auth  workspaces                   operators, sessions, roles; workspaces and their groups
//! ledger                             stamp, batch, source, change; what reads changes
//! web  state                         forms, times, pages, answers; what every handler needs
//! db  error  trace  config  clock  json  text  words
//! ```
//!
//! Areas own tables and addresses, and their `mod.rs` says which: [`profiles`], [`identities`], [`attributes`], [`tags`], [`events`]
//! (catalogue and retention), [`activity`] (the timeline), [`subscriptions`], [`restrictions`] (what keeps messages from
//! somebody whatever they want), [`verdict`] (who may be messaged), [`confirmations`] (who is asked to confirm their email), [`merges`], [`notes`],
//! [`history`], [`keys`], [`rejections`], [`stream`], [`operators`] (the team), [`organisation`] (workspaces, their groups, and who manages them), [`audit`], [`settings`], [`topics`] (topics,
//! purposes and channels), [`views`] (saved lists of profiles), [`segments`] (groups that keep themselves up to date), [`membership_attributes`] (attributes that say who is in a segment), [`screen_views`] (content that sites and apps show to an audience), [`preferences`] (what people decide by a link), [`data_requests`],
//! [`outputs`] (webhooks: what other systems are told), [`messages`] (to people, and what became of them), [`feedback`] (what providers tell of them), [`message_templates`] (the words of messages), [`sending_accounts`] (by which messages leave), [`imports`] (files of profiles and events), [`status`] (how the server is). [`filter`] and [`help`] own
//! none; the one reads what is typed into the search box, for [`profiles`]. An area is one folder; its storey is which file: `routes.rs`, `pages.rs` (GET), `actions.rs`
//! (POST), `form.rs` (raw input to a typed command) and cards stand above [`ingest`], values, `store.rs` (rows and queries) and `apply.rs`
//! (its part of the write path) below. [`notes`] is the pattern.
//!
//! # One request, walked through
//!
//! `POST /acme/live/profiles/{profile}/notes` reaches [`console::observe`], which names the request and will log it, then the guard that
//! [`console::Access`] put before the handler: it finds the session by the hash of the cookie's token, the workspace, environment and
//! role by the address, asks [`auth::Role::can`], and compares the form's token. The action, `notes::actions::create`, a plain function of the
//! [`console::Request`] and the form, parses the form; a form with a problem comes back as it was typed, with status 422. Else it makes one
//! [`ingest::Item`] and hands it to [`ingest::submit_now`], which writes the note, its first version and the ledger's row in one
//! transaction. The answer is a 303 to the tab.
//!
//! `GET` of the tab is shorter: the guard and the page, `notes::pages::index`, run in one transaction that Postgres keeps from changing
//! anything. [`profile_page::open`] reads the header, or answers with the way to the profile that this one was merged into.
//!
//! # Rules
//!
//! State and its ledger row are written in one transaction, by [`ingest`] alone. Every query is bounded, keyset-paged and carries
//! `environment_id`. Input is parsed at the edge into types that cannot hold anything wrong. Only [`clock`] knows the time. Blocking work
//! goes through [`db::Db`]. Texts of SQL are constant. No script and no inline style reach the browser.
//!
//! # Words
//!
//! - *Profile*: a customer in one environment. *Environment*: the live or the test half of a workspace; nothing crosses.
//! - *Organisation*: all workspaces of a server; its *admins* make them and put them into *workspace groups*.
//! - *Identifier*: what finds a profile; *claim*: whose an identifier is. *Address*: what reaches somebody, and may be shared.
//! - *Statement*: one thing that is said; *item*: a statement and whom it is about; *batch*: items that are said at once, by one *source*.
//! - *Stamp*: when something was said, when it arrived, its place in its call, and by whom. The later time wins, then the later place; of
//!   equal ones the values decide. Arrival does not count.
//! - *Change*: a row of the ledger; *group*: all changes of one form, import, call or job.
//! - *Register*: a kind of fact of which a profile holds the newest statement under each key: attributes, tags, addresses, devices,
//!   subscriptions, confirmed emails, consents, restrictions.
//! - *Survivor*: the profile that another one became a *part* of, at a *moment*; what was said of a part before that stays its own.
//!   *Late events*: events that follow a merged profile to its survivor.
//! - *Sender*: whatever sends data with an API key. On pages, in messages and in the output of commands it is called a *system*.
//! - *Restriction*: what keeps messages from a person or an address whatever anybody wants, until it is lifted or ends.
//! - *Look-up key*: a property of an event, such as an order number, by which the search box finds whose the event was.
//! - *Line*: a channel or a topic on it, to which one is subscribed. *Purpose*: what a consent is given for.
//! - *Segment*: a group of people; *live*: a filter defines it. *Member*: who is in it; *move*: somebody enters or leaves; to *count*: look at
//!   everybody; to *follow*: look again at those of whom something was said. *Aspect*: what a filter reads of a profile.
//! - *Screen view*: content that a site or app shows to its *audience*, which a filter selects; a *showing* is an event of a sender.
//! - *Happening*: what webhooks are told of; *delivery*: what one of them is sent of it, which Standard Webhooks call a message.
//! - *Message*: what is sent to a person, by a *sending account*; *step*: what became of it; *lane*: what waits for one account.
//! - *Job*: a change of many profiles; *task*: what it does; *chunk*: what it does at a time.
//! - Refusals, from the value to the page: `Invalid` (a value breaks a rule) → `Refused` (an item of a call is not stored) → `Rejection`
//!   (kept, for people to look at); `Problem` (a field of a form) → `AppError` (a request without an answer).

pub mod account;
pub mod activity;
pub mod api;
pub mod app;
pub mod attributes;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod confirmations;
pub mod console;
pub mod data_requests;
pub mod db;
pub mod demo;
pub mod developers;
pub mod error;
pub mod events;
pub mod feedback;
pub mod filter;
pub mod generate;
pub mod help;
pub mod history;
pub mod housekeeping;
pub mod identities;
pub mod imports;
pub mod ingest;
pub mod jobs;
pub mod json;
pub mod keys;
pub mod ledger;
pub mod membership_attributes;
pub mod merges;
pub mod message_templates;
pub mod messages;
pub mod notes;
pub mod operators;
pub mod organisation;
pub mod outputs;
pub mod preferences;
pub mod profile_page;
pub mod profiles;
pub mod registers;
pub mod rejections;
pub mod restrictions;
pub mod screen_views;
pub mod segments;
pub mod sending_accounts;
pub mod settings;
pub mod simulate;
pub mod state;
pub mod status;
pub mod stream;
pub mod subscriptions;
pub mod tags;
pub mod text;
pub mod topics;
pub mod trace;
pub mod verdict;
pub mod views;
pub mod web;
mod words;
pub mod workspaces;
