//! How many statements each page asks of the database, so that the next one is not added unseen.

use std::{collections::BTreeMap, fmt::Write};

use actix_web::http::Method;
use kith::auth::Role;

use crate::{
    site_map::{Site, pages},
    support::statements,
};

/// Statements of each page, as an admin sees it who was there a moment ago. A number may be made smaller; who makes one larger says why.
const STATEMENTS: [(&str, usize); 208] = [
    ("/", 1),
    ("/account", 2),
    ("/account/password", 1),
    ("/account/sessions/end", 1),
    ("/account/sessions/end-others", 1),
    ("/api/data/v1/openapi.json", 0),
    ("/api/v2/heartbeat", 0),
    ("/developers", 0),
    ("/healthz", 0),
    ("/join/{secret}", 2),
    ("/organisation", 4),
    ("/organisation/admins", 2),
    ("/organisation/admins/{operator}/unmark", 1),
    ("/organisation/audit", 2),
    ("/organisation/groups/new", 1),
    ("/organisation/groups/{workspace_group}", 3),
    ("/organisation/groups/{workspace_group}/add", 1),
    ("/organisation/groups/{workspace_group}/dissolve", 2),
    ("/organisation/groups/{workspace_group}/remove", 1),
    // What Postgres says, the migrations, and of each area what waits.
    ("/organisation/status", 11),
    ("/organisation/workspaces/new", 1),
    ("/organisation/workspaces/{workspace_id}/role", 2),
    ("/preferences/{link}", 3),
    ("/preferences/{link}/confirm", 3),
    ("/preferences/{link}/copy", 0),
    ("/preferences/{link}/forget", 3),
    ("/preferences/{link}/unsubscribe", 3),
    ("/readyz", 4),
    ("/setup/{token}", 1),
    // While it may be that nobody can sign in yet; else none.
    ("/sign-in", 1),
    ("/sign-out", 1),
    ("/sign-out-everywhere", 1),
    ("/static/{mark}/{name}", 0),
    ("/workspaces", 1),
    ("/{workspace}/{environment}/attributes/memberships", 2),
    ("/{workspace}/{environment}/attributes/memberships/synchronise", 1),
    ("/{workspace}/{environment}/attributes/memberships/{membership_attribute}", 3),
    ("/{workspace}/{environment}/attributes/memberships/{membership_attribute}/stop", 2),
    ("/{workspace}/{environment}/attributes/memberships/{membership_attribute}/synchronise", 1),
    ("/{workspace}/{environment}/attributes", 4),
    ("/{workspace}/{environment}/attributes/column", 1),
    ("/{workspace}/{environment}/attributes/edit", 2),
    ("/{workspace}/{environment}/attributes/new", 1),
    ("/{workspace}/{environment}/attributes/retire", 1),
    ("/{workspace}/{environment}/attributes/show", 2),
    ("/{workspace}/{environment}/attributes/type", 2),
    // With the names of people that the log is about.
    ("/{workspace}/{environment}/audit", 5),
    ("/{workspace}/{environment}/audit/download", 1),
    ("/{workspace}/{environment}/events", 4),
    ("/{workspace}/{environment}/events/new", 1),
    ("/{workspace}/{environment}/events/{definition}", 5),
    ("/{workspace}/{environment}/events/{definition}/keep", 2),
    ("/{workspace}/{environment}/help", 1),
    ("/{workspace}/{environment}/imports", 2),
    ("/{workspace}/{environment}/imports/{import}", 4),
    ("/{workspace}/{environment}/imports/{import}/changes.csv", 2),
    ("/{workspace}/{environment}/imports/{import}/refused.csv", 2),
    ("/{workspace}/{environment}/imports/{import}/rejects.csv", 2),
    ("/{workspace}/{environment}/imports/{import}/remove", 2),
    ("/{workspace}/{environment}/imports/{import}/resume", 1),
    ("/{workspace}/{environment}/imports/{import}/stop", 1),
    ("/{workspace}/{environment}/imports/{import}/undo", 2),
    ("/{workspace}/{environment}/jobs/{job}", 2),
    ("/{workspace}/{environment}/keys", 3),
    ("/{workspace}/{environment}/keys/new", 1),
    ("/{workspace}/{environment}/keys/{key}/revoke", 2),
    ("/{workspace}/{environment}/merges", 3),
    ("/{workspace}/{environment}/merges/dismiss", 1),
    ("/{workspace}/{environment}/operators", 3),
    ("/{workspace}/{environment}/operators/invitations/{invitation}/renew", 1),
    ("/{workspace}/{environment}/operators/invitations/{invitation}/withdraw", 1),
    ("/{workspace}/{environment}/operators/invite", 1),
    ("/{workspace}/{environment}/operators/{operator}", 3),
    ("/{workspace}/{environment}/operators/{operator}/disable", 1),
    ("/{workspace}/{environment}/operators/{operator}/enable", 1),
    ("/{workspace}/{environment}/operators/{operator}/end-sessions", 1),
    ("/{workspace}/{environment}/operators/{operator}/remove", 2),
    ("/{workspace}/{environment}/profiles", 3),
    ("/{workspace}/{environment}/profiles/bulk", 2),
    ("/{workspace}/{environment}/profiles/bulk/{bulk}", 5),
    ("/{workspace}/{environment}/profiles/bulk/{bulk}/cancel", 1),
    ("/{workspace}/{environment}/profiles/export", 2),
    ("/{workspace}/{environment}/profiles/columns", 2),
    ("/{workspace}/{environment}/profiles/filter", 3),
    ("/{workspace}/{environment}/profiles/new", 2),
    ("/{workspace}/{environment}/profiles/{profile}", 5),
    ("/{workspace}/{environment}/profiles/{profile}/activity", 7),
    ("/{workspace}/{environment}/profiles/{profile}/activity/raw", 3),
    ("/{workspace}/{environment}/profiles/{profile}/attributes/new", 4),
    ("/{workspace}/{environment}/profiles/{profile}/confirmations", 1),
    // Screen views, the names in their audiences, all of these at once, reasons, contents, and the person.
    ("/{workspace}/{environment}/profiles/{profile}/content", 13),
    ("/{workspace}/{environment}/profiles/{profile}/devices/remove", 1),
    ("/{workspace}/{environment}/profiles/{profile}/edit", 3),
    ("/{workspace}/{environment}/profiles/{profile}/erase", 2),
    ("/{workspace}/{environment}/profiles/{profile}/events/new", 3),
    ("/{workspace}/{environment}/profiles/{profile}/history", 7),
    ("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody", 17),
    ("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", 17),
    ("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", 11),
    ("/{workspace}/{environment}/profiles/{profile}/id", 3),
    ("/{workspace}/{environment}/profiles/{profile}/identities", 5),
    ("/{workspace}/{environment}/profiles/{profile}/identities/remove", 1),
    ("/{workspace}/{environment}/profiles/{profile}/links", 1),
    ("/{workspace}/{environment}/profiles/{profile}/links/revoke", 1),
    ("/{workspace}/{environment}/profiles/{profile}/merge", 2),
    ("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", 4),
    ("/{workspace}/{environment}/profiles/{profile}/next", 3),
    ("/{workspace}/{environment}/profiles/{profile}/messages", 3),
    // Accounts and templates, and the rules of topics.
    ("/{workspace}/{environment}/profiles/{profile}/messages/new", 4),
    ("/{workspace}/{environment}/profiles/{profile}/notes", 2),
    ("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", 3),
    ("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", 3),
    ("/{workspace}/{environment}/profiles/{profile}/notes/{note}/history", 4),
    ("/{workspace}/{environment}/profiles/{profile}/notes/{note}/pin", 1),
    ("/{workspace}/{environment}/profiles/{profile}/previous", 3),
    ("/{workspace}/{environment}/profiles/{profile}/restrictions", 2),
    ("/{workspace}/{environment}/profiles/{profile}/reveal", 1),
    ("/{workspace}/{environment}/profiles/{profile}/tags", 3),
    ("/{workspace}/{environment}/profiles/{profile}/tags/remove", 1),
    ("/{workspace}/{environment}/profiles/{profile}/segments", 5),
    // What each register has of them of which reasons tell, then the trace and the names of sources.
    ("/{workspace}/{environment}/profiles/{profile}/segments/{segment}", 11),
    ("/{workspace}/{environment}/profiles/{profile}/subscriptions", 2),
    ("/{workspace}/{environment}/profiles/{profile}/subscriptions/change", 3),
    ("/{workspace}/{environment}/rejections", 5),
    ("/{workspace}/{environment}/requests", 2),
    ("/{workspace}/{environment}/requests/answer", 1),
    ("/{workspace}/{environment}/screen-views", 3),
    ("/{workspace}/{environment}/screen-views/new", 1),
    ("/{workspace}/{environment}/screen-views/{screen_view}", 4),
    ("/{workspace}/{environment}/screen-views/{screen_view}/archive", 2),
    ("/{workspace}/{environment}/screen-views/{screen_view}/edit", 2),
    ("/{workspace}/{environment}/screen-views/{screen_view}/restore", 1),
    ("/{workspace}/{environment}/segments", 3),
    ("/{workspace}/{environment}/segments/new", 3),
    ("/{workspace}/{environment}/segments/{segment}", 11),
    ("/{workspace}/{environment}/segments/{segment}/archive", 6),
    ("/{workspace}/{environment}/segments/{segment}/count", 1),
    ("/{workspace}/{environment}/segments/{segment}/edit", 4),
    ("/{workspace}/{environment}/segments/{segment}/restore", 1),
    ("/{workspace}/{environment}/segments/{segment}/share", 4),
    // The sources and the people of the log, accounts, which may fail, and what waits for them.
    ("/{workspace}/{environment}/messages", 5),
    // With its steps, its person, who asked, and its account.
    ("/{workspace}/{environment}/messages/{message}", 5),
    ("/{workspace}/{environment}/messages/{message}/cancel", 1),
    ("/{workspace}/{environment}/sending", 2),
    ("/{workspace}/{environment}/sending/new", 1),
    ("/{workspace}/{environment}/sending/{sending_account}", 3),
    ("/{workspace}/{environment}/sending/{sending_account}/default", 1),
    ("/{workspace}/{environment}/sending/{sending_account}/edit", 3),
    // The account, the key of its address, and what was told of unknown messages.
    ("/{workspace}/{environment}/sending/{sending_account}/feedback", 4),
    ("/{workspace}/{environment}/sending/{sending_account}/feedback/replace", 1),
    ("/{workspace}/{environment}/sending/{sending_account}/remove", 2),
    ("/{workspace}/{environment}/sending/{sending_account}/test", 1),
    ("/{workspace}/{environment}/sending/{sending_account}/turn", 1),
    ("/{workspace}/{environment}/settings", 2),
    ("/{workspace}/{environment}/settings/{setting}", 2),
    ("/{workspace}/{environment}/stream", 2),
    ("/{workspace}/{environment}/stream/{call}", 2),
    ("/{workspace}/{environment}/suppressions", 4),
    ("/{workspace}/{environment}/suppressions/download", 1),
    ("/{workspace}/{environment}/suppressions/new", 1),
    ("/{workspace}/{environment}/suppressions/{suppression}/remove", 2),
    ("/{workspace}/{environment}/tags", 3),
    ("/{workspace}/{environment}/tags/new", 1),
    ("/{workspace}/{environment}/tags/{tag}/delete", 3),
    ("/{workspace}/{environment}/tags/{tag}/edit", 2),
    ("/{workspace}/{environment}/tags/{tag}/merge", 4),
    ("/{workspace}/{environment}/tags/{tag}/rename", 3),
    ("/{workspace}/{environment}/templates", 2),
    ("/{workspace}/{environment}/templates/new", 1),
    // The template, its versions and names; the newest person, what is known and hidden of them, and the facts of the verdict.
    ("/{workspace}/{environment}/templates/{message_template}", 8),
    ("/{workspace}/{environment}/templates/{message_template}/archive", 2),
    ("/{workspace}/{environment}/templates/{message_template}/edit", 2),
    ("/{workspace}/{environment}/templates/{message_template}/preview", 5),
    ("/{workspace}/{environment}/templates/{message_template}/restore", 1),
    ("/{workspace}/{environment}/templates/{message_template}/versions/{version}", 3),
    ("/{workspace}/{environment}/topics", 3),
    ("/{workspace}/{environment}/topics/channels", 2),
    ("/{workspace}/{environment}/topics/channels/{channel}", 3),
    ("/{workspace}/{environment}/topics/new", 2),
    ("/{workspace}/{environment}/topics/purposes", 4),
    ("/{workspace}/{environment}/topics/purposes/new", 1),
    ("/{workspace}/{environment}/topics/purposes/{defined_purpose}", 2),
    ("/{workspace}/{environment}/topics/purposes/{defined_purpose}/remove", 1),
    ("/{workspace}/{environment}/topics/sections/new", 1),
    ("/{workspace}/{environment}/topics/sections/{section}", 2),
    ("/{workspace}/{environment}/topics/sections/{section}/move", 1),
    ("/{workspace}/{environment}/topics/sections/{section}/remove", 1),
    ("/{workspace}/{environment}/topics/{topic}", 2),
    ("/{workspace}/{environment}/topics/{topic}/edit", 2),
    ("/{workspace}/{environment}/topics/{topic}/move", 1),
    ("/{workspace}/{environment}/topics/{topic}/retire", 1),
    ("/{workspace}/{environment}/views", 2),
    ("/{workspace}/{environment}/views/default", 1),
    ("/{workspace}/{environment}/views/new", 1),
    ("/{workspace}/{environment}/views/{view}", 2),
    ("/{workspace}/{environment}/views/{view}/delete", 2),
    ("/{workspace}/{environment}/views/{view}/save", 1),
    ("/{workspace}/{environment}/webhooks", 2),
    ("/{workspace}/{environment}/webhooks/new", 2),
    // With the names of people in the log.
    ("/{workspace}/{environment}/webhooks/{webhook}", 3),
    ("/{workspace}/{environment}/webhooks/{webhook}/again", 1),
    ("/{workspace}/{environment}/webhooks/{webhook}/delete", 2),
    ("/{workspace}/{environment}/webhooks/{webhook}/edit", 3),
    ("/{workspace}/{environment}/webhooks/{webhook}/messages/{delivery}/again", 1),
    ("/{workspace}/{environment}/webhooks/{webhook}/secret", 1),
    ("/{workspace}/{environment}/webhooks/{webhook}/secret/replace", 1),
    ("/{workspace}/{environment}/webhooks/{webhook}/test", 1),
    ("/{workspace}/{environment}/webhooks/{webhook}/turn", 1),
];

