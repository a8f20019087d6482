//! Tags: words on a profile (V4, S4). Kept in `profiles.tags`, their stamps in `profiles.tag_meta`. Table: `tag_definitions`.
//!
//! Addresses: `…/tags[/{tag}[/rename|merge|delete]]` and, on a profile, `…/profiles/{profile}/tags[/remove]`.
//! A tag gets its row in the catalogue when somebody says it first. Renaming, merging and deleting change people through a job, as
//! everything that changes people does; the catalogue's row goes when that has begun, and comes back if a sender says the tag again.

mod actions;
mod card;
mod ensure;
mod form;
mod known;
mod on_profile;
mod pages;
mod retag;
mod store;
mod tag;

pub use card::TagCard;
pub use ensure::ensure as ensure_definitions;
pub use known::{Colours, colours};
pub use retag::retag_portion;
pub use tag::{Colour, Tag};

use crate::{
    auth::Permission,
    console::{Access, Routes},
    web::PathId,
};

impl PathId for Tag {
    const PART: &str = "tag";
}

/// The catalogue, and the tags of one person.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::ManageCatalogues));
    let edit = Access::Can(Permission::EditProfiles);
    Routes::default()
        .get("/{workspace}/{environment}/tags", read, pages::index)
        .post("/{workspace}/{environment}/tags", manage, actions::create)
        .get("/{workspace}/{environment}/tags/{tag}", manage, pages::edit)
        .post("/{workspace}/{environment}/tags/{tag}", manage, actions::update)
        .get("/{workspace}/{environment}/tags/{tag}/rename", manage, pages::rename)
        .post("/{workspace}/{environment}/tags/{tag}/rename", manage, actions::rename)
        .get("/{workspace}/{environment}/tags/{tag}/merge", manage, pages::merge)
        .post("/{workspace}/{environment}/tags/{tag}/merge", manage, actions::merge)
        .get("/{workspace}/{environment}/tags/{tag}/delete", manage, pages::delete)
        .post("/{workspace}/{environment}/tags/{tag}/delete", manage, actions::delete)
        .post("/{workspace}/{environment}/profiles/{profile}/tags", edit, on_profile::add)
        .post("/{workspace}/{environment}/profiles/{profile}/tags/remove", edit, on_profile::remove)
}
