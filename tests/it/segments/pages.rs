//! Pages of segments: what colleagues meet.

use chrono::TimeDelta;
use kith::{auth::Role, db::ids::SegmentId};
use serde_json::json;

use super::{define, members, selected, settle};
use crate::support::{App, Person};

fn console() -> (App, kith::db::ids::ProfileId) {
    let app = App::new();
    let ann = app.add(Person::new("ann").name("Ann", "Nair").set("plan", "pro").tag("vip"));
    app.add(Person::new("bea").set("plan", "team").event("Order", "2026-11-20T10:00:00Z", json!({"total": 30})));
    (app, ann)
}

fn id_of(app: &App, name: &str) -> SegmentId {
    app.db.one(&format!("SELECT id FROM segments WHERE name = '{name}'")).parse().expect("an id")
}

#[test]
fn a_definition_is_tried_before_it_is_saved_and_every_version_stays() {
    let (app, ann) = console();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("segments")).shows("No segments yet");
    mara.click("Create segment").expect(200);
    let form = [("Name", "Paying"), ("Profiles that match", "plam:pro"), ("Folder", "Money"), ("Tags", "weekly, core")];
    let page = mara.submit("Check and save", &form);
    page.expect(422).shows("At character 1: No attribute is called “plam”. Did you mean plan?");
    mara.submit("Check and save", &[("Profiles that match", "plan:pro")]).expect(200);
    mara.page().shows("It would have 1 members now.");
    assert_eq!(app.db.number("SELECT count(*) FROM segments"), 0, "nothing is saved yet");
    mara.submit("Save segment", &[]).expect(303);
    settle(&app);
    let paying = id_of(&app, "Paying");
    assert_eq!(members(&app, paying), [ann.0]);
    mara.follow().expect(200).shows("Plan is pro").shows("Who was in it when it was made did not enter.");
    // Another definition says who would enter and leave.
    mara.click("Edit").expect(200);
    mara.submit("Check and save", &[("Profiles that match", "plan:team OR tag:vip")]).expect(200);
    mara.page().shows("It would have 2 members instead of 1: 1 enter, 0 leave.");
    mara.submit("Save segment", &[]).expect(303);
    settle(&app);
    let page = mara.follow();
    page.expect(200).shows("Plan is team or tag vip").shows("1 → 2").shows("Everybody was counted");
    mara.visit(&app.path("segments")).shows("Money").shows("weekly").shows("Paying");
    let lines = app.db.column(
        "SELECT action || ' ' || (detail ->> 'segment') FROM audit_log WHERE action LIKE 'segment%' ORDER BY at, id",
    );
    assert_eq!(lines, ["segment made Paying", "segment changed Paying"]);
    // An old form does not overwrite.
    let stale = app.path(&format!("segments/{paying}/edit"));
    mara.visit(&stale);
    app.db.run("UPDATE segments SET version = version + 1");
    mara.submit("Check and save", &[("Name", "Mine")])
        .expect(422)
        .shows("Somebody else changed this segment meanwhile");
}