/// Statements of the list, by what is typed into its search box: nothing is looked up or compared unseen either.
#[test]
fn no_search_asks_more_than_it_says() {
    statements::count();
    let site = Site::new();
    site.app.add(crate::support::Person::new("c-77").name("Grace", "Kim").email("grace@example.com"));
    let mut admin = site.app.browser(Role::Admin);
    let asked = ["", "kim", "c-77", "grace%40example.com", "c-77&open=no", "gracce", "jhon", "nobody+at+9"];
    let found: Vec<(&str, usize)> = asked
        .into_iter()
        .map(|typed| {
            let address = site.app.path(&format!("profiles?q={typed}"));
            admin.get(&address);
            let before = statements::asked(&site.app.db);
            admin.get(&address);
            (typed, statements::asked(&site.app.db) - before)
        })
        .collect();
    let said = [
        ("", 3),
        // The look-up; along the order, then by the index.
        ("kim", 6),
        // The look-up, and whether it was merged.
        ("c-77", 3),
        ("grace%40example.com", 3),
        ("c-77&open=no", 5),
        // A savepoint with its settings, and what is alike; then letters that are the wrong way round.
        ("gracce", 9),
        ("jhon", 10),
        ("nobody+at+9", 5),
    ];
    assert_eq!(found, said);
}

#[test]
fn no_page_asks_more_than_it_says() {
    statements::count();
    let site = Site::new();
    let mut admin = site.app.browser(Role::Admin);
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in pages().into_iter().filter(|entry| entry.method == Method::GET) {
        let address = site.address(&entry);
        // What is remembered for a while is asked for once.
        admin.get(&address);
        let before = statements::asked(&site.app.db);
        admin.get(&address);
        found.insert(entry.path, statements::asked(&site.app.db) - before);
    }
    assert!(found.values().any(|count| *count > 0), "it counts: {found:?}");
    let said: BTreeMap<&str, usize> = STATEMENTS.into();
    let mut wrong = String::new();
    for (path, count) in &found {
        if said.get(path) != Some(count) {
            let _ = writeln!(wrong, "    (\"{path}\", {count}),");
        }
    }
    assert!(wrong.is_empty(), "these are the numbers:\n{wrong}");
    assert_eq!(said.len(), found.len(), "a page that is gone has no number");
}
