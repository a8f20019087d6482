//! The team of a workspace: invitations, roles, who may come in.

mod invite;
mod last_admin;
mod manage;
mod missing;

use kith::auth::Role;

use crate::support::{App, Browser};

/// Invites somebody as support, and returns the path of the link.
#[track_caller]
pub fn invite(app: &App, admin: &mut Browser<'_>, name: &str, email: &str) -> String {
    admin.visit(&app.path("operators/invite"));
    let fields = [("Name", name), ("Email", email), ("role-support", "yes")];
    admin.submit("Invite", &fields).expect(200);
    link(admin)
}

/// What stands in the placeholders of the team's addresses: one operator, and one invitation with its link.
pub fn parts(app: &App) -> [(&'static str, String); 3] {
    let link = invite(app, &mut app.browser(Role::Admin), "Noor Haddad", "noor@acme.example");
    let secret = link.strip_prefix("/join/").expect("a token").to_owned();
    let invitation = app.db.one("SELECT id FROM invitations");
    [("{operator}", id(app, "sanjay@acme.example")), ("{invitation}", invitation), ("{secret}", secret)]
}

/// The path of the link on the page that is open.
#[track_caller]
fn link(admin: &Browser<'_>) -> String {
    let link = admin.page().text("pre code");
    link.strip_prefix("http://kith.test").unwrap_or_else(|| panic!("{link} is not ours")).to_owned()
}

/// Id of the operator with that email.
fn id(app: &App, email: &str) -> String {
    app.db.one(&format!("SELECT id FROM operators WHERE email = '{email}'"))
}

/// Address of the page of the operator with that email.
fn page_of(app: &App, email: &str) -> String {
    app.path(&format!("operators/{}", id(app, email)))
}

/// The actions in the audit log about teams, the oldest first.
fn audited(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' ', o.email, a.action, a.detail->>'name', a.detail->>'before', a.detail->>'after') \
         FROM audit_log a LEFT JOIN operators o ON o.id = a.operator_id \
         WHERE a.action NOT IN ('operator added', 'signed in') AND NOT is_refusal ORDER BY a.at, a.id",
    )
}
