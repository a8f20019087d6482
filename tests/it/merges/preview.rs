//! What the comparison promises is what happens.

use std::collections::BTreeSet;

use kith::{
    attributes::Attributes,
    auth::Role,
    db::ids::ProfileId,
    identities::{Addresses, Device, Devices, Token},
    ingest::{self, Identify, Item, MergeProfile, Person as Who, State, Statement},
    ledger,
    registers::{Fact, Register},
    restrictions::{Cause, Held, Restrictions},
    subscriptions::{Consent, Consents, Line, Medium, Purpose, Reason, Subscription, SubscriptionState, Subscriptions},
    tags::Tags,
};
use serde_json::json;

use crate::support::{App, Person, app::NOW, at, build::submit};

/// All that a merge may change, in a form that can be compared.
fn facts(state: &State) -> Vec<String> {
    let mut facts = vec![
        format!("name {} since {}", state.name, state.created_at),
        format!("words {:?}", state.search_text.lines().collect::<BTreeSet<_>>()),
    ];
    facts.extend([rows::<Attributes>(state), rows::<Tags>(state)]);
    facts.extend([rows::<Addresses>(state), rows::<Devices>(state)]);
    facts.extend([rows::<Subscriptions>(state), rows::<Consents>(state), rows::<Restrictions>(state)]);
    facts
}

fn rows<R: Register>(state: &State) -> String {
    state.facts.of::<R>().map(|rows| format!("{rows:?}")).unwrap_or_default()
}

fn said(key: &str, time: &str, statement: Statement) -> Item {
    let identifier = kith::identities::Identifier::new(kith::identities::Kind::Id, key).expect("an id");
    Item { person: Who::Identifiers(vec![identifier]), as_of: at(time), statement }
}

fn subscription(key: &str, time: &str, channel: Medium, state: SubscriptionState) -> Item {
    said(key, time, Statement::Subscription(Line::channel(channel), Subscription { state, reason: Reason::Api }))
}

/// Devices, consents and a list, of which some are in both and some older in one.
fn more(key: &str, time: &str, is_given: bool) -> Item {
    let token = |text: &str| Token::new(text).expect("a token");
    let device = |model: &str| Some(Device { model: Some(model.to_owned()), ..Device::default() });
    let consent =
        Consent { given: is_given, as_of: None, document: Some(key.to_owned()), location: None, hardware_id: None };
    let devices = [("shared", key), (&format!("own-{key}"), "Pixel 8")]
        .map(|(name, model)| Fact::new::<Devices>(token(name), device(model)));
    let consents = ["gdpr.marketing", "ccpa.data_sale"]
        .map(|name| Fact::new::<Consents>(Purpose::new(name).expect("a purpose"), consent.clone()));
    let identify = Identify { facts: [devices, consents].concat(), ..Identify::default() };
    said(key, time, Statement::Identify(identify))
}

#[test]
fn the_preview_is_the_state_after_the_merge() {
    let app = App::new();
    let own = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip").set("plan", "pro");
    let own = own.set("groups", json!(["a", "b"])).unset("city");
    let own = app.add(own.said_at("2026-11-10T00:00:00Z").since("2026-05-01T00:00:00Z"));
    let other =
        Person::new("c-2").name("P.", "Nair").email("p@example.com").phone("+919876543210").tag("vip").tag("gift");
    let other = other.restricted("disabled", Some(Held::by(Cause::Request)));
    let other = other.set("groups", json!(["b", "c"])).set("city", "Kochi").set("size", 38).set("plan", "free");
    let other = app.add(other.said_at("2026-11-12T00:00:00Z").since("2025-05-01T00:00:00Z"));
    submit(
        &app.state.db,
        app.live,
        at(NOW),
        &[
            subscription("c-1", "2026-11-12T00:00:00Z", Medium::Email, SubscriptionState::Subscribed),
            subscription("c-2", "2026-11-10T00:00:00Z", Medium::Email, SubscriptionState::Unsubscribed),
            subscription("c-1", "2026-11-10T00:00:00Z", Medium::Sms, SubscriptionState::Unsubscribed),
            subscription("c-2", "2026-11-12T00:00:00Z", Medium::Sms, SubscriptionState::Subscribed),
            subscription("c-2", "2026-11-12T00:00:00Z", Medium::Push, SubscriptionState::Pending),
            more("c-1", "2026-11-10T00:00:00Z", true),
            more("c-2", "2026-11-12T00:00:00Z", false),
        ],
    );
    let load = |wanted: &[ProfileId]| {
        ingest::load_people(&mut app.db.connect(), ingest::REGISTERS, app.live, wanted).expect("they can be read")
    };
    let mut ada = app.browser(Role::Admin);
    for (survivor, other) in [(own, other), (other, own)] {
        let before = load(&[survivor, other]);
        let (kept, lost) = (&before[&survivor], &before[&other]);
        let promised = facts(&ingest::preview(ingest::REGISTERS, kept, lost));
        assert!(promised != facts(kept) && promised != facts(lost), "a merge of these changes something");
        let said = MergeProfile { other, versions: (kept.version, lost.version) };
        let item = Item { person: Who::Profile(survivor), as_of: at(NOW), statement: Statement::MergeProfile(said) };
        assert_eq!(submit(&app.state.db, app.live, at(NOW), &[item])[0].effect, ledger::Effect::Changed);
        assert_eq!(facts(&load(&[survivor])[&survivor]), promised);
        let merge = app.db.one("SELECT id FROM merges WHERE undone_at IS NULL");
        ada.visit(&app.profile(survivor, &format!("/merges/{merge}/undo")));
        ada.submit("Undo merge", &[]).expect(303);
    }
}
