use kith::{
    db::ids::ProfileId,
    identities::{Identifier, Kind},
    ingest::{Item, Merge, Person as Who, Statement},
    ledger::Source,
};

use super::{address_of, customer, import, open, submit, support, undo};
use crate::support::{App, Person};

fn id(value: &str) -> Identifier {
    Identifier::new(Kind::Id, value).expect("an id")
}

fn current(app: &App) -> Vec<String> {
    app.db.column("SELECT value FROM profile_identifiers WHERE kind = 'id' AND retired_at IS NULL ORDER BY value")
}

#[test]
fn an_identifier_that_came_goes_and_comes_back() {
    let (app, profile, tab) = customer();
    import(&app, "crm.csv", Person::new("c-1").also(Kind::Named("crm".to_owned()), "77"));
    let owners = || app.db.column("SELECT profile_id FROM identifier_claims WHERE kind = 'crm'");
    let mut sanjay = support(&app);
    undo(&mut sanjay, &tab, "Crm");
    assert!(owners().is_empty());
    undo(&mut sanjay, &tab, "Crm");
    assert_eq!(owners(), [profile.to_string()]);
    assert_eq!(
        app.ledger().kind("identifier").lines()[1..],
        [
            r#"Import crm.csv: identifier crm - -> "77""#,
            r#"Sanjay Rao: identifier crm "77" -> -"#,
            r#"Sanjay Rao: identifier crm - -> "77""#
        ]
    );
    undo(&mut sanjay, &tab, "Crm");
    let other = app.add(Person::known_by(Kind::Named("crm".to_owned()), "77"));
    open(&mut sanjay, &tab, "Crm").shows("This identifier belongs to another person now");
    assert_eq!(owners(), [other.to_string()]);
}

#[test]
fn the_only_identifier_stays() {
    let (app, _, tab) = customer();
    open(&mut support(&app), &tab, "ID").shows("This is the only identifier of this person");
}

#[test]
fn a_new_id_gives_way_to_the_former_one() {
    let (app, profile, tab) = customer();
    let statement = Statement::Merge(Merge { from: vec![id("c-1")], joins_known: false });
    let item = Item { person: Who::Identifiers(vec![id("c-9")]), as_of: app.clock.now(), statement };
    submit(&app, &Source::key("shop"), &[item]);
    assert_eq!(current(&app), ["c-9"]);
    let mut sanjay = support(&app);
    let page = open(&mut sanjay, &tab, "ID").clone();
    assert_eq!(page.texts(".facts dd strong"), ["c-1"]);
    undo(&mut sanjay, &tab, "ID");
    assert_eq!(current(&app), ["c-1"]);
    undo(&mut sanjay, &tab, "ID");
    assert_eq!(current(&app), ["c-9"]);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 1);
    let found: ProfileId = app.add(Person::new("c-1"));
    assert_eq!(found, profile, "both find them");
    let rows = app.ledger().kind("identifier").lines();
    assert_eq!(
        rows[2..],
        [r#"Sanjay Rao: identifier id "c-9" -> "c-1""#, r#"Sanjay Rao: identifier id "c-1" -> "c-9""#]
    );
    // That it came says nothing of by which they go.
    let _ = address_of(&app, &tab, "id");
}
