use kith::auth::Role;

use super::{catalogue, people, tagged};
use crate::support::{App, Person};

fn page_of(app: &App) -> String {
    app.path(&format!("profiles/{}", app.db.one("SELECT profile_id FROM profile_identifiers WHERE value = 'c-1'")))
}

#[test]
fn a_tag_is_put_on_and_taken_off() {
    let app = people();
    app.db.run("UPDATE tag_definitions SET colour = 'red', description = 'Treat well' WHERE name = 'vip'");
    let (tab, mut sanjay) = (page_of(&app), app.browser(Role::Support));
    let page = sanjay.visit(&tab).clone();
    page.check_markup();
    assert_eq!(page.attr("a.chip.red", "href"), app.path("profiles?q=tag%3Avip"));
    assert_eq!(page.attr("a.chip.red", "title"), "Treat well");
    assert_eq!(page.attrs("#known-tags option", "value"), Vec::<String>::new(), "what they have is not offered");

    sanjay.submit("Add tag", &[("tag", " new_one ")]).expect(303);
    sanjay.follow().shows("Tag new_one added.").check_markup();
    assert_eq!(tagged(&app)[0], "c-1 new_one,press,vip");
    assert_eq!(catalogue(&app), ["new_one grey", "press grey", "vip red Treat well"]);
    sanjay.submit("Add tag", &[("tag", "new_one")]).expect(303);
    sanjay.follow().shows("This person already has the tag new_one.");

    let form = sanjay.page().attrs("form[action$='/tags/remove'] input[name=tag]", "value");
    assert_eq!(form, ["new_one", "press", "vip"]);
    let csrf = sanjay.token();
    let pairs = [("csrf".to_owned(), csrf), ("tag".to_owned(), "press".to_owned())];
    sanjay.post(&format!("{tab}/tags/remove"), &pairs).expect(303);
    sanjay.follow().shows("Tag press removed.");
    sanjay.post(&format!("{tab}/tags/remove"), &pairs).expect(303);
    sanjay.follow().shows("Tag press was already removed.");
    assert_eq!(tagged(&app)[0], "c-1 new_one,vip");
    assert_eq!(
        app.ledger().kind("tag").by_hand().lines(),
        ["Sanjay Rao: tag new_one false -> true", "Sanjay Rao: tag press true -> false"]
    );
    assert_eq!(catalogue(&app).len(), 3, "the catalogue keeps it");
}

#[test]
fn a_wrong_tag_comes_back_as_it_was_typed() {
    let app = people();
    let (tab, mut sanjay) = (page_of(&app), app.browser(Role::Support));
    for (typed, said) in [("two words", "“two words” contains a space."), (" ", "Type or choose a tag.")] {
        sanjay.visit(&tab);
        let page = sanjay.submit("Add tag", &[("tag", typed)]).expect(422).clone();
        page.shows(said).shows("Priya Nair").check_markup();
        assert_eq!(page.attr("#tag", "value"), typed);
        assert_eq!(page.attr("#tag", "aria-invalid"), "true");
    }
    sanjay.submit("Add tag", &[("tag", "mended")]).expect(303);
    assert_eq!(sanjay.page().location(), tab);
    assert_eq!(tagged(&app)[0], "c-1 mended,press,vip");
}

#[test]
fn a_tag_that_exists_in_another_case_is_offered_instead() {
    let app = people();
    app.add(Person::new("c-4").tag("Gold"));
    let (tab, mut sanjay) = (page_of(&app), app.browser(Role::Support));
    let ask = |browser: &mut crate::support::Browser<'_>| {
        browser.visit(&tab);
        let page = browser.submit("Add tag", &[("tag", "gold")]).expect(422).clone();
        page.shows("The tag Gold already exists. Add it, or add gold as a separate tag.").check_markup();
        assert_eq!(page.attr("#tag", "value"), "Gold", "the one that exists is filled in");
    };
    ask(&mut sanjay);
    assert_eq!(tagged(&app)[0], "c-1 press,vip", "nothing is added before the answer");
    sanjay.submit("Add tag", &[]).expect(303);
    assert_eq!(tagged(&app)[0], "c-1 Gold,press,vip");
    ask(&mut sanjay);
    sanjay.submit("Add gold anyway", &[]).expect(303);
    assert_eq!(tagged(&app)[0], "c-1 Gold,gold,press,vip");
}

#[test]
fn a_marketer_sees_tags_and_no_buttons() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&page_of(&app)).clone();
    assert_eq!(page.texts("ul.tags a"), ["press", "vip"]);
    assert_eq!(page.count("form[action*='/tags']"), 0);
    let nobody = app.add(Person::new("c-9"));
    mara.visit(&app.profile(nobody, "")).shows("No tags.");
}

#[test]
fn a_click_on_a_tag_finds_everybody_who_has_it() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&page_of(&app));
    assert_eq!(mara.click("press").expect(200).texts("tbody a.open"), ["Priya Nair"]);
    let mut names = mara.visit(&app.path("profiles?q=tag:vip")).texts("tbody a.open");
    names.sort();
    assert_eq!(names, ["Ada Moreau", "Priya Nair"]);
}

#[test]
fn tags_need_a_profile_that_is_there() {
    let app = people();
    let (tab, mut sanjay) = (page_of(&app), app.browser(Role::Support));
    sanjay.visit(&tab);
    let pairs = [("csrf".to_owned(), sanjay.token()), ("tag".to_owned(), "new".to_owned())];
    for rest in ["tags", "tags/remove"] {
        sanjay.post(&app.path(&format!("profiles/00000000-0000-7000-8000-000000000000/{rest}")), &pairs).expect(404);
    }
    assert_eq!(app.ledger().kind("tag").by_hand().lines().len(), 0);
}
