//! Segments: who is in them, since when and why.

mod figures;
mod follow;
mod freeze;
mod kept;
mod pages;
mod random;
mod trace;

use kith::{
    db::ids::{SegmentId, new_id},
    filter,
    ingest::{Identify, Item, Statement},
    profiles,
    registers::Fact,
    segments::{self, By, Choices, SegmentKind, SegmentName, define::Wish},
};
use uuid::Uuid;

use crate::support::{App, Person, build::submit};

/// A wish for a segment with this definition.
pub fn wish(name: &str, typed: &str) -> Wish {
    Wish {
        name: SegmentName::typed(name).expect("a name"),
        description: String::new(),
        folder: String::new(),
        tags: Vec::new(),
        owner: None,
        on_profiles: true,
        typed: typed.to_owned(),
    }
}

/// Defines a live segment.
pub fn define(app: &App, name: &str, typed: &str) -> SegmentId {
    let (id, by) = (SegmentId(new_id(app.clock.now())), By { operator: None, at: app.clock.now() });
    let made = segments::define::create(&mut app.db.connect(), app.live, id, SegmentKind::Live, &wish(name, typed), by);
    made.expect("stored").unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
    id
}

/// Counts what is to be counted, and follows what happened.
pub fn settle(app: &App) {
    let wanted = "SELECT count(*) FROM segments WHERE wants_count AND archived_at IS NULL";
    segments::follow_now(&app.state.db, &app.clock, true).expect("followed");
    // Counting waits for transactions that began before, also those of other databases of the server, and may ask for other counts.
    app.until(|| {
        segments::count_now(&app.state.db, &app.clock).expect("counted");
        segments::follow_now(&app.state.db, &app.clock, false).expect("followed");
        app.db.number(wanted) == 0
    });
}

/// Says that somebody is chosen for a segment, or not.
pub fn choose(app: &App, id: &str, segment: SegmentId, is_member: bool) {
    let fact = Fact::new::<Choices>(segment, is_member);
    let said = Statement::Identify(Identify { facts: vec![fact], ..Identify::default() });
    let item = Item { statement: said, ..Person::new(id).items(app.clock.now()).remove(0) };
    submit(&app.state.db, app.live, app.clock.now(), &[item]);
}

/// Members, moves, somebody who was chosen and somebody who waits.
pub fn fill(app: &App) {
    app.add(Person::new("first").tag("gold"));
    let gold = define(app, "Gold", "tag:gold");
    settle(app);
    app.add(Person::new("second").tag("gold"));
    settle(app);
    choose(app, "first", gold, true);
    app.add(Person::new("third").tag("gold"));
}

/// What stands in addresses of segments.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    let segment = define(app, "Vip", "tag:vip");
    settle(app);
    [("{segment}", segment.to_string())]
}

/// The members of a segment.
pub fn members(app: &App, segment: SegmentId) -> Vec<Uuid> {
    let found = app.db.column(&format!(
        "SELECT profile_id FROM segment_members WHERE environment_id = {} AND segment_id = '{segment}' ORDER BY 1",
        app.live
    ));
    found.iter().map(|id| id.parse().expect("an id")).collect()
}

/// Whom a filter selects, by the list's own way.
pub fn selected(app: &App, typed: &str) -> Vec<Uuid> {
    let mut conn = app.db.connect();
    let parsed = filter::parse(typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
    let predicate = parsed.check(&mut conn, app.live, app.clock.now()).expect("answered");
    let predicate = predicate.unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
    let mut found = profiles::few(&mut conn, &predicate).expect("answered").expect("few");
    found.sort();
    found
}
