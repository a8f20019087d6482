use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    jobs::{self, Task},
    tags::Retag,
};

use super::{catalogue, people, tagged};
use crate::support::Person;

#[test]
fn a_tag_is_renamed_on_everybody_who_has_it() {
    let app = people();
    app.db.run("UPDATE tag_definitions SET colour = 'red', description = 'Treat well' WHERE name = 'vip'");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags"));
    let page = ada.click("Rename vip").expect(200).clone();
    page.shows("2 people have vip")
        .shows("If a system or an import uses vip later, that tag is created again.")
        .check_markup();
    ada.submit("Rename tag", &[("New name", "gold")]).expect(303);
    ada.follow().shows("Renamed on 2 profiles.").check_markup();
    assert_eq!(tagged(&app), ["c-1 gold,press", "c-2 gold", "c-3"]);
    assert_eq!(catalogue(&app), ["gold red Treat well", "press grey"]);
    let reason = "(Rename tag vip to gold)";
    let rows = app.ledger().kind("tag").by_hand().lines_with_reasons();
    assert_eq!(rows.len(), 4);
    assert!(rows.contains(&format!("Ada Moreau: tag vip true -> false {reason}")), "{rows:?}");
    assert!(rows.contains(&format!("Ada Moreau: tag gold false -> true {reason}")), "{rows:?}");
    let together = "SELECT count(*) FROM changes c JOIN jobs j ON j.id = c.group_id AND c.recorded_at = c.as_of WHERE c.kind = 'tag'";
    assert_eq!(app.db.number(together), 4, "the job ties them together, and they are true from now on");

    // A sender who says the old name makes it again, without a colour.
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-3").tag("vip"));
    assert_eq!(catalogue(&app), ["gold red Treat well", "press grey", "vip grey"]);
}

#[test]
fn what_a_sender_said_before_a_rename_does_not_undo_it() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags/vip/rename"));
    ada.submit("Rename tag", &[("New name", "gold")]).expect(303);
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("c-2").tag("vip").said_at("2026-11-21T00:00:00Z"));
    assert_eq!(tagged(&app)[1], "c-2 gold");
}

#[test]
fn two_tags_become_one() {
    let app = people();
    app.db.run("UPDATE tag_definitions SET colour = 'blue' WHERE name = 'press'");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags"));
    let page = ada.click("Merge vip").expect(200).shows("2 people have vip").clone();
    page.check_markup();
    assert_eq!(page.attrs("datalist option", "value"), ["press"]);
    ada.submit("Merge tag", &[("Merge this tag into", "press")]).expect(303);
    ada.follow().shows("Merged on 2 profiles.");
    assert_eq!(tagged(&app), ["c-1 press", "c-2 press", "c-3"]);
    assert_eq!(catalogue(&app), ["press blue"]);
    let rows = app.ledger().kind("tag").by_hand().lines();
    assert_eq!(rows.len(), 3, "who had both loses one: {rows:?}");
}

#[test]
fn a_tag_is_deleted_from_everybody() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags"));
    ada.click("Delete vip").expect(200).shows("Delete tag vip?").shows("2 people have vip").check_markup();
    let form = ada.fill("main", "Delete tag", &[]);
    ada.post(&form.action, &form.pairs).expect(303);
    ada.follow().shows("Deleted from 2 profiles.");
    assert_eq!(tagged(&app), ["c-1 press", "c-2", "c-3"]);
    assert_eq!(catalogue(&app), ["press grey"]);
    let rows = app.ledger().kind("tag").by_hand().lines_with_reasons();
    assert!(rows.iter().all(|row| row == "Ada Moreau: tag vip true -> false (Delete tag vip)"), "{rows:?}");
    let before = app.db.digest(&["profiles", "changes", "tag_definitions"]);
    ada.post(&form.action, &form.pairs).expect(303);
    ada.follow().shows("The tag vip no longer exists.");
    assert_eq!(
        app.db.digest(&["profiles", "changes", "tag_definitions"]),
        before,
        "the same form again changes nothing"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    for (page, button, label, typed, said) in [
        ("rename", "Rename tag", "New name", "", "Type or choose a tag."),
        ("rename", "Rename tag", "New name", "two words", "1 to 20 letters"),
        ("rename", "Rename tag", "New name", "vip", "The tag already has this name."),
        ("rename", "Rename tag", "New name", "press", "Merge vip into it instead."),
        ("merge", "Merge tag", "Merge this tag into", "vip", "Choose a different tag"),
        ("merge", "Merge tag", "Merge this tag into", "nothing", "There is no tag nothing."),
    ] {
        ada.visit(&app.path(&format!("tags/vip/{page}")));
        let answer = ada.submit(button, &[(label, typed)]).expect(422).clone();
        answer.shows(said).shows("2 people have vip").check_markup();
        assert_eq!(answer.attr("#to", "value"), typed);
    }
    assert_eq!(catalogue(&app), ["press grey", "vip grey"]);
    assert_eq!(app.db.number("SELECT count(*) FROM jobs"), 0);
    ada.get(&app.path("tags/nothing/delete")).expect(404);
}

#[test]
fn many_people_are_changed_portion_by_portion() {
    let app = people();
    app.db.run(
        "INSERT INTO profiles (environment_id, id, tags, created_at, updated_at, source_id) \
         SELECT environment_id, gen_random_uuid(), '{vip}', created_at, updated_at, source_id FROM profiles, generate_series(1, 400)",
    );
    app.db.run("UPDATE profiles SET merged_into = id WHERE id = (SELECT id FROM profiles WHERE name = '' LIMIT 1)");
    let mut after: Option<ProfileId> = None;
    let mut sizes = Vec::new();
    loop {
        let environment = app.live;
        let task = Retag { from: "vip".to_owned(), to: None };
        let chunk = app.state.db.read_now(|conn| task.next(conn, environment, after)).expect("a chunk");
        sizes.push((chunk.looked_at, chunk.items.len()));
        after = chunk.reached;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [(500, 500), (500, 500), (201, 201), (0, 0)], "those who were merged into others are left out");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags/vip/delete"));
    ada.submit("Delete tag", &[]).expect(303);
    jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("the rest");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE tags @> '{vip}' AND merged_into IS NULL"), 0);
    assert_eq!(app.db.number("SELECT changed FROM jobs"), 1201);
}
