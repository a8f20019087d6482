use kith::auth::Role;

use super::{merge, two};

#[test]
fn a_merge_is_undone_from_the_profile() {
    let (app, priya, other) = two();
    merge(&app, priya, other);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(priya, ""));
    let page = ada.click("Undo the merge of c-2").expect(200).clone();
    page.check_markup();
    page.shows("Undo the merge of P. Nair into Priya Nair?").shows("Ada Moreau merged them");
    ada.submit("Undo merge", &[]).expect(303);
    assert_eq!(ada.page().location(), app.profile(other, ""));
    ada.follow().expect(200).shows("Merge undone").shows("P. Nair").shows("Kochi").shows("c-2").hides("Former ID");
    ada.visit(&app.profile(priya, "")).hides("Kochi").hides("Merged from").hides(" c-2 ");
    ada.visit(&app.path("merges?show=done")).shows("Undone Ada Moreau");
    assert_eq!(app.add(crate::support::Person::new("c-2")), other);
}

#[test]
fn a_merge_is_undone_from_the_list_and_only_once() {
    let (app, priya, other) = two();
    merge(&app, priya, other);
    let (mut ada, mut again) = (app.browser(Role::Admin), app.browser(Role::Admin));
    for browser in [&mut ada, &mut again] {
        browser.visit(&app.path("merges"));
        browser.click("Merged").expect(200).check_markup();
        browser.click("Undo the merge of P. Nair into Priya Nair").expect(200);
    }
    ada.submit("Undo merge", &[]).expect(303);
    let page = again.submit("Undo merge", &[]).expect(409).clone();
    page.check_markup();
    page.shows("This merge was already undone").shows("Ada Moreau undid it");
}

#[test]
fn a_merge_is_final_after_thirty_days() {
    let (app, priya, other) = two();
    merge(&app, priya, other);
    let id = app.db.one("SELECT id FROM merges");
    app.db.run("UPDATE merges SET merged_at = merged_at - interval '31 days'");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(priya, "")).hides("Merged from");
    ada.visit(&app.path("merges?show=done")).shows("No merges in the last 30 days");
    let undo = app.profile(priya, &format!("/merges/{id}/undo"));
    ada.visit(&undo).shows("This merge can no longer be undone");
    let token = ada.visit("/account").attr("input[name=csrf]", "value");
    ada.post(&undo, &[("csrf".to_owned(), token)]).expect(409).shows("This merge can no longer be undone");
    assert_eq!(app.db.number("SELECT count(*) FROM merges WHERE undone_at IS NULL"), 1);
}

#[test]
fn the_last_merge_of_a_chain_comes_first() {
    let (app, priya, other) = two();
    let third = app.add(crate::support::Person::new("c-3").name("Noor", "Haddad"));
    merge(&app, priya, other);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(priya, ""));
    ada.click("Undo the merge of c-2").expect(200);
    merge(&app, third, priya);
    ada.submit("Undo merge", &[]).expect(303);
    ada.follow().expect(200).shows("Priya Nair was merged into this profile.").shows("Noor Haddad");
    assert_eq!(app.db.number("SELECT count(*) FROM merges WHERE undone_at IS NOT NULL"), 0);
    ada.click("Undo the merge of c-1").expect(200);
    ada.submit("Undo merge", &[]).expect(303);
    ada.follow().expect(200).shows("Priya Nair");
    ada.click("Undo the merge of c-2").expect(200);
    ada.submit("Undo merge", &[]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 3);
}

#[test]
fn a_merge_of_somebody_else_is_not_there() {
    let (app, priya, other) = two();
    merge(&app, priya, other);
    let id = app.db.one("SELECT id FROM merges");
    let third = app.add(crate::support::Person::new("c-3"));
    let mut ada = app.browser(Role::Admin);
    for address in [app.profile(third, &format!("/merges/{id}/undo")), app.profile(priya, "/merges/none/undo")] {
        let token = ada.visit("/account").attr("input[name=csrf]", "value");
        ada.get(&address).expect(404);
        ada.post(&address, &[("csrf".to_owned(), token)]).expect(404);
    }
}
