//! Routes, with the permission of each.

use super::{actions, download, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Routes of imports.
pub fn routes() -> Routes {
    let import = Permission::Import;
    Routes::default()
        .page("/{workspace}/{environment}/imports", import, pages::index)
        .upload("/{workspace}/{environment}/imports", import, actions::upload)
        .page("/{workspace}/{environment}/imports/{import}", import, pages::show)
        .action("/{workspace}/{environment}/imports/{import}", import, actions::choose)
        .action("/{workspace}/{environment}/imports/{import}/stop", import, actions::stop)
        .on("/{workspace}/{environment}/imports/{import}")
        .action("/{workspace}/{environment}/imports/{import}/resume", import, actions::resume)
        .on("/{workspace}/{environment}/imports/{import}")
        .page("/{workspace}/{environment}/imports/{import}/remove", import, pages::remove)
        .action("/{workspace}/{environment}/imports/{import}/remove", import, actions::remove)
        .page("/{workspace}/{environment}/imports/{import}/undo", import, pages::undo)
        .action("/{workspace}/{environment}/imports/{import}/undo", import, actions::undo)
        .get("/{workspace}/{environment}/imports/{import}/rejects.csv", Access::Can(import), download::rejects)
        .get("/{workspace}/{environment}/imports/{import}/changes.csv", Access::Can(import), download::changes)
        .get("/{workspace}/{environment}/imports/{import}/refused.csv", Access::Can(import), download::refused)
}
