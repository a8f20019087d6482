//! Attributes: named values of a profile (V3, S3). Stored in `profiles.attributes`, the stamp of each newest statement in
//! `profiles.attribute_meta`, deletions included. Table: `attribute_definitions`, the catalogue.
//!
//! Addresses: `…/attributes[/show|/new|/edit|/type|/column|/retire]`; a name may hold any character, so it is a query parameter.
//! Invariants: every attribute that ever had a value has a definition, created with the first one; a source name never changes; arriving
//! values are converted to a chosen type where possible, and stay as sent otherwise; values of sensitive attributes are in no list, and
//! `ledger::hidden` alone decides what is shown of them; values that kith sets itself (`origin`) come from its jobs only.

mod actions;
mod cache;
mod definition;
mod form;
mod indexes;
mod membership;
mod own;
mod pages;
mod register;
mod retype;
mod routes;
mod rules;
mod sample;
mod store;
pub mod terms;
mod types;
mod value;

pub use cache::{columns, ensure, forget, rules, rules_now, unknown};
pub use definition::{Definition, NewDefinition, Origin};
pub use indexes::keep_index_now;
pub use membership::{define_membership, release_membership};
pub use own::OwnDefinitions;
pub use pages::address;
pub use register::Attributes;
pub use retype::Retype;
pub use routes::routes;
pub use rules::Rules;
pub use store::{MOST_COLUMNS, all, called, definitions, find, options, sensitive_names};
pub use types::{AttributeType, number};
pub use value::{AttributeName, AttributeValue, show};
