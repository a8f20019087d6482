use kith::auth::{Permission, Role};

use crate::support::App;

#[test]
fn the_account_page_says_who_may_do_what_where() {
    let app = App::new();
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit("/account").clone();
    page.check_markup();
    assert_eq!(page.text("h1"), "Mara Keller");
    page.shows("mara@acme.example").shows("Acme").hides("Birch Books");
    for permission in Permission::ALL {
        let row = page.texts(".matrix tbody tr").into_iter().find(|row| row.starts_with(permission.name()));
        let words: Vec<&str> = Role::ALL.map(|role| if role.can(permission) { "yes" } else { "no" }).to_vec();
        assert_eq!(row.as_deref(), Some(format!("{} {}", permission.name(), words.join(" ")).as_str()));
    }
}

#[test]
fn home_leads_to_the_profiles() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    assert_eq!(ada.get("/").location(), "/acme/live/profiles");
}
