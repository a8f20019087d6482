//! Routes, for organisation admins.

use super::pages;
use crate::console::Routes;

/// Routes of the status.
pub fn routes() -> Routes {
    Routes::default().organisation_page("/organisation/status", pages::index)
}
