//! Connections that died, and a database that takes no changes.

use chrono::TimeDelta;
use kith::auth::Role;

use crate::support::{App, Person};

#[test]
fn a_form_after_all_connections_died_is_stored() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(profile, "/notes"));
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(app.db.number(others) > 0, "there are connections to lose");
    support.submit("Add note", &[("New note", "Typed meanwhile")]).expect(303);
    support.follow().expect(200).shows("Typed meanwhile");
}

#[test]
fn pages_are_shown_while_the_database_takes_no_changes() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(profile, ""));
    let name = app.db.one("SELECT current_database()");
    app.db.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    app.db.one(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    // Time to note the click.
    app.clock.advance(TimeDelta::minutes(2));
    support.visit(&app.profile(profile, "")).expect(200);
    support.visit(&app.path("profiles")).expect(200);
    let address = app.profile(profile, "/notes");
    assert_eq!(support.visit(&address).expect(200).texts(".notes li").len(), 0);
}
