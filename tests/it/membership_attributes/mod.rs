//! Segments shared as attributes: who gets a value, when, and who may change it.

use chrono::TimeDelta;
use diesel::{Connection, QueryResult};
use kith::{
    auth::Role,
    db::ids::EnvironmentId,
    housekeeping,
    identities::Kind,
    workspaces::groups::{self, MatchedBy},
};
use serde_json::json;

use crate::{
    segments::{define, settle},
    support::{App, Person, app::create_workspace, sender::server},
};

/// Shares a segment with a workspace at the console, and returns the address of the page of the attribute.
fn share(app: &App, segment: &str, with: &str, rhythm: &str) -> String {
    let id = app.db.one(&format!("SELECT id FROM segments WHERE name = '{segment}'"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path(&format!("segments/{id}/share"))).check_markup();
    ada.submit("Share segment", &[("Workspace", with), (&format!("rhythm-{rhythm}"), "yes")]).expect(303);
    let path = ada.page().location();
    ada.follow().expect(200).check_markup();
    path
}

/// What stands in addresses of membership attributes.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    define(app, "Shared", "tag:vip");
    settle(app);
    let path = share(app, "Shared", "acme", "day");
    [("{membership_attribute}", path.rsplit('/').next().expect("an id").to_owned())]
}

/// Values of membership attributes by the id of their profile.
fn values(app: &App, environment: EnvironmentId) -> Vec<String> {
    app.db.column(&format!(
        "SELECT i.value || ' ' || (a.value #>> '{{}}') FROM profiles p JOIN profile_identifiers i ON i.profile_id = p.id \
             AND i.kind = 'id', jsonb_each(p.attributes) a \
         WHERE p.environment_id = {environment} AND a.key LIKE '%:_mbr_%' AND p.merged_into IS NULL ORDER BY 1"
    ))
}

fn housekeep(app: &App) {
    app.run(housekeeping::once(&app.state, true)).expect("done");
}

#[test]
fn members_get_the_value_and_only_those_who_change_are_written() {
    let app = App::new();
    for id in ["a", "b"] {
        app.add(Person::new(id).tag("vip"));
    }
    app.add(Person::new("c").tag("press"));
    let segment = define(&app, "High value", "tag:vip");
    settle(&app);
    share(&app, "High value", "acme", "six-hours");
    assert_eq!(values(&app, app.live), ["a true", "b true"], "who was never in it has no value");
    let name = app.db.one(
        "SELECT name || ' ' || display_name || ' ' || type FROM attribute_definitions WHERE origin = 'membership'",
    );
    assert_eq!(name, format!("Acme:_mbr_{segment} Acme: mbr High value boolean"));

    let changes = || app.db.number("SELECT count(*) FROM changes WHERE kind = 'attribute'");
    let told = || {
        app.db.column(
            "SELECT d.name || ' ' || i.value || ' ' || coalesce(e.properties->>'is_member', jsonb_array_length(e.properties->'attributes')::text) \
             FROM events e JOIN event_definitions d ON d.id = e.definition_id \
             JOIN profile_identifiers i ON i.profile_id = e.profile_id ORDER BY e.occurred_at, 1",
        )
    };
    assert_eq!(changes(), 2);
    let first = [
        "profile.segmentationMembershipUpdated a true",
        "profile.segmentationMembershipUpdated b true",
        "profile.updated a 1",
        "profile.updated b 1",
    ];
    assert_eq!(told(), first, "the first run tells of all members");
    let seen = app.db.number("SELECT count(*) FROM profile_activity WHERE last_seen_at > '2000-01-01'");
    assert_eq!(seen, 0, "none of it is a sign that somebody was there");

    app.add(Person::new("b").said_at("2026-11-02T00:00:00Z").set("plan", "pro"));
    app.clock.advance(TimeDelta::hours(5));
    crate::support::build::submit(&app.state.db, app.live, app.clock.now(), &untag("b", &app));
    app.add(Person::new("c").tag("vip"));
    settle(&app);
    let before = changes();
    housekeep(&app);
    assert_eq!(values(&app, app.live), ["a true", "b true"], "its time has not come");
    app.clock.advance(TimeDelta::hours(1));
    housekeep(&app);
    assert_eq!(values(&app, app.live), ["a true", "b false", "c true"]);
    assert_eq!(changes() - before, 2, "who stays is not written");
    assert_eq!(told().len(), first.len() + 4);
    let told = app
        .db
        .one("SELECT members || ' ' || entered || ' ' || left_it FROM membership_syncs ORDER BY began_at DESC LIMIT 1");
    assert_eq!(told, "2 1 1");
    let by = app.db.column(
        "SELECT DISTINCT s.name FROM changes c JOIN sources s ON s.id = c.source_id WHERE c.subject LIKE '%:_mbr_%'",
    );
    assert_eq!(by, ["Membership attributes"]);
}

