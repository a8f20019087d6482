//! `can:` selects whom the verdict lets a campaign through to.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kith::{
    db::{Decided, ids::ProfileId},
    filter, profiles,
    restrictions::Cause,
    subscriptions::{Medium, SubscriptionState},
    topics::Catalogue,
    verdict::{self, MessageKind, Question},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::random::pick;
use crate::support::{App, Person, app::NOW, at, build::held};

fn somebody(random: &mut StdRng, number: usize) -> Person {
    let (email, phone) = (format!("a{number}@example.com"), format!("+1415555{number:04}"));
    let mut who = Person::new(&format!("c-{number}"));
    if random.random_bool(0.8) {
        who = who.email(&email);
    }
    if random.random_bool(0.8) {
        who = who.phone(&phone);
    }
    if random.random_bool(0.5) {
        who = who.device(&format!("token-{number}"), "Pixel 8");
    }
    let states = [SubscriptionState::Subscribed, SubscriptionState::Pending, SubscriptionState::Unsubscribed];
    for line in ["all", "email", "sms", "push", "whatsapp", "email/news"] {
        if random.random_bool(0.3) {
            who = who.wants(line, pick(random, &states));
        }
    }
    if random.random_bool(0.3) {
        who = who.confirms(if random.random_bool(0.7) { &email } else { "another@example.com" });
    }
    let keys = [
        "disabled".to_owned(),
        "paused".to_owned(),
        "suppressed/all".to_owned(),
        "suppressed/sms".to_owned(),
        format!("suppressed/all/email:{email}"),
        format!("suppressed/voice/sms:{phone}"),
        "suppressed/email/email:another@example.com".to_owned(),
        format!("blocked/email:{email}"),
        format!("blocked/sms:{phone}"),
    ];
    for key in &keys {
        if random.random_bool(0.1) {
            let ends = pick(random, &[None, Some("2026-11-22T03:30:00Z"), Some("2027-01-01T00:00:00Z")]);
            let ends = if key == "paused" { ends.or(Some("2027-01-01T00:00:00Z")) } else { ends };
            who = who.restricted(key, held(Cause::Manual, ends));
        }
    }
    if random.random_bool(0.6) { who.consent("news", random.random_bool(0.6)) } else { who }
}

#[test]
fn it_is_the_verdict_on_a_campaign() {
    let app = App::new();
    let mut random = StdRng::seed_from_u64(7);
    // Of some it was said before, of some again, and of some the contrary between.
    let people: Vec<ProfileId> = (0..200)
        .map(|number| {
            for time in ["2026-11-20T00:00:00Z", "2026-11-21T12:00:00Z"] {
                if random.random_bool(0.4) {
                    let state = pick(&mut random, &[SubscriptionState::Subscribed, SubscriptionState::Unsubscribed]);
                    app.add(Person::new(&format!("c-{number}")).wants("email", state).said_at(time));
                }
            }
            app.add(somebody(&mut random, number))
        })
        .collect();
    app.db.run(
        "INSERT INTO channel_rules (workspace_id, channel, asks_first, purposes, confirms, most_confirmations, confirms_since) \
         SELECT id, 'email', true, '{news}'::text[], true, 1, timestamptz '2026-11-21T00:00:00Z' FROM workspaces \
         UNION ALL SELECT id, 'voice', false, '{}'::text[], false, 1, NULL FROM workspaces",
    );
    let (mut conn, now) = (app.db.connect(), at(NOW) + TimeDelta::hours(1));
    let facts = verdict::of_many(&mut conn, app.live, &people).expect("facts");
    let rules = Catalogue::read(&mut conn, app.live).expect("rules").rules;
    for channel in Medium::ALL {
        let question = Question { channel: *channel, kind: MessageKind::Campaign, topic: None, now };
        let expected: BTreeSet<uuid::Uuid> = people
            .iter()
            .filter(|id| verdict::verdict(&facts[*id], &rules, &question).may_send())
            .map(|id| id.0)
            .collect();
        let parsed = filter::parse(&format!("can:{}", channel.as_str())).expect("a filter");
        let predicate = parsed.check(&mut conn, app.live, now).expect("answered").expect("known");
        let found = profiles::few(&mut conn, &predicate).expect("answered").expect("few");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{channel:?}");
        let has_some = matches!(channel, Medium::Email | Medium::Sms | Medium::Push | Medium::Voice | Medium::Whatsapp);
        assert_eq!(!expected.is_empty(), has_some, "{channel:?}");
    }
}