#[test]
fn segments_that_use_each_other_follow_names_and_make_no_circles() {
    let (app, ann) = console();
    define(&app, "A", "plan:pro");
    define(&app, "B", "segment:A tag:vip");
    let c = define(&app, "C", "-segment:B");
    settle(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path(&format!("segments/{}/edit", id_of(&app, "A"))));
    let page = ada.submit("Check and save", &[("Profiles that match", "segment:C")]);
    page.expect(200);
    ada.submit("Save segment", &[]).expect(422).shows("This makes a circle: A uses C uses B uses A.");
    // Another name changes nothing for those who use it.
    ada.visit(&app.path(&format!("segments/{}/edit", id_of(&app, "A"))));
    ada.submit("Check and save", &[("Name", "Paying people")]).expect(303);
    settle(&app);
    assert_eq!(app.db.number("SELECT count(*) FROM segments WHERE broken IS NOT NULL"), 0);
    ada.visit(&app.path(&format!("segments/{}", id_of(&app, "B")))).shows("segment:\"Paying people\" tag:vip");
    assert!(!members(&app, c).contains(&ann.0));
    // Without the one that it uses, a segment says so and keeps its members.
    let before = members(&app, id_of(&app, "B"));
    ada.visit(&app.path(&format!("segments/{}/archive", id_of(&app, "Paying people"))));
    ada.page().shows("These segments use it and would be broken, keeping their members of now: B.");
    ada.submit("Archive segment", &[]).expect(303);
    let paying = id_of(&app, "Paying people");
    assert_eq!(app.db.number(&format!("SELECT count(*) FROM segment_keys WHERE segment_id = '{paying}'")), 0);
    app.add(Person::new("ann").unset("plan"));
    settle(&app);
    assert_eq!(members(&app, id_of(&app, "B")), before);
    let b = app.path(&format!("segments/{}", id_of(&app, "B")));
    ada.visit(&b).shows("This segment cannot be kept up to date.").shows("No segment is called “Paying people”.");
    ada.visit(&app.path(&format!("segments/{}", id_of(&app, "Paying people"))));
    ada.submit("Bring it back", &[]).expect(303);
    settle(&app);
    ada.visit(&b).hides("cannot be kept up to date");
    assert!(members(&app, paying).is_empty(), "it is followed again: the plan went meanwhile");
}

#[test]
fn the_list_shows_and_counts_members() {
    let (app, _) = console();
    define(&app, "Paying, high value", "plan:pro");
    settle(&app);
    let typed = "segment:\"Paying, high value\" tag:vip";
    assert_eq!(selected(&app, typed).len(), 1);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("segments"));
    mara.click("1 members of Paying, high value").expect(200).shows("Ann Nair").hides("bea");
    mara.get(&app.path("profiles?q=segment:Payin")).expect(422).shows("No segment is called “Payin”.");
}

#[test]
fn a_profile_says_in_which_segments_it_is_since_when_and_why() {
    let (app, ann) = console();
    let pro = define(&app, "Pro", "plan:pro (did:Order>=2 OR tag:vip)");
    define(&app, "Buyers", "did:Order in:30d -tag:vip");
    settle(&app);
    app.clock.advance(TimeDelta::minutes(5));
    app.add(Person::new("ann").set("plan", "team").said_at("2026-11-22T03:29:00Z"));
    settle(&app);
    app.clock.advance(TimeDelta::minutes(5));
    app.add(Person::new("ann").set("plan", "Pro").said_at("2026-11-22T03:33:00Z"));
    settle(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(ann, "/segments")).shows("Entered and left").shows("Why in Pro");
    let way = sanjay.page().link("Plan").expect("the way to the change");
    sanjay.visit(&way).expect(200).shows("Plan").hides("Tag added");
    sanjay.visit(&app.profile(ann, &format!("/segments/{pro}")));
    let page = sanjay.page();
    page.shows("In Pro, since")
        .shows("Plan is pro")
        .shows("has the tag vip")
        .shows("never in that time")
        .shows("Any of these");
    page.hides("What would make them enter");
    sanjay.visit(&app.profile(ann, "/segments"));
    sanjay.click("Why not in Buyers").expect(200).shows("Not in Buyers").shows("What would make them enter");
    sanjay.page().shows("Did Order in the last 30 days").shows("No longer: Tag vip");
}

#[test]
fn people_are_chosen_by_hand_and_the_ledger_knows_it() {
    let (app, ann) = console();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("segments/new?kind=chosen"));
    ada.submit("Save segment", &[("Name", "Friends")]).expect(303);
    settle(&app);
    let friends = id_of(&app, "Friends");
    ada.visit(&app.profile(ann, "/segments"));
    ada.submit("Add to Friends", &[]).expect(303);
    assert_eq!(members(&app, friends), [ann.0]);
    ada.follow().shows("Added to Friends.").shows("Why in Friends");
    ada.visit(&app.profile(ann, &format!("/segments/{friends}"))).shows("Chosen for the segment").shows("Ada Moreau");
    ada.visit(&app.profile(ann, "/history")).shows("Friends");
    ada.visit(&app.profile(ann, "/activity")).shows("Chosen for the segment");
    ada.visit(&app.profile(ann, "/segments"));
    ada.submit("Take out of Friends", &[]).expect(303);
    assert!(members(&app, friends).is_empty());
    let live = define(&app, "Pro", "plan:pro");
    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(ann, "/segments"));
    let token = support.token();
    let refused = [("csrf".to_owned(), token), ("member".to_owned(), "yes".to_owned())];
    support.post(&app.profile(ann, &format!("/segments/{live}")), &refused).expect(303);
    support.follow().shows("Nobody is put into Pro by hand: it is live.");
}

