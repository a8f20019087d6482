//! Tags: words on a profile (V4, S4). Stored in `profiles.tags`, their stamps in `profiles.tag_meta`. Table: `tag_definitions`.
//!
//! Addresses: `…/tags[/{tag}[/rename|merge|delete]]` and, on a profile, `…/profiles/{profile}/tags[/remove]`.
//! A tag enters the catalogue with the first statement that adds it. Renaming, merging and deleting a tag change profiles through a job,
//! like every bulk change; the catalogue's row goes at the end of the job, and comes back if a sender adds the tag again.

mod actions;
mod card;
mod ensure;
mod form;
mod known;
mod on_profile;
mod pages;
mod register;
mod retag;
mod routes;
mod store;
mod tag;

pub use card::TagCard;
pub use ensure::{ensure as ensure_definitions, unknown};
pub use known::{Colours, colours};
pub use register::Tags;
pub use retag::Retag;
pub use routes::routes;
pub use store::{OwnTags, names, spellings};
pub use tag::{Colour, Tag};

use crate::web::PathId;

impl PathId for Tag {
    const PART: &str = "tag";
}
