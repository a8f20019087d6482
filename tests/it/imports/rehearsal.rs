//! A dry run says what an import would do, and does nothing.

use std::fmt::Write;

use kith::{
    clock::Clock,
    identities::Kind,
    imports::{Checkpoint, Going, Import, Options, Rehearsal, Report, open},
};

use super::Desk;
use crate::support::{Person, app::NOW, at};

fn options(desk: &Desk) -> Options {
    Options { environment: desk.live, choices: Default::default(), rejects: desk.path("rejects.csv"), writers: 1 }
}

fn rehearse(desk: &Desk, content: &str) -> (Report, Vec<Vec<String>>) {
    let (path, clock, options) = (desk.path("people.csv"), Clock::fixed(at(NOW)), options(desk));
    std::fs::write(&path, content).expect("a file");
    let import = Import::new(&desk.pool, &clock, &options);
    let opened = open(&path, &options.choices, Default::default()).expect("opened");
    let rehearsal = Rehearsal::new(&desk.path("changes.csv")).expect("a file");
    let report = import.rehearse(opened, rehearsal, &mut |_: &Checkpoint| Ok(Going::On)).expect("rehearsed");
    let mut changes = csv::Reader::from_path(desk.path("changes.csv")).expect("changes");
    let rows = changes.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    (report, rows.collect())
}

#[test]
fn it_counts_what_the_import_then_does_and_leaves_nothing() {
    let desk = Desk::new();
    let known = Person::new("p-7").name("Ann", "Known").set("plan", "free").email("ann@example.com");
    known.store(&desk.pool, desk.live, at("2026-11-01T00:00:00Z"));
    let mut text = "id,email,plan,brand new,tags\n".to_owned();
    // More than one batch: each person stands in two of them.
    for n in 0..2_600 {
        let _ = writeln!(text, "p-{0},{0}@example.com,pro,x,fresh", n % 1_300);
    }
    text.push_str("other,ann@example.com,pro,,\n,,nobody,,\n");
    let sources = "SELECT name FROM sources ORDER BY name";
    let before = (desk.db.digest_of_state(), desk.db.column(sources));
    let (report, changes) = rehearse(&desk, &text);
    assert_eq!(
        (desk.db.digest_of_state(), desk.db.column(sources)),
        before,
        "not even the names of attributes and tags stay"
    );
    let Report { summary: tried, pairs, shown, shown_pairs } = report;
    assert_eq!((tried.read, tried.created, tried.rejected), (2_602, 1_300, 1));
    assert_eq!(pairs, 1, "of other and Ann, who has the email");
    assert!(
        shown_pairs[0].iter().any(|whom| whom.is_new) && shown_pairs[0].iter().any(|whom| whom.name == "Ann Known")
    );
    let plan = shown.iter().find(|one| one.field == "Plan").expect("Ann's plan");
    assert_eq!((plan.line, plan.whom.name.as_str()), (9, "Ann Known"));
    assert_eq!((plan.before.as_deref(), plan.after.as_deref()), (Some("free"), Some("pro")));
    assert!(shown.iter().all(|one| !one.whom.is_new), "new people are not changed ones");
    assert!(changes.iter().any(|row| row[..4] == ["9", "Ann Known", "changed", "Plan"].map(str::to_owned)));
    assert!(changes.iter().filter(|row| row[2] == "new profile" && row[3] == "Plan").count() >= 1_300);
    let done = desk.import("people.csv", &text).expect("imported");
    assert_eq!((done.read, done.created, done.rejected), (tried.read, tried.created, tried.rejected));
    // Of whom an earlier batch made nothing is there any more, so a second row about them seems to say something.
    assert_eq!((done.written, tried.written), (1_301, 2_601));
}

#[test]
fn opt_outs_that_stay_are_told() {
    let desk = Desk::new();
    let no = kith::subscriptions::SubscriptionState::Unsubscribed;
    let ann = Person::known_by(Kind::Id, "ann").wants("email", no).email("ann@example.com");
    ann.store(&desk.pool, desk.live, at("2026-11-01T00:00:00Z"));
    let (report, changes) = rehearse(&desk, "id,email_opt_in\nann,yes\n");
    assert_eq!(report.summary.kept, 1);
    let kept = report.shown.iter().find_map(|one| one.kept.clone()).expect("what is kept");
    assert!(kept.contains("imports do not loosen"), "{kept}");
    assert!(changes.iter().any(|row| row[2].contains("imports do not loosen")));
}

#[test]
fn sensitive_values_stand_nowhere() {
    let desk = Desk::new();
    Person::new("ann").set("iban", "CH1").store(&desk.pool, desk.live, at("2026-11-01T00:00:00Z"));
    desk.db.run("UPDATE attribute_definitions SET is_sensitive = TRUE WHERE name = 'iban'");
    let (report, changes) = rehearse(&desk, "id,iban\nann,CH9300762011623852957\n");
    assert_eq!(report.shown.len(), 1);
    let all = format!("{:?} {changes:?}", report.shown);
    assert!(!all.contains("CH1") && !all.contains("CH93"), "{all}");
}