#[test]
fn two_segments_are_compared() {
    let (app, _) = console();
    let pro = define(&app, "Pro", "plan:pro");
    let all = define(&app, "Everybody", "");
    settle(&app);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path(&format!("segments/{pro}?with={all}")));
    mara.page().shows("1 person in both.").shows("0 people only in Pro, 1 person only in Everybody.");
}

#[test]
fn what_uses_a_segment_is_told_and_follows_its_name() {
    let (app, _) = console();
    let pro = define(&app, "Pro", "plan:pro");
    define(&app, "Loud", "segment:Pro tag:loud");
    settle(&app);
    let mut ada = app.browser(Role::Admin);
    let mut mara = app.browser(Role::Marketer);
    let save = |browser: &mut crate::support::Browser<'_>, name: &str, shared: &str, typed: &str| {
        let typed = form_urlencoded::byte_serialize(typed.as_bytes()).collect::<String>();
        browser.visit(&app.path(&format!("views/new?q={typed}"))).expect(200);
        let more: &[(&str, &str)] = if shared.is_empty() { &[] } else { &[(shared, "yes")] };
        browser.submit("Save view", &[&[("Name", name)][..], more].concat()).expect(303);
    };
    save(&mut ada, "Everybody's pros", "Everybody in the workspace", "segment:pro tag:vip");
    save(&mut ada, "Others", "Everybody in the workspace", "tag:pro");
    save(&mut mara, "Mine", "", "-segment:Pro");
    ada.visit(&app.path("webhooks/new"));
    ada.submit("Create webhook", &[("Name", "CRM"), ("Address", "https://crm.example/hook")]).expect(303);
    let address = app.path(&format!("segments/{pro}"));
    let chips = |browser: &mut crate::support::Browser<'_>| browser.visit(&address).texts("dd .chip");
    let told = chips(&mut ada);
    for user in ["Segment Loud", "View Everybody's pros", "1 view of a colleague", "Webhook CRM"] {
        assert!(told.iter().any(|chip| chip == user), "{user}: {told:?}");
    }
    assert!(chips(&mut mara).iter().any(|chip| chip == "View Mine"));
    ada.visit(&format!("{address}/archive")).check_markup();
    ada.page()
        .shows("would be broken")
        .shows("show an error instead of people: Everybody's pros, 1 view of a colleague.");
    ada.page().shows("told nothing more of it: CRM.");
    ada.visit(&format!("{address}/edit"));
    ada.submit("Check and save", &[("Name", "Paying people")]).expect(303);
    let typed = app.db.column("SELECT typed FROM views ORDER BY name");
    assert_eq!(typed, ["segment:\"Paying people\" tag:vip", "-segment:\"Paying people\"", "tag:pro"]);
    let what = app.db.one("SELECT detail ->> 'what' FROM audit_log WHERE action = 'segment changed'");
    assert_eq!(what, "renamed in the shared views Everybody's pros", "private ones are nobody's business");
    // Views that mean something in the other environment stay as they are.
    let by = kith::segments::By { operator: None, at: app.clock.now() };
    let other = super::wish("Paying people", "");
    let id = SegmentId(kith::db::ids::new_id(app.clock.now()));
    let kind = kith::segments::SegmentKind::Live;
    let made = kith::segments::define::create(&mut app.db.connect(), app.test, id, kind, &other, by);
    made.expect("stored").expect("allowed");
    ada.visit(&format!("{address}/edit"));
    ada.submit("Check and save", &[("Name", "Pro again")]).expect(303);
    assert_eq!(app.db.column("SELECT typed FROM views ORDER BY name"), typed);
}
