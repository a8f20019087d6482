//! Routes of the area, each with its permission.

use super::{bulk, create, edit, erase, export, info, list, neighbour};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Routes for the list, the Info tab and its forms.
pub fn routes() -> Routes {
    let (read, edit, send) = (Permission::ReadProfiles, Permission::EditProfiles, Permission::SendMessages);
    Routes::default()
        .page("/{workspace}/{environment}/profiles", read, list::index)
        .page("/{workspace}/{environment}/profiles/columns", read, list::choose)
        .page("/{workspace}/{environment}/profiles/filter", read, list::build)
        .page("/{workspace}/{environment}/profiles/new", edit, create::new)
        .action("/{workspace}/{environment}/profiles/new", edit, create::create)
        .page("/{workspace}/{environment}/profiles/export", Permission::Export, export::question)
        .post("/{workspace}/{environment}/profiles/export", Access::Can(Permission::Export), export::download)
        .page("/{workspace}/{environment}/profiles/bulk", edit, bulk::question)
        .action("/{workspace}/{environment}/profiles/bulk", edit, bulk::choose)
        .page("/{workspace}/{environment}/profiles/bulk/{bulk}", edit, bulk::show)
        .action("/{workspace}/{environment}/profiles/bulk/{bulk}", edit, bulk::confirm)
        .action("/{workspace}/{environment}/profiles/bulk/{bulk}/cancel", send, bulk::cancel)
        .on("/{workspace}/{environment}/profiles/bulk/{bulk}")
        .page("/{workspace}/{environment}/profiles/{profile}", read, info::show)
        .page("/{workspace}/{environment}/profiles/{profile}/next", read, neighbour::next)
        .page("/{workspace}/{environment}/profiles/{profile}/previous", read, neighbour::previous)
        .page("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::show)
        .action("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::save)
        .page("/{workspace}/{environment}/profiles/{profile}/erase", Permission::Erase, erase::question)
        .action("/{workspace}/{environment}/profiles/{profile}/erase", Permission::Erase, erase::erase)
        .page("/{workspace}/{environment}/profiles/{profile}/attributes/new", edit, edit::new)
        .action("/{workspace}/{environment}/profiles/{profile}/attributes/new", edit, edit::add)
        .action("/{workspace}/{environment}/profiles/{profile}/reveal", edit, edit::reveal)
        .on("/{workspace}/{environment}/profiles/{profile}")
}
