//! The organisation: workspaces, their groups, who manages them, and the ways from one workspace to another.

mod admins;
mod groups;
mod places;
mod workspaces;

use kith::auth::Role;

use crate::support::App;

/// What stands in the placeholders of the organisation's addresses: a workspace, and a group that it is in.
pub fn parts(app: &App) -> [(&'static str, String); 2] {
    let mut ada = app.browser(Role::Admin);
    let group = group(app, "Nordics");
    ada.visit(&group);
    ada.submit("Add to the group", &[("Workspace", "1")]).expect(303);
    let id = group.rsplit('/').next().expect("an id").to_owned();
    [("{workspace_group}", id), ("{workspace_id}", "1".to_owned())]
}

/// Makes a group whose people are matched by email, and returns the address of its page.
fn group(app: &App, name: &str) -> String {
    let mut ada = app.browser(Role::Admin);
    ada.visit("/organisation/groups/new");
    ada.submit("Create group", &[("Name", name), ("matched_by-email", "yes")]).expect(303);
    ada.page().location().to_owned()
}

/// Lines of the audit log about the organisation: where they are read, who did it, and what.
fn told(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' ', coalesce(w.slug, '-'), o.name, a.action, a.detail->>'workspace', a.detail->>'group', \
             a.detail->>'admin', a.detail->>'role', a.detail->>'before', a.detail->>'after') \
         FROM audit_log a LEFT JOIN operators o ON o.id = a.operator_id LEFT JOIN workspaces w ON w.id = a.workspace_id \
         WHERE a.action NOT IN ('operator added', 'signed in', 'operator invited') AND NOT is_refusal \
         ORDER BY a.at, w.slug NULLS LAST, a.action, a.detail->>'workspace'",
    )
}
