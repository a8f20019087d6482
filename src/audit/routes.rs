//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Routes of the audit log.
pub fn routes() -> Routes {
    let read = Permission::ReadAudit;
    Routes::default()
        .page("/{workspace}/{environment}/audit", read, pages::index)
        .post("/{workspace}/{environment}/audit/download", Access::Can(read), actions::download)
        .on("/{workspace}/{environment}/audit")
        .organisation_page("/organisation/audit", pages::organisation)
}
