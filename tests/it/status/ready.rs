use chrono::TimeDelta;
use kith::status::Pulse;

use super::make_read_only;
use crate::support::App;

#[test]
fn ready_is_who_can_change_something_in_tables_of_this_version() {
    let app = App::new();
    app.visitor().get("/readyz").expect(200).shows("ready");
    app.db.run("DELETE FROM __diesel_schema_migrations WHERE version = '0044'");
    app.visitor().get("/readyz").expect(503).shows("migrations are pending");
    app.db.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('0044')");
    app.visitor().get("/readyz").expect(200);
    make_read_only(&app);
    app.visitor().get("/readyz").expect(503).shows("read-only");
}

#[test]
fn ready_is_whose_housekeeping_lives_even_if_it_fails() {
    let app = App::new();
    let pulse = app.state.db.memory::<Pulse>();
    pulse.begins(app.clock.now());
    app.clock.advance(TimeDelta::minutes(59));
    app.visitor().get("/readyz").expect(200);
    app.clock.advance(TimeDelta::minutes(2));
    app.visitor().get("/readyz").expect(503).shows("housekeeping");
    // It goes round again, and fails: calls can be taken all the same.
    pulse.begins(app.clock.now());
    app.visitor().get("/readyz").expect(200);
}