fn untag(id: &str, app: &App) -> Vec<kith::ingest::Item> {
    let mut items = Person::new(id).items(app.clock.now());
    items[0].statement =
        kith::ingest::Statement::Tags { add: Vec::new(), remove: vec![crate::support::build::tag_of("vip")] };
    items
}

#[test]
fn nobody_but_the_synchronisation_sets_the_value() {
    let app = App::new();
    let person = app.add(Person::new("a").tag("vip"));
    let segment = define(&app, "High value", "tag:vip");
    settle(&app);
    share(&app, "High value", "acme", "day");
    let name = format!("Acme:_mbr_{segment}");
    let traits = json!({name.clone(): false});
    app.post(&app.key(server()), "/v1/identify", &json!({"userId": "a", "traits": traits}));
    assert_eq!(app.db.one("SELECT field FROM rejections"), name);
    assert_eq!(values(&app, app.live), ["a true"]);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(person, "")).expect(200).shows("Acme: mbr High value");
    assert!(!ada.page().has_source(&format!("name=\"attribute:{name}\"")));
    ada.visit(&app.path("attributes?q=mbr")).shows("membership");
    ada.click("Acme: mbr High value").shows("follows a segment").hides("Retire");
}

#[test]
fn a_group_shares_by_its_identifier() {
    for matched_by in MatchedBy::ALL {
        let app = App::new();
        let mut conn = app.db.connect();
        let (birch, [there, _]) = create_workspace(&mut conn, "Birch Books", app.clock.now());
        let name = "Nordics".parse().expect("a name");
        let group = conn
            .transaction(|conn| {
                let group = groups::create(conn, &name, matched_by, app.clock.now())?.expect("free");
                for workspace in [app.workspace.id, birch.id] {
                    groups::add(conn, group, workspace)?.expect("free");
                }
                QueryResult::Ok(group)
            })
            .expect("stored");
        app.add(Person::new("a").email("Ann@Example.com").tag("vip"));
        app.add(Person::new("b").email("bo@example.com").tag("vip"));
        app.add(Person::new("c").email("c@example.com"));
        app.add_to(there, Person::new("a").email("other@example.com"));
        app.add_to(there, Person::new("x").email("ann@example.com"));
        app.add_to(there, Person::new("c").email("c@example.com"));
        app.add_to(there, Person::known_by(Kind::Anonymous, "browser"));
        define(&app, "High value", "tag:vip");
        settle(&app);
        let path = share(&app, "High value", &birch.slug, "day");
        let expected = if matched_by == MatchedBy::Id { ["a true"] } else { ["x true"] };
        assert_eq!(values(&app, there), expected);
        assert!(values(&app, app.live).is_empty(), "only the other workspace has the attribute");
        let shared = groups::find(&mut conn, group).expect("read").expect("a group").is_shared;
        assert!(shared, "the identifier stays from now on");
        let lines = app.db.column(
            "SELECT w.slug FROM audit_log a JOIN workspaces w ON w.id = a.workspace_id WHERE a.action = 'membership shared' ORDER BY 1",
        );
        assert_eq!(lines, ["acme", &birch.slug]);

        conn.transaction(|conn| groups::remove(conn, group, birch.id)).expect("stored").expect("it was in it");
        app.clock.advance(TimeDelta::days(1));
        app.add(Person::new("c").tag("vip"));
        settle(&app);
        housekeep(&app);
        assert_eq!(values(&app, there), expected, "nothing crosses any more");
        let mut ada = app.browser(Role::Admin);
        ada.visit(&path).shows("The two workspaces are not in one group any more.").check_markup();
    }
}

