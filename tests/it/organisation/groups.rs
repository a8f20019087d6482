use kith::{
    auth::Role,
    db::ids::WorkspaceId,
    workspaces::{
        group_of,
        groups::{self, MatchedBy},
    },
};

use super::{group, told};
use crate::support::{App, app::create_workspace};

#[test]
fn a_group_is_made_filled_renamed_and_dissolved() {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    ada.visit("/organisation").shows("by what the same person is known");
    ada.click("Create group").expect(200).check_markup();
    let page = ada.submit("Create group", &[("Name", "Nordics")]).expect(422).clone();
    page.shows("Choose how people are matched.").check_markup();
    assert_eq!(page.attr("#name", "value"), "Nordics");
    let path = group(&app, "Nordics");
    let of = |id: i16| group_of(&mut app.db.connect(), WorkspaceId(id)).expect("an answer");
    assert_eq!(of(1), None);
    for id in ["1", "2"] {
        ada.visit(&path).check_markup();
        ada.submit("Add to the group", &[("Workspace", id)]).expect(303);
    }
    ada.follow().expect(200).shows("Birch Books is in the group.").shows("All other workspaces are in groups");
    let found = of(2).expect("a group");
    assert_eq!((found.name.as_str(), found.matched_by), ("Nordics", MatchedBy::Email));
    let members: Vec<&str> = found.members.iter().map(|member| member.slug.as_str()).collect();
    assert_eq!(members, ["acme", slug.as_str()]);

    ada.visit(&path);
    ada.submit("Save", &[("Name", "North"), ("matched_by-id", "yes")]).expect(303);
    ada.follow().shows("Saved.").check_markup();
    ada.submit("Save", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
    ada.submit("Remove Acme from the group", &[]).expect(303);
    ada.follow().shows("Acme is no longer in the group.");
    ada.visit("/organisation").shows("North ID Birch Books").check_markup();
    ada.visit(&path);
    ada.click("Dissolve group…").expect(200).shows("You cannot undo this.").check_markup();
    let dissolve = ada.fill("body", "Dissolve group", &[]);
    ada.post(&dissolve.action, &dissolve.pairs).expect(303);
    ada.follow().shows("The group North is dissolved. Its workspaces stay.");
    ada.post(&dissolve.action, &dissolve.pairs).expect(404);
    ada.get(&path).expect(404);
    assert_eq!((of(1), of(2)), (None, None));
    assert_eq!(
        told(&app),
        [
            "- Ada Moreau group made Nordics".to_owned(),
            "acme Ada Moreau group joined Acme Nordics".to_owned(),
            "- Ada Moreau group joined Acme Nordics".to_owned(),
            format!("{slug} Ada Moreau group joined Birch Books Nordics"),
            "- Ada Moreau group joined Birch Books Nordics".to_owned(),
            "- Ada Moreau group changed Nordics Nordics (Email) North (ID)".to_owned(),
            "acme Ada Moreau group left Acme North".to_owned(),
            "- Ada Moreau group left Acme North".to_owned(),
            format!("{slug} Ada Moreau group left Birch Books North"),
            "- Ada Moreau group dissolved North".to_owned(),
            "- Ada Moreau group left Birch Books North".to_owned(),
        ]
    );
    ada.visit("/organisation/audit").shows("Changed the group Nordics from Nordics (Email) to North (ID)");
    ada.visit(&app.path("audit")).shows("Added the workspace to a group: Acme (Nordics)").hides("Birch");
}

#[test]
fn a_workspace_is_in_one_group_and_a_group_has_bounds() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let (first, second) = (group(&app, "First"), group(&app, "Second"));
    ada.visit(&second);
    let late = ada.fill("body", "Add to the group", &[("Workspace", "1")]);
    ada.visit(&first);
    ada.submit("Add to the group", &[("Workspace", "1")]).expect(303);
    ada.post(&late.action, &late.pairs).expect(303);
    ada.follow().shows("This workspace is in a group already").hides("Remove Acme");
    ada.visit(&second).hides("Add to the group");
    for n in 0..20 {
        let (workspace, _) = create_workspace(&mut app.db.connect(), &format!("Shop {n}"), app.clock.now());
        app.db.run(&format!("UPDATE workspaces SET group_id = 2 WHERE id = {}", workspace.id));
    }
    ada.visit(&first);
    ada.submit("Remove Acme from the group", &[]).expect(303);
    ada.visit(&second).shows("A group has at most 20 workspaces.").check_markup();
    ada.post(&late.action, &late.pairs).expect(303);
    ada.follow().shows("Nothing changed. A group has at most 20");
    assert_eq!(app.db.number("SELECT count(*) FROM workspaces WHERE group_id = 2"), 20);
    for button in ["Create group", "Save"] {
        let address = if button == "Save" { first.as_str() } else { "/organisation/groups/new" };
        ada.visit(address);
        let fields = [("Name", "Second"), ("matched_by-id", "yes")];
        let page = ada.submit(button, &fields).expect(422).clone();
        page.shows("Another group has this name.").check_markup();
        assert_eq!(page.attr("#name", "value"), "Second");
        assert_eq!(page.attrs("input[checked]", "value"), ["id"]);
    }
    app.db
        .run("INSERT INTO workspace_groups SELECT n, 'g' || n, 'id', '2026-11-01', NULL FROM generate_series(3, 50) n");
    ada.visit("/organisation/groups/new");
    ada.submit("Create group", &[("Name", "More"), ("matched_by-id", "yes")]).expect(422).shows("50 groups already");
}

#[test]
fn what_is_shared_fixes_how_people_are_matched() {
    let app = App::new();
    let path = group(&app, "Nordics");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&path);
    let late = ada.fill("body", "Save", &[("matched_by-id", "yes")]);
    ada.submit("Add to the group", &[("Workspace", "1")]).expect(303);
    groups::share(&mut app.db.connect(), app.live, app.clock.now()).expect("noted");
    ada.post(&late.action, &late.pairs).expect(422).shows("people stay matched as they are").check_markup();
    ada.visit(&path).shows("People are matched by Email. This stays").check_markup();
    ada.submit("Save", &[("Name", "North")]).expect(303);
    assert_eq!(app.db.one("SELECT name || ' ' || matched_by FROM workspace_groups"), "North email");
}

#[test]
fn two_at_once_do_not_put_one_workspace_into_two_groups() {
    let app = App::new();
    for name in ["First", "Second"] {
        group(&app, name);
    }
    for _ in 0..6 {
        let start = std::sync::Barrier::new(2);
        let done = std::thread::scope(|scope| {
            let threads = [1, 2].map(|id| {
                let (start, state) = (&start, &app.state);
                scope.spawn(move || {
                    start.wait();
                    let add = |conn: &mut _| groups::add(conn, kith::db::ids::WorkspaceGroupId(id), WorkspaceId(1));
                    state.db.tx_now(add).expect("an answer").is_ok()
                })
            });
            threads.map(|thread| thread.join().expect("no panic"))
        });
        assert_eq!(done.iter().filter(|added| **added).count(), 1);
        app.db.run("UPDATE workspaces SET group_id = NULL");
    }
}
