//! Screen views: content that sites and apps show to those of an audience, for a time and by priority (S1.2). Table: `screen_views`.
//!
//! Addresses: `…/screen-views[/{screen_view}[/edit|archive|restore]]` and, on a profile, `…/profiles/{profile}/content`. Nothing of
//! who is shown what is stored: an audience is asked of one person at a time, and showings come back as events of senders. One whose
//! audience names something that is gone is shown to nobody, and says why.

mod actions;
mod audience;
mod content;
mod define;
mod form;
mod on_profile;
mod pages;
mod routes;
mod screen_view;
mod show;
mod store;

pub use audience::{Asked, Shown, Told, asked, shown_to, told};
pub use content::{Content, ContentKind, Rendered};
pub use define::{By, Wish, Wrong, create};
pub use routes::routes;
pub use screen_view::{Listed, Priority, Run, ScreenViewName, Showing};
pub use store::{names, rename_segment, using_segment};

use crate::{db::ids::ScreenViewId, web::PathId};

impl PathId for ScreenViewId {
    const PART: &str = "screen_view";
}

/// Screen views of an environment that are not archived, at most.
pub const MOST: i64 = 200;
/// The event by which sites and apps say that they showed one.
pub const SHOWING: &str = "dynamicContent.show";