#[test]
fn what_waits_is_said_and_stopping_leaves_the_values() {
    let app = App::new();
    let person = app.add(Person::new("a").tag("vip"));
    let segment = define(&app, "High value", "tag:vip");
    let mut ada = app.browser(Role::Admin);
    let path = share(&app, "High value", "acme", "hand");
    ada.visit(&path).shows("The members of the segment are not counted yet.");
    ada.submit("Save", &[("rhythm-hand", "yes")]).expect(303);
    settle(&app);
    app.clock.advance(TimeDelta::minutes(6));
    housekeep(&app);
    assert_eq!(values(&app, app.live), ["a true"], "its first synchronisation comes by itself");
    app.add(Person::new("b").tag("vip"));
    settle(&app);
    app.clock.advance(TimeDelta::days(3));
    housekeep(&app);
    let mut ada = app.browser(Role::Admin);
    assert_eq!(values(&app, app.live), ["a true"], "the others come by hand");
    app.db.run("UPDATE jobs SET finished_at = NULL");
    ada.visit(&path);
    ada.submit("Synchronise now", &[]).expect(303);
    ada.follow().shows("This one follows it.");
    app.db.run("UPDATE jobs SET finished_at = now()");
    housekeep(&app);
    assert_eq!(values(&app, app.live), ["a true", "b true"]);
    app.add(Person::new("c").tag("vip"));
    settle(&app);
    ada.visit(&path).check_markup();
    ada.submit("Synchronise now", &[]).expect(303);
    ada.follow().shows("Synchronised: 1 profile updated.").shows("by hand");
    ada.visit(&app.path("attributes/memberships")).shows("Acme: mbr High value").check_markup();
    ada.submit("Synchronise all now", &[]).expect(303);
    ada.follow().shows("Synchronised: 0 profiles updated.");
    ada.visit(&path);
    ada.submit("Save", &[("rhythm-six-hours", "yes")]).expect(303);
    ada.follow().shows("every 6 hours from now on");

    ada.visit(&app.path(&format!("segments/{segment}/archive")));
    ada.submit("Archive segment", &[]).expect(303);
    ada.visit(&path).shows("The segment is archived.").hides("Synchronise now");
    ada.visit(&format!("{path}/stop")).check_markup();
    ada.submit("Stop sharing", &[]).expect(303);
    ada.follow().shows("is not shared with Acme any more").shows("No membership attributes yet");
    assert_eq!(values(&app, app.live), ["a true", "b true", "c true"]);
    ada.visit(&app.profile(person, "/edit")).expect(200);
    assert_eq!(app.db.one("SELECT origin FROM attribute_definitions WHERE name LIKE '%mbr%'"), "said");
    ada.get(&path).expect(404);
}

#[test]
fn a_form_that_cannot_be_taken_says_why() {
    let app = App::new();
    let segment = define(&app, "High value", "tag:vip");
    app.add(Person::new("a").set("plan", "pro"));
    app.db.run("UPDATE attribute_definitions SET display_name = 'Plan' WHERE name = 'plan'");
    settle(&app);
    let mut ada = app.browser(Role::Admin);
    let path = app.path(&format!("segments/{segment}/share"));
    ada.visit(&path);
    ada.submit("Share segment", &[("Name of the attribute", "plan")]).expect(422).shows("is called that already");
    ada.visit(&path);
    ada.submit("Share segment", &[("Name of the attribute", "")]).expect(422).shows("Enter a name").check_markup();
    let token = ada.token();
    let sent = [("csrf", token.as_str()), ("with", "nowhere"), ("label", "X"), ("rhythm", "day")];
    let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
    ada.post(&path, &sent).expect(422).shows("Choose one of these workspaces.");
    share(&app, "High value", "acme", "day");
    ada.visit(&path).shows("It is shared with every workspace that can get it.");
    ada.post(&path, &sent).expect(422);
    assert_eq!(app.db.number("SELECT count(*) FROM membership_attributes"), 1);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("attributes/memberships")).expect(200).hides("Synchronise all now");
    mara.get(&path).expect(403);
}
