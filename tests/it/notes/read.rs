use kith::auth::Role;

use super::{customer, support, write};
use crate::support::Person;

#[test]
fn a_note_belongs_to_one_profile_in_one_environment() {
    let (app, profile, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    let (other, stray) = (app.add(Person::new("c-2")), app.add_to(app.test, Person::new("c-1")));
    sanjay.visit(&app.profile(other, "/notes")).hides("Likes tea");
    sanjay.visit(&format!("/acme/test/profiles/{stray}/notes")).hides("Likes tea");
    sanjay.visit(&tab);
    let token = ("csrf".to_owned(), sanjay.token());
    let elsewhere = [
        format!("{}/{note}", app.profile(other, "/notes")),
        format!("/acme/test/profiles/{stray}/notes/{note}"),
        format!("/acme/test/profiles/{profile}/notes/{note}"),
    ];
    for address in elsewhere {
        for rest in ["edit", "delete", "history"] {
            sanjay.get(&format!("{address}/{rest}")).expect(404).hides("Likes tea");
        }
        for (rest, field, value) in [("edit", "body", "Changed"), ("pin", "pinned", "yes"), ("delete", "x", "")] {
            let pairs = [token.clone(), (field.to_owned(), value.to_owned())];
            sanjay.post(&format!("{address}/{rest}"), &pairs).expect(404);
        }
    }
    let stored = app.db.column("SELECT concat_ws('|', body, pinned, version, deleted_at) FROM notes");
    assert_eq!(stored, ["Likes tea|f|1"]);
}

#[test]
fn the_author_stays_when_somebody_else_edits() {
    let (app, _, tab) = customer();
    let note = write(&app, &mut support(&app), &tab, "Likes tea");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{tab}/{note}/edit"));
    ada.submit("Save note", &[("Note", "Likes coffee")]).expect(303);
    let page = ada.follow();
    assert_eq!(page.attr("article.note", "aria-label"), "Note by Sanjay Rao");
    page.shows("edited by Ada Moreau");
}

#[test]
fn a_name_that_holds_markup_is_only_a_name() {
    let (app, _, tab) = customer();
    app.add_operator("<b>Bob</b> & \"Co\"", "bob@acme.example", Role::Support);
    let mut bob = app.browser_of("bob@acme.example");
    write(&app, &mut bob, &tab, "hi");
    let page = bob.visit(&tab).clone();
    page.check_markup();
    page.shows("<b>Bob</b> & \"Co\"");
    assert_eq!(page.attr("article.note", "aria-label"), "Note by <b>Bob</b> & \"Co\"");
}
