use std::sync::Barrier;

use kith::{
    auth::{Actor, Place, Refusal, Role, organisation},
    db::ids::OperatorId,
};

use super::told;
use crate::support::{App, app::PASSWORD};

fn id(app: &App, email: &str) -> OperatorId {
    let id = app.db.one(&format!("SELECT id FROM operators WHERE email = '{email}'"));
    OperatorId(id.parse().expect("an id"))
}

#[test]
fn the_first_operator_is_one_and_makes_others() {
    let app = App::new();
    let marked = || app.db.column("SELECT email FROM operators WHERE is_organisation_admin ORDER BY email");
    assert_eq!(marked(), ["ada@acme.example"]);
    let mut ada = app.browser(Role::Admin);
    ada.visit("/organisation");
    ada.click("Manage organisation admins").expect(200).check_markup();
    let page = ada.submit("Make organisation admin", &[("Email", "nobody@acme.example")]).expect(422).clone();
    page.shows("No operator has this email").check_markup();
    assert_eq!(page.attr("#email", "value"), "nobody@acme.example");
    ada.submit("Make organisation admin", &[("Email", " Mara@acme.example ")]).expect(303);
    ada.follow().shows("Mara Keller is now an organisation admin.").check_markup();
    ada.submit("Make organisation admin", &[("Email", "mara@acme.example")]).expect(303);
    ada.follow().shows("They are one already");
    let mut mara = app.browser(Role::Marketer);
    mara.visit("/organisation/admins");
    assert!(mara.page().texts("main button").iter().all(|button| !button.contains("Mara Keller")), "not oneself");
    let own = format!("/organisation/admins/{}/unmark", id(&app, "mara@acme.example"));
    let token = vec![("csrf".to_owned(), mara.token())];
    mara.post(&own, &token).expect(303);
    mara.follow().shows("Only another organisation admin can do this");
    mara.submit("Remove Ada Moreau from the organisation admins", &[]).expect(303);
    mara.follow().shows("Ada Moreau is no longer an organisation admin.");
    assert_eq!(marked(), ["mara@acme.example"]);
    ada.get("/organisation").expect(403);
    ada.get("/acme/live/keys").expect(200);
    let lines =
        ["- Ada Moreau organisation admin made Mara Keller", "- Mara Keller organisation admin unmade Ada Moreau"];
    assert_eq!(told(&app), lines);
    mara.visit("/organisation/audit").shows("Made an organisation admin: Mara Keller");
}

#[test]
fn one_stays() {
    let app = App::new();
    let (ada, mara, now) = (id(&app, "ada@acme.example"), id(&app, "mara@acme.example"), app.clock.now());
    let by = |operator| Actor { place: Place::Organisation, operator, address: None };
    let unmark =
        |who, by: &Actor| app.state.db.tx_now(|conn| organisation::unmark(conn, who, by, now)).expect("an answer");
    assert_eq!(unmark(ada, &by(None)), Err(Refusal::LastOrganisationAdmin));
    assert_eq!(unmark(mara, &by(None)), Err(Refusal::Unknown));
    for _ in 0..8 {
        app.db.run("UPDATE operators SET is_organisation_admin = email LIKE 'ada%' OR email LIKE 'mara%'");
        let start = Barrier::new(2);
        let done = std::thread::scope(|scope| {
            let threads = [(ada, mara), (mara, ada)].map(|(who, other)| {
                let (start, unmark, by) = (&start, &unmark, by(Some(other)));
                scope.spawn(move || {
                    start.wait();
                    unmark(who, &by).is_ok()
                })
            });
            threads.map(|thread| thread.join().expect("no panic"))
        });
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE is_organisation_admin"), 1);
    }
}

#[test]
fn without_a_role_anywhere_one_sees_the_overview_and_nobody() {
    let app = App::new();
    app.add_operator("Rosa", "rosa@acme.example", Role::Admin);
    let mut rosa = app.browser_of("rosa@acme.example");
    rosa.visit(&app.path("operators"));
    rosa.click("Ada Moreau");
    rosa.click("Remove from the team…");
    rosa.submit("Remove", &[]).expect(303);
    let mut ada = app.visitor();
    ada.visit("/sign-in");
    ada.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
    ada.follow();
    assert_eq!(ada.page().address, "/organisation");
    ada.page().shows("Give yourself a role in Acme");
    ada.get(&app.path("profiles")).expect(404);
    ada.visit("/workspaces").shows("You are in no workspace").shows("give yourself a role").check_markup();
    ada.visit("/organisation/audit").shows("Signed in");
    // Whoever loses the mark, too, is out.
    app.db.run("UPDATE operators SET is_organisation_admin = true WHERE name = 'Rosa'");
    rosa.visit("/organisation/admins");
    rosa.submit("Remove Ada Moreau from the organisation admins", &[]).expect(303);
    ada.get("/organisation").expect(303);
    ada.visit("/sign-in");
    ada.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(422);
}
