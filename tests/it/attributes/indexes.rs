//! Indexes for ranges of attributes are built and removed as admins choose.

use chrono::TimeDelta;
use kith::{attributes, auth::Role, filter, profiles};

use crate::support::{App, Person, app::NOW, at};

#[test]
fn an_index_is_built_used_and_removed() {
    let app = App::new();
    for number in 0..30 {
        app.add(Person::new(&format!("c-{number}")).set("it's age", number).set("plan", "pro"));
    }
    let keep = || attributes::keep_index_now(&app.state.db).expect("kept");
    assert!(!keep(), "nobody chose one");
    app.db.run("UPDATE attribute_definitions SET is_indexed = true");
    let show = || app.browser(Role::Marketer).visit(&app.path("attributes/show?name=it%27s+age")).clone();
    show().shows("Will be built in a moment");
    assert!(keep());
    assert!(!keep(), "plan is text, and needs none");
    show().shows("Ready").check_markup();
    app.browser(Role::Marketer).visit(&app.path("attributes/show?name=plan")).shows("only numbers and dates");

    // A range is found by it.
    let mut conn = app.db.connect();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "SET enable_seqscan = off; SET enable_bitmapscan = off",
    )
    .expect("set");
    let parsed = filter::parse("\"it's age\">=27").expect("a filter");
    let predicate = parsed.check(&mut conn, app.live, at(NOW) + TimeDelta::hours(1)).expect("answered").expect("known");
    assert_eq!(profiles::few(&mut conn, &predicate).expect("answered").map(|found| found.len()), Some(3));
    drop(conn);
    let scans = "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'profiles_attribute_%' \
                 AND indexrelname <> 'profiles_attribute_terms_idx'";
    app.until(|| app.db.one(scans) == "1");

    app.db.run("UPDATE attribute_definitions SET is_sensitive = true");
    assert!(keep(), "it is removed");
    assert!(!keep());
    assert_eq!(
        app.db.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'profiles_attribute_%'"),
        1,
        "that of terms"
    );
}
