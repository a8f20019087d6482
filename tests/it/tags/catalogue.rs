use kith::{
    auth::Role,
    db::ids::EnvironmentId,
    generate::{Amount, Written, generate},
    ingest::{Item, Person as Who, Statement},
    tags::Tags,
};

use super::{catalogue, people};
use crate::support::{App, Person, app::NOW, at, build};

#[test]
fn every_tag_that_is_put_on_somebody_is_in_the_catalogue() {
    let app = people();
    assert_eq!(catalogue(&app), ["press grey", "vip grey"]);
    // Taking one off is no news, putting one right is.
    let profile = app.add(Person::new("c-4"));
    let item = |statement| Item { person: Who::Profile(profile), as_of: at(NOW), statement };
    let off = Statement::Tags { add: Vec::new(), remove: vec![build::tag_of("unheard")] };
    let right =
        Statement::Correct(vec![Tags::put(build::tag_of("mended"), true), Tags::put(build::tag_of("off"), false)]);
    build::submit(&app.state.db, app.live, at(NOW), &[item(off), item(right)]);
    assert_eq!(catalogue(&app), ["mended grey", "press grey", "vip grey"]);
    // Each environment has its own.
    app.add_to(app.test, Person::new("t-1").tag("vip"));
    assert_eq!(app.db.number("SELECT count(*) FROM tag_definitions WHERE name = 'vip'"), 2);
}

#[test]
fn tags_of_a_bulk_load_are_in_the_catalogue() {
    let app = App::new();
    let amount = Amount { seed: 1, profiles: 300, events: 300 };
    let environment: EnvironmentId = app.live;
    generate(&app.state.db, &app.clock, environment, amount, &Written::default()).expect("generated");
    let missing = "SELECT count(*) FROM (SELECT DISTINCT unnest(tags) AS tag FROM profiles) t \
                   WHERE tag NOT IN (SELECT name FROM tag_definitions)";
    assert_eq!(app.db.number(missing), 0);
    assert!(app.db.number("SELECT count(*) FROM tag_definitions") > 0);
}

#[test]
fn everybody_reads_the_catalogue_and_admins_change_it() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles"));
    let page = mara.click("Tags").expect(200).clone();
    page.check_markup();
    assert_eq!(page.texts("tbody th"), ["press", "vip"]);
    assert_eq!(page.texts("tbody td:nth-child(3) a"), ["1 person has press", "2 people have vip"]);
    assert_eq!(page.attr("tbody th a", "href"), app.path("profiles?q=tag%3Apress"));
    assert_eq!(page.count("main form[method=post]"), 0);
    assert_eq!(page.link("Edit vip"), None);
    App::new().browser(Role::Admin).visit("/acme/live/tags").shows("No tags yet").check_markup();
}

#[test]
fn a_tag_is_made_and_described() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags"));
    ada.click("Create tag").expect(200).check_markup();
    ada.submit("Create tag", &[("Tag", " churn-risk "), ("Amber", "yes"), ("Description", "May leave")]).expect(303);
    ada.follow().shows("Tag churn-risk created.").shows("May leave").check_markup();
    assert_eq!(catalogue(&app), ["churn-risk amber May leave", "press grey", "vip grey"]);

    ada.click("Edit vip").expect(200).check_markup();
    ada.submit("Save tag", &[("Violet", "yes"), ("Description", "Treat well")]).expect(303);
    let page = ada.follow().shows("Tag vip saved.").clone();
    assert_eq!(page.count("tbody a.chip.violet"), 1);
    // The list of profiles shows it at once.
    assert_eq!(ada.visit(&app.path("profiles")).count("td a.chip.violet"), 2);
    let colour = |ada: &mut crate::support::Browser<'_>, colour: &str| {
        ada.visit(&app.path("tags/vip/edit"));
        ada.submit("Save tag", &[(colour, "yes")]).expect(303);
        ada.visit(&app.path("profiles")).count(&format!("td a.chip.{}", colour.to_lowercase()))
    };
    assert_eq!(colour(&mut ada, "Blue"), 2);
    assert_eq!(app.db.number("SELECT count(*) FROM changes WHERE reason IS NOT NULL"), 0, "nobody changed");
}

