//! Identifiers and devices of a profile, and its id.

mod by_address;
mod placeholders;
mod writings;

use kith::{
    auth::Role,
    db::ids::ProfileId,
    identities::{Device, Devices, Identifier, Kind, Token},
    ingest::{Identify, Item, Person as Who, Statement},
    registers::Fact,
};

use crate::support::{App, Person, app::NOW, at, build::submit};

#[test]
fn all_identifiers_are_listed_by_kind() {
    let app = App::new();
    let many = (0..250).fold(Person::new("c-1"), |person, n| person.also(Kind::Anonymous, &format!("b-{n:03}")));
    let id = app.add(many.also(Kind::Email, "a@example.com"));
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.profile(id, ""));
    let page = mara.click("Show all identities and devices").expect(200).clone();
    page.check_markup();
    page.shows("252 identifiers").hides("Change ID").hides("Remove…");
    assert_eq!(page.texts("nav[aria-label=Kind] a"), ["All 252", "ID 1", "Email 1", "Anonymous 250"]);
    let first = page.texts("[role=region][aria-labelledby=identifiers] tbody th");
    assert_eq!(
        (first.len(), &first[..2]),
        (100, ["c-1".to_owned(), "a@example.com".to_owned()].as_slice()),
        "of all kinds"
    );
    let mut all = first;
    for _ in 0..2 {
        mara.click("Next").expect(200);
        all.extend(mara.page().texts("[role=region][aria-labelledby=identifiers] tbody th"));
    }
    assert_eq!((all.len(), mara.page().link("Next")), (252, None));
    mara.click("Anonymous 250").expect(200);
    let mut seen = mara.page().texts("[role=region][aria-labelledby=identifiers] tbody th");
    for _ in 0..2 {
        mara.click("Next").expect(200);
        seen.extend(mara.page().texts("[role=region][aria-labelledby=identifiers] tbody th"));
    }
    assert_eq!((seen.len(), seen[0].as_str(), seen[249].as_str()), (250, "b-000", "b-249"));
    assert_eq!(mara.page().link("Next"), None);
    mara.get(&app.profile(id, "/identities?kind=nothing&page=-3")).expect(200);
    mara.get(&app.profile(id, "/identities?kind=anonymous_id&page=99999999999")).expect(200);
}

#[test]
fn an_identifier_is_removed_after_a_question() {
    let app = App::new();
    let id = app.add(Person::new("c-1").also(Kind::Email, "a@example.com"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/identities?kind=email"));
    let page = sanjay.submit("Remove… a@example.com", &[]).expect(200).clone();
    page.check_markup();
    page.shows("Remove this identifier (Email)?").shows("It will no longer find this person.");
    assert_eq!(app.db.number("SELECT count(*) FROM identifier_claims"), 2, "nothing happened yet");
    sanjay.submit("Remove", &[]).expect(303);
    sanjay.follow().shows("Identifier removed.").hides("a@example.com");
    assert_eq!(app.ledger().by_hand().lines(), [r#"Sanjay Rao: identifier email "a@example.com" -> -"#]);
    // The id that they go by is changed, not removed; and nobody loses their last identifier.
    let csrf = sanjay.token();
    let mut remove = |from: ProfileId, kind: &str, value: &str| {
        let sent = [("csrf", csrf.as_str()), ("kind", kind), ("value", value), ("sure", "yes")];
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
        sanjay.post(&app.profile(from, "/identities/remove"), &sent).expect(303);
        sanjay.follow().visible()
    };
    assert!(remove(id, "id", "c-1").contains("This is the person’s current ID"));
    let visitor = app.add(Person::known_by(Kind::Anonymous, "b-9"));
    assert!(remove(visitor, "anonymous_id", "b-9").contains("It is the only identifier"));
    app.add(Person::new("c-1").also(Kind::Anonymous, "b-1"));
    assert!(remove(id, "anonymous_id", "b-2").contains("It was already removed."));
    assert_eq!(app.ledger().by_hand().lines().len(), 1);
}

#[test]
fn devices_show_what_is_known_and_which_one_gets_push() {
    let app = App::new();
    let id = app.add(Person::new("c-1"));
    let token = |text: &str| Token::new(text).expect("a token");
    let device = |platform: &str, limits, att: Option<&str>| Device {
        platform: Some(platform.to_owned()),
        limits_ad_tracking: limits,
        att_status: att.map(str::to_owned),
        ..Device::default()
    };
    let said = |time: &str, name: &str, device: Device| Item {
        person: Who::Identifiers(vec![Identifier::new(Kind::Id, "c-1").expect("an id")]),
        as_of: at(time),
        statement: Statement::Identify(Identify {
            facts: vec![Fact::new::<Devices>(token(name), Some(device))],
            ..Identify::default()
        }),
    };
    let inactive = Device { is_active: false, ..device("android", None, None) };
    let items = [
        said("2026-11-01T00:00:00Z", "old-token", device("android", Some(true), None)),
        said("2026-11-10T00:00:00Z", "new-token", device("ios", Some(false), Some("denied"))),
        said("2026-11-20T00:00:00Z", "off-token", inactive),
    ];
    submit(&app.state.db, app.live, at(NOW), &items);
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&app.profile(id, "/identities")).clone();
    let rows = page.texts("[role=region][aria-labelledby=devices] tbody tr");
    assert!(rows[0].contains("off-token") && rows[0].contains("Inactive"), "{rows:?}");
    assert!(rows[1].contains("iOS push") && rows[1].contains("allowed denied Gets push"), "{rows:?}");
    assert!(rows[2].contains("limited unknown") && !rows[2].contains("Gets push"), "{rows:?}");
    sanjay.submit("Remove… iOS push new-token", &[]).expect(200).shows("Remove this device?");
    sanjay.submit("Remove", &[]).expect(303);
    let page = sanjay.follow().shows("Device removed.").clone();
    assert!(
        page.texts("[role=region][aria-labelledby=devices] tbody tr")[1].contains("Gets push"),
        "the next one gets it"
    );
    assert_eq!(app.ledger().by_hand().lines().len(), 1);
}

#[test]
fn another_id_is_an_action_of_its_own_and_the_former_one_leads_here() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair"));
    app.add(Person::new("c-2").name("Grace", "Kim"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(id, "/identities"));
    sanjay.click("Change ID").expect(200).check_markup();
    for (typed, told) in [
        ("", "The ID must not be empty"),
        ("c-1", "This is already the current ID."),
        ("c-2", "Another profile in the live environment already has the ID c-2."),
    ] {
        sanjay.submit("Change ID", &[("New ID", typed)]).expect(422).shows(told);
    }
    assert!(sanjay.page().link("Open Grace Kim").is_some());
    sanjay.submit("Change ID", &[("New ID", "k-1")]).expect(303);
    sanjay.follow().shows("ID changed to k-1. The former ID still finds this person.").shows("Former ID");
    assert_eq!(app.ledger().by_hand().lines(), [r#"Sanjay Rao: identifier id "c-1" -> "k-1""#]);
    assert_eq!(app.add(Person::new("c-1").set("plan", "Pro")), id, "senders who have not heard of it find the profile");
    sanjay.visit("/acme/live/profiles?q=c-1").shows("Priya Nair");
    // Somebody who has none gets their first one.
    let other = app.add(Person::known_by(Kind::Anonymous, "b-1"));
    sanjay.visit(&app.profile(other, "/id")).shows("This person has no ID yet.");
    sanjay.submit("Change ID", &[("New ID", "k-2")]).expect(303);
    assert_eq!(app.add(Person::new("k-2")), other);
}
