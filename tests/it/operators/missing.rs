//! The page for whoever lacks a permission.

use kith::auth::Role;

use crate::support::App;

#[test]
fn it_says_what_is_missing_and_who_can_change_that() {
    let app = App::new();
    app.add_operator("Rosa Iwata", "rosa@acme.example", Role::Admin);
    app.add_operator("Gone Admin", "gone@acme.example", Role::Admin);
    app.db.run("UPDATE memberships SET disabled_at = now() WHERE operator_id = (SELECT id FROM operators WHERE name = 'Gone Admin')");
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.get(&app.path("keys")).expect(403).clone();
    page.shows("permission to manage API keys. The role admin has it.").shows("Your role here is marketer");
    page.shows("Ada Moreau or Rosa Iwata can give you another role").hides("Gone Admin").hides("Neighbour");
    page.check_markup();
    mara.get(&app.path("profiles/new")).expect(403).shows("The roles support and admin have it");
    // A form, too.
    let token = vec![("csrf".to_owned(), mara.visit("/account").attr("input[name=csrf]", "value"))];
    mara.post(&app.path("keys/new"), &token).expect(403).shows("Ada Moreau or Rosa Iwata");
    for address in mara.page().attrs("main a", "href") {
        mara.visit(&address);
    }
}