#[test]
fn what_is_wrong_with_a_tag_is_said_and_what_was_typed_is_kept() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    let long = "x".repeat(301);
    for (fields, said) in [
        (vec![("Tag", " ")], "Type or choose a tag."),
        (vec![("Tag", "two words"), ("Red", "yes")], "1 to 20 letters"),
        (vec![("Tag", "a-tag-that-is-far-too-long")], "1 to 20 letters"),
        (vec![("Tag", "vip")], "This tag already exists."),
        (vec![("Tag", "new"), ("Description", &long)], "at most 300 characters"),
    ] {
        ada.visit(&app.path("tags/new"));
        let page = ada.submit("Create tag", &fields).expect(422).clone();
        page.shows(said).check_markup();
        assert_eq!(page.attr("#name", "value"), fields[0].1);
    }
    ada.visit(&app.path("tags/vip/edit"));
    ada.submit("Save tag", &[("Description", &long)]).expect(422).shows("at most 300 characters").check_markup();
    assert_eq!(catalogue(&app), ["press grey", "vip grey"]);
    ada.get(&app.path("tags/nothing/edit")).expect(404);
    ada.get(&app.path("tags/not%20a%20tag/edit")).expect(404);
}

#[test]
fn a_tag_that_differs_only_in_case_is_asked_about() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("tags/new"));
    let page = ada.submit("Create tag", &[("Tag", "VIP"), ("Description", "Guests")]).expect(422).clone();
    page.shows("The tag vip already exists. Use it, or create VIP as a separate tag.").check_markup();
    assert_eq!(page.link("Use vip").as_deref(), Some(app.path("tags/vip/edit").as_str()));
    assert_eq!(catalogue(&app), ["press grey", "vip grey"], "nothing is made before the answer");
    ada.submit("Create VIP anyway", &[]).expect(303);
    ada.follow().shows("Tag VIP created.");
    assert_eq!(catalogue(&app).len(), 3);
    // Where it is there in the typed case, the other one is no news.
    ada.visit(&app.path("tags/new"));
    ada.submit("Create tag", &[("Tag", "VIP")]).expect(422).shows("This tag already exists.").hides("anyway");
}

#[test]
fn tags_are_searched_and_paged_in_alphabetical_order() {
    let app = people();
    app.db.run(
        "INSERT INTO tag_definitions (environment_id, name, created_at) \
         SELECT (SELECT environment_id FROM tag_definitions LIMIT 1), CASE WHEN n % 2 = 0 THEN 'T' ELSE 't' END || lpad(n::text, 3, '0'), \
             '2026-11-22Z' FROM generate_series(1, 120) n",
    );
    let mut mara = app.browser(Role::Marketer);
    let mut seen = Vec::new();
    mara.visit(&app.path("tags"));
    loop {
        seen.extend(mara.page().texts("tbody th"));
        if mara.page().link("Next").is_none() {
            break;
        }
        mara.click("Next").expect(200);
    }
    let mut sorted = seen.clone();
    sorted.sort_by_key(|tag| tag.to_lowercase());
    assert_eq!((seen.len(), &seen), (122, &sorted));
    for _ in 0..4 {
        mara.click("Previous").expect(200);
    }
    assert_eq!(mara.page().texts("tbody th"), sorted[..25]);
    assert_eq!(mara.visit(&app.path("tags?q=%20T01%20")).texts("tbody th").len(), 10);
    mara.visit(&app.path("tags?q=nothing")).shows("No tag contains “nothing”").check_markup();
}

#[test]
fn only_so_many_people_are_counted() {
    let app = people();
    app.db.run(
        "INSERT INTO profiles (environment_id, id, tags, created_at, updated_at, source_id) \
         SELECT environment_id, gen_random_uuid(), '{many}', created_at, updated_at, source_id FROM profiles, generate_series(1, 3334)",
    );
    app.db.run("INSERT INTO tag_definitions (environment_id, name, created_at) SELECT environment_id, 'many', created_at FROM profiles LIMIT 1");
    let mut ada = app.browser(Role::Admin);
    assert_eq!(ada.visit(&app.path("tags?q=many")).text("tbody td:nth-child(3)"), "more than 10,000 people have many");
    ada.visit(&app.path("tags/many/delete")).shows("10,002 people have many.");
    // A large count is believed for a minute, a small one is looked up each time; what this process changes shows at once.
    app.db
        .run("UPDATE profiles SET tags = '{}' WHERE tags @> '{many}' AND id > '80000000-0000-0000-0000-000000000000'");
    assert_eq!(ada.visit(&app.path("tags?q=many")).text("tbody td:nth-child(3)"), "more than 10,000 people have many");
    app.clock.advance(chrono::TimeDelta::seconds(61));
    ada.visit(&app.path("tags?q=many")).hides("more than 10,000");
}
