//! Attributes: anything that is said about a person by name (V3, S3). Kept in `profiles.attributes`, the stamp of each
//! one's newest statement in `profiles.attribute_meta`, deletions included. Table: `attribute_definitions`, the catalogue.
//!
//! Addresses: `…/attributes[/show|/new|/edit|/type|/column|/retire]`; a name may hold any character, so it is a value of the query.
//! Invariants: every attribute that ever had a value has a definition, made with its first one; a source name never changes; a
//! chosen type is what arriving values are read as, where they can be; what does not convert stays as it was sent; values of
//! sensitive attributes are in no list, and `ledger::hidden` alone decides what is seen of them; what kith keeps itself (`origin`), only its jobs say.

mod actions;
mod cache;
mod definition;
mod form;
mod own;
mod pages;
mod register;
mod retype;
mod routes;
mod rules;
mod sample;
mod store;
mod types;
mod value;

pub use cache::{columns, ensure, rules, rules_now};
pub use definition::{Definition, Origin};
pub use own::OwnDefinitions;
pub use pages::address;
pub use register::Attributes;
pub use retype::Retype;
pub use routes::routes;
pub use rules::Rules;
pub use store::{MOST_COLUMNS, all, definitions, find, options, sensitive_names};
pub use types::{AttributeType, number};
pub use value::{AttributeName, AttributeValue, show};
