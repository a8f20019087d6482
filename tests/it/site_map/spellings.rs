//! Addresses as people type them.

use kith::auth::Role;

use crate::support::App;

#[test]
fn another_spelling_of_an_address_leads_to_the_right_one() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    for typed in ["/acme", "/acme/", "/acme/live", "/Acme/Live/Profiles/?sort=name"] {
        let page = mara.get(typed).expect(308).clone();
        let address = page.headers.get("location").and_then(|it| it.to_str().ok()).expect("an address").to_owned();
        assert!(address.starts_with("/acme/live/profiles"), "{typed}: {address}");
        assert_eq!(address.contains("sort=name"), typed.contains("sort"));
        mara.get(&address).expect(200);
    }
    mara.get("//evil.example/").expect(404);
    mara.get("/nobody/live/profiles").expect(404);
}
