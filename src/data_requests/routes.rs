//! Routes of the requests, for whoever may erase people.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the page.
pub fn routes() -> Routes {
    Routes::default()
        .page("/{workspace}/{environment}/requests", Permission::Erase, pages::index)
        .action("/{workspace}/{environment}/requests/answer", Permission::Erase, actions::answer)
        .on("/{workspace}/{environment}/requests")
}
