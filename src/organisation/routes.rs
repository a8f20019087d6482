//! Routes, all for organisation admins.

use super::{actions, pages};
use crate::console::Routes;

/// Routes of the organisation.
pub fn routes() -> Routes {
    Routes::default()
        .organisation_page("/organisation", pages::index)
        .organisation_page("/organisation/workspaces/new", pages::new_workspace)
        .organisation_action("/organisation/workspaces/new", actions::create_workspace)
        .organisation_page("/organisation/workspaces/{workspace_id}/role", pages::role)
        .organisation_action("/organisation/workspaces/{workspace_id}/role", actions::take_role)
        .organisation_page("/organisation/groups/new", pages::new_group)
        .organisation_action("/organisation/groups/new", actions::create_group)
        .organisation_page("/organisation/groups/{workspace_group}", pages::group)
        .organisation_action("/organisation/groups/{workspace_group}", actions::change_group)
        .organisation_action("/organisation/groups/{workspace_group}/add", actions::add)
        .on("/organisation/groups/{workspace_group}")
        .organisation_action("/organisation/groups/{workspace_group}/remove", actions::remove)
        .on("/organisation/groups/{workspace_group}")
        .organisation_page("/organisation/groups/{workspace_group}/dissolve", pages::confirm_dissolve)
        .organisation_action("/organisation/groups/{workspace_group}/dissolve", actions::dissolve)
        .organisation_page("/organisation/admins", pages::admins)
        .organisation_action("/organisation/admins", actions::mark)
        .organisation_action("/organisation/admins/{operator}/unmark", actions::unmark)
        .on("/organisation/admins")
}
