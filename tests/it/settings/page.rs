use kith::auth::Role;

use super::save;
use crate::support::App;

/// Setting, before and after of the lines about settings, oldest first.
fn lines(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' | ', detail->>'setting', detail->>'before', detail->>'after') FROM audit_log \
         WHERE action = 'setting changed' ORDER BY id",
    )
}

#[test]
fn each_setting_is_saved_alone_and_written_down() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("Settings").expect(200).shows("Acme").shows("By ID").check_markup();
    ada.click("Change Name").expect(200).check_markup();
    ada.submit("Save", &[("Name", " Birch & Sons ")]).expect(303);
    let page = ada.follow().shows("Saved.").shows("Birch & Sons").clone();
    // The address stays.
    assert!(page.address.starts_with("/acme/live/settings"), "{}", page.address);
    save(&app, "country", &[("Country", "CH")]);
    save(&app, "matching", &[("By ID and email", "yes")]);
    save(&app, "events", &[("Days", "90")]);
    ada.visit(&app.path("settings"));
    for shown in ["Birch & Sons", "Switzerland (+41)", "By ID and email", "90 days", "Indigo"] {
        ada.page().shows(shown);
    }
    assert_eq!(
        lines(&app),
        [
            "name | Acme | Birch & Sons",
            "country | None | Switzerland (+41)",
            "matching | By ID | By ID and email",
            "events | Forever | 90 days",
        ]
    );
    ada.click("audit log").expect(200).shows("Changed the setting Name from “Acme” to “Birch & Sons”");
}

#[test]
fn saving_what_holds_changes_nothing() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for setting in ["name", "colour", "country", "matching", "placeholders", "events"] {
        ada.visit(&app.path(&format!("settings/{setting}"))).check_markup();
        ada.submit("Save", &[]).expect(303);
        ada.follow().shows("Nothing changed.");
    }
    assert_eq!(lines(&app), Vec::<String>::new());
    assert_eq!(app.db.one("SELECT count(*)::text FROM workspaces WHERE settings->'countries' <> '[]'"), "0");
    ada.get(&app.path("settings/passwords")).expect(404);
}

#[test]
fn what_cannot_be_saved_comes_back_as_it_was_typed() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for (setting, field, typed, rule) in [
        ("name", "Name", "", "Enter a name, at most 80 characters."),
        ("events", "Days", "4000", "Enter a whole number of days from 1 to 3660, or leave it empty."),
    ] {
        ada.visit(&app.path(&format!("settings/{setting}")));
        let page = ada.submit("Save", &[(field, typed)]).expect(422).shows(rule).clone();
        page.check_markup();
        assert_eq!(page.attr("[name=value]", "value"), typed);
    }
    assert_eq!(lines(&app), Vec::<String>::new());
}

#[test]
fn admins_alone_see_them() {
    let app = App::new();
    let mut sam = app.browser(Role::Support);
    sam.visit(&app.path("profiles"));
    assert_eq!((sam.page().link("Settings"), sam.page().link("Audit log")), (None, None));
    sam.get(&app.path("settings")).expect(403).shows("change settings");
    sam.get(&app.path("audit")).expect(403).shows("read the audit log");
}
