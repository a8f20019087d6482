//! An import never turns a no into a yes.

use super::Desk;
use crate::support::{Person, app::NOW, at};
use kith::subscriptions::SubscriptionState::Unsubscribed;

#[test]
fn an_import_loosens_nothing_and_says_so() {
    let desk = Desk::new();
    let said = |person: Person| person.said_at("2026-11-01T00:00:00Z").store(&desk.pool, desk.live, at(NOW));
    said(Person::new("1").wants("all", Unsubscribed));
    said(Person::new("2").wants("all", Unsubscribed));
    said(Person::new("3"));
    let file = "id,unsubscribed\n1,no\n2,yes\n3,no\n4,no\n";
    let summary = desk.import("list.csv", file).expect("imported");
    assert_eq!((summary.kept, summary.read, summary.rejected), (1, 4, 0));
    let states = "SELECT concat_ws(' ', i.value, s.state) FROM subscriptions s JOIN profile_identifiers i USING (environment_id, profile_id) \
                  WHERE s.channel = 'all' ORDER BY 1";
    assert_eq!(desk.db.column(states), ["1 unsubscribed", "2 unsubscribed", "3 subscribed", "4 subscribed"]);
    assert_eq!(desk.db.column("SELECT subject FROM changes WHERE refused IS NOT NULL"), ["all"]);
    assert_eq!(desk.import("list.csv", file).expect("imported").kept, 0, "once more says nothing new");
}
