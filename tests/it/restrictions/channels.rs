//! Addresses of every channel.

use actix_web::http::Method;
use kith::auth::Role;
use serde_json::{Value, json};

use super::Shop;

#[test]
fn each_channel_has_its_address_and_whatsapp_else_the_phone() {
    let shop = Shop::new();
    for channel in ["slack", "discord", "teams"] {
        assert_eq!(shop.first_block("id:1", channel), "address");
    }
    assert_eq!(shop.first_block("id:1", "whatsapp"), "channel", "the phone");
    let given = json!({"channels": {"slack": "U02ABC", "discord": "80351110224678912", "teams": "general",
        "whatsapp": "+44 20 7946 0018"}});
    let kept = shop.send(Method::PUT, "profiles/id:1", &given, 200)["addresses"].clone();
    assert_eq!(kept.as_array().map(Vec::len), Some(6), "{kept}");
    assert_eq!(kept[5], json!({"channel": "whatsapp", "address": "+442079460018"}));
    for channel in ["slack", "discord", "teams"] {
        assert_eq!(shop.first_block("id:1", channel), Value::Null);
    }
    shop.restrict(&json!({"kind": "blocked", "address": {"sms": "+14155550123"}}));
    assert_eq!(shop.first_block("id:1", "sms"), "address_blocked");
    assert_eq!(shop.first_block("id:1", "whatsapp"), "channel", "a number of its own");
    shop.send(Method::PUT, "profiles/id:1", &json!({"channels": {"whatsapp": null}}), 200);
    assert_eq!(shop.first_block("id:1", "whatsapp"), "address_blocked", "the phone again");
}

#[test]
fn addresses_of_chats_find_and_join_nobody() {
    let shop = Shop::new();
    for who in ["id:1", "id:2"] {
        shop.send(Method::PUT, &format!("profiles/{who}"), &json!({"channels": {"teams": "general"}}), 200);
    }
    assert_eq!(shop.app.db.number("SELECT count(*) FROM merge_suggestions"), 0);
    let two = shop.send(Method::PUT, "profiles/id:3", &json!({"channels": {"teams": "two words"}}), 400);
    assert_eq!(two["field"], "channels.teams");
}

#[test]
fn they_are_edited_where_email_and_phone_are_and_found_in_the_search_box() {
    let shop = Shop::new();
    let mut browser = shop.app.browser(Role::Support);
    browser.visit(&shop.app.profile(shop.ann, "/edit?section=contact"));
    browser.submit("Save", &[("Slack", "U02ABC"), ("WhatsApp", "+44 20 7946 0018")]).expect(303);
    let info = browser.get(&shop.app.profile(shop.ann, "")).expect(200).text("main");
    assert!(info.contains("U02ABC") && info.contains("+442079460018"), "{info}");
    for typed in ["u02abc", "+442079460018"] {
        let found = browser.visit(&shop.app.path(&format!("profiles?open=no&q={}", typed.replace('+', "%2B"))));
        assert!(found.text("main").contains("ann@example.com"), "{typed}");
    }
}
