//! The page that says how the console is used.

use std::collections::BTreeSet;

use kith::auth::Role;

use crate::support::{App, Person};

#[test]
fn help_lists_the_keys_that_there_are() {
    let app = App::new();
    let id = app.add(Person::new("c-1").name("Priya", "Nair"));
    let mut mara = app.browser(Role::Marketer);
    let mut used: Vec<String> = mara.visit("/acme/live/profiles").attrs("[accesskey]", "accesskey");
    assert_eq!(used.iter().filter(|key| *key == "s").count(), 1, "{used:?}");
    let on_profile = mara.visit(&app.profile(id, "")).attrs("[accesskey]", "accesskey");
    assert_eq!(on_profile.iter().collect::<BTreeSet<_>>().len(), on_profile.len(), "none twice: {on_profile:?}");
    used.extend(on_profile);
    mara.visit("/acme/live/profiles");
    let page = mara.click("Help").expect(200).clone();
    page.check_markup();
    let listed: BTreeSet<String> = page.texts("kbd").into_iter().collect();
    assert_eq!(used.into_iter().collect::<BTreeSet<_>>(), listed);
    assert_eq!(page.attr("nav [aria-current=page]", "href"), "/acme/live/help");
    page.shows("tag:vip");
}
