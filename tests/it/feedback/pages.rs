//! The page of what the provider of an account tells.

use kith::auth::Role;

use super::Shop;

#[test]
fn an_admin_sets_a_provider_up() {
    let shop = Shop::new();
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path(&format!("sending/{}", shop.account))).shows("What the provider tells").check_markup();
    ada.click("Set up").shows("kith's own JSON").shows("None. What the provider tells").check_markup();
    ada.submit("Save", &[("Format", "mailgun")])
        .expect(422)
        .shows("Enter the HTTP webhook signing key of Mailgun")
        .check_markup();
    ada.submit("Save", &[("Format", "sendgrid"), ("Key", "not-a-key")])
        .expect(422)
        .shows("This is no verification key of SendGrid");
    assert_eq!(
        shop.app
            .db
            .number("SELECT count(*) FROM sending_accounts WHERE feedback <> 'kith' OR feedback_key IS NOT NULL"),
        0
    );
    ada.submit("Save", &[("Format", "mailgun"), ("Key", "correct-horse-battery")]).expect(303);
    ada.follow().shows("Saved.").shows("In Mailgun under").shows("One is stored, encrypted.").check_markup();
    assert!(!ada.page().has_source("correct-horse-battery"));
    let stored = shop.app.db.one(
        "SELECT string_agg(a::text, ' ') || (SELECT string_agg(l::text, ' ') FROM audit_log l) FROM sending_accounts a",
    );
    let in_hex: String = "correct-horse-battery".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!stored.contains("correct-horse") && !stored.contains(&in_hex) && stored.contains("feedback: Mailgun"));
    // An empty field keeps the key; another provider needs another one, and one that signs nothing has none.
    ada.submit("Save", &[("Format", "mailgun")]).expect(303);
    ada.visit(&shop.page());
    ada.submit("Save", &[("Format", "sendgrid")]).expect(422).shows("Enter the Verification key of SendGrid");
    ada.visit(&shop.page());
    ada.submit("Save", &[("Format", "postmark")]).expect(303);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM sending_accounts WHERE feedback_key IS NOT NULL"), 0);
}

#[test]
fn twilio_is_told_the_address_with_each_message() {
    let app = crate::messages::app();
    let account =
        crate::messages::account(&app, kith::subscriptions::Medium::Sms, kith::sending_accounts::Provider::Kept);
    let page = app.path(&format!("sending/{account}/feedback"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&page).hides("SendGrid, Postmark");
    ada.submit("Save", &[("Format", "twilio"), ("Key", "token")]).expect(303);
    let shown = ada.follow().text(".id.copy");
    assert!(shown.starts_with("&StatusCallback=http%3A%2F%2Fkith.test%2Fhooks%2F"), "{shown}");
    assert!(shown.ends_with("%3Fmessage%3D{{ id }}"), "{shown}");
    ada.page().check_markup();
}

#[test]
fn nobody_but_admins_sees_the_address() {
    let shop = Shop::new();
    for role in [Role::Marketer, Role::Support] {
        let page = shop.app.browser(role).get(&shop.page()).expect(403).clone();
        assert!(!page.has_source("/hooks/"));
    }
}
