//! Routes of restrictions and of the suppression list, each with its permission.

use super::{actions, list, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Routes of what admins do about restrictions, and of the suppression list.
pub fn routes() -> Routes {
    let (read, change) = (Permission::ReadProfiles, Permission::ChangeSubscriptions);
    Routes::default()
        .page("/{workspace}/{environment}/profiles/{profile}/restrictions", change, pages::question)
        .action("/{workspace}/{environment}/profiles/{profile}/restrictions", change, actions::change)
        .page("/{workspace}/{environment}/suppressions", read, list::index)
        .page("/{workspace}/{environment}/suppressions/new", change, list::new)
        .action("/{workspace}/{environment}/suppressions/new", change, list::add)
        .page("/{workspace}/{environment}/suppressions/{suppression}/remove", change, list::question)
        .action("/{workspace}/{environment}/suppressions/{suppression}/remove", change, list::remove)
        .post("/{workspace}/{environment}/suppressions/download", Access::Can(change), list::download)
        .on("/{workspace}/{environment}/suppressions")
}
