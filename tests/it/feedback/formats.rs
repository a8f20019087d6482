//! Formats of providers, each with right and wrong signatures. Published examples are tested beside the code; here keys are made.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use super::Shop;

/// A SendGrid of our own.
struct Sendgrid(EcdsaKeyPair);

impl Sendgrid {
    fn new() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.as_ref(), &random).expect("a key"))
    }

    /// As SendGrid shows it.
    fn key(&self) -> String {
        let start = BASE64_STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").expect("the start of all of them");
        let point = self.0.public_key().as_ref();
        BASE64_STANDARD.encode([&start[..26], point].concat())
    }

    fn signature(&self, stamp: &str, body: &str) -> String {
        let signed = self.0.sign(&SystemRandom::new(), format!("{stamp}{body}").as_bytes()).expect("signed");
        BASE64_STANDARD.encode(signed)
    }
}

fn sendgrid(shop: &Shop, by: &Sendgrid, event: Value, ago: TimeDelta) -> u16 {
    let body = json!([event]).to_string();
    let stamp = (shop.app.clock.now() - ago).timestamp().to_string();
    let signature = by.signature(&stamp, &body);
    let headers = [
        ("x-twilio-email-event-webhook-signature", signature.as_str()),
        ("x-twilio-email-event-webhook-timestamp", stamp.as_str()),
    ];
    shop.call(&headers, body).status.as_u16()
}

#[test]
fn sendgrid_signs_time_and_body() {
    let (shop, ours, theirs) = (Shop::new(), Sendgrid::new(), Sendgrid::new());
    shop.expects("sendgrid", &ours.key());
    let at = shop.app.clock.now().timestamp() - 20;
    let event = |event: &str, more: Value| {
        let mut all = json!({
            "event": event, "timestamp": at, "email": "ann@example.com", "sg_event_id": format!("e {event} {more}"),
            "smtp-id": format!("<{}@shop.example>", shop.id),
        });
        for (name, value) in more.as_object().expect("an object") {
            all[name] = value.clone();
        }
        all
    };
    let delivered = event("delivered", json!({}));
    assert_eq!(sendgrid(&shop, &theirs, delivered.clone(), TimeDelta::zero()), 403, "another key");
    assert_eq!(sendgrid(&shop, &ours, delivered.clone(), TimeDelta::hours(25)), 403, "too old");
    assert_eq!(sendgrid(&shop, &ours, delivered.clone(), -TimeDelta::minutes(6)), 403, "of the future");
    shop.call(&[], json!([delivered]).to_string()).expect(403);
    assert_eq!(shop.steps(), Vec::<String>::new());
    let now = TimeDelta::zero();
    assert_eq!(sendgrid(&shop, &ours, delivered.clone(), TimeDelta::hours(23)), 200, "tried again");
    assert_eq!(sendgrid(&shop, &ours, delivered, now), 200);
    assert_eq!(sendgrid(&shop, &ours, event("open", json!({"sg_machine_open": true})), now), 200);
    assert_eq!(shop.status(), "delivered");
    // By the argument that kith hands over, where the header is another one.
    let named = json!({"smtp-id": "<x@y>", "kith_message": shop.id, "url": "https://shop.example/"});
    assert_eq!(sendgrid(&shop, &ours, event("click", named), now), 200);
    for (kind, more) in [
        ("processed", json!({})),
        ("deferred", json!({})),
        ("bounce", json!({"type": "blocked", "status": "4.0.0"})),
        ("dropped", json!({"reason": "Bounced Address"})),
        ("dropped", json!({"reason": "Recipient List over Package Quota"})),
        ("spamreport", json!({})),
        ("group_unsubscribe", json!({})),
    ] {
        assert_eq!(sendgrid(&shop, &ours, event(kind, more), now), 200);
    }
    let mut steps = shop.steps();
    steps.sort();
    assert_eq!(
        steps,
        [
            "clicked https://shop.example/",
            "complained",
            "delivered",
            "opened machine",
            "undelivered hard",
            "undelivered soft 4.0.0",
            "unsubscribed"
        ]
    );
    assert!(!shop.may_send());
}

fn mailgun(shop: &Shop, key: &str, event: &Value, ago: TimeDelta) -> u16 {
    let (stamp, token) = ((shop.app.clock.now() - ago).timestamp().to_string(), "f2e1");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), format!("{stamp}{token}").as_bytes());
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "signature": { "timestamp": stamp, "token": token, "signature": digits },
        "event-data": event,
    });
    shop.call(&[("content-type", "application/json")], body.to_string()).status.as_u16()
}

#[test]
fn mailgun_signs_time_and_token() {
    let shop = Shop::new();
    shop.expects("mailgun", "key-1");
    let at = shop.app.clock.now().timestamp() as f64 - 20.25;
    let event = |event: &str, more: Value| {
        let mut all = json!({
            "event": event, "id": format!("{event} {more}"), "timestamp": at,
            "message": { "headers": { "message-id": format!("{}@shop.example", shop.id) } },
        });
        for (name, value) in more.as_object().expect("an object") {
            all[name] = value.clone();
        }
        all
    };
    let now = TimeDelta::zero();
    assert_eq!(mailgun(&shop, "key-2", &event("delivered", json!({})), now), 403);
    assert_eq!(mailgun(&shop, "key-1", &event("delivered", json!({})), TimeDelta::hours(9)), 403);
    shop.call(&[], json!({"event-data": event("delivered", json!({}))}).to_string()).expect(403);
    assert_eq!(shop.steps(), Vec::<String>::new());
    for (kind, more) in [
        ("accepted", json!({})),
        ("delivered", json!({})),
        ("failed", json!({"severity": "temporary", "reason": "generic"})),
        ("opened", json!({"client-info": {"bot": "apple"}})),
        ("opened", json!({"client-info": {"bot": "", "user-agent": "Thunderbird"}})),
        ("clicked", json!({"url": "https://shop.example/", "user-variables": {"kith_message": shop.id}})),
        ("failed", json!({"severity": "permanent", "reason": "old", "delivery-status": {"code": 602}})),
        (
            "failed",
            json!({"severity": "permanent", "reason": "bounce", "delivery-status": {"code": 550, "message": "no such user"}}),
        ),
    ] {
        assert_eq!(mailgun(&shop, "key-1", &event(kind, more), now), 200);
    }
    let mut steps = shop.steps();
    steps.sort();
    assert_eq!(
        steps,
        [
            "clicked https://shop.example/",
            "delivered",
            "opened",
            "opened machine",
            "undelivered hard 550",
            "undelivered soft 602"
        ]
    );
    assert_eq!(shop.status(), "clicked");
    assert!(!shop.may_send(), "a hard bounce");
}

#[test]
fn postmark_tells_by_kinds_of_records() {
    let shop = Shop::new();
    shop.expects("postmark", "");
    let at = (shop.app.clock.now() - TimeDelta::seconds(30)).to_rfc3339();
    let said = |body: Value| {
        let mut body = body;
        body["MessageID"] = "883953f4-6105-42a2-a16a-77a8eac79483".into();
        body["Metadata"] = json!({ "Kith_Message": shop.id });
        shop.call(&[], body.to_string()).expect(200).json()["stored"].as_u64()
    };
    assert_eq!(said(json!({"RecordType": "Delivery", "DeliveredAt": at, "Details": "250 ok"})), Some(1));
    assert_eq!(said(json!({"RecordType": "Open", "ReceivedAt": at, "UserAgent": "Mozilla/5.0"})), Some(1));
    assert_eq!(shop.status(), "delivered", "Apple's proxy is a machine");
    assert_eq!(
        said(json!({"RecordType": "Click", "ReceivedAt": at, "OriginalLink": "https://shop.example/"})),
        Some(1)
    );
    for (kind, stored) in [("Transient", 0), ("SoftBounce", 1), ("AutoResponder", 0)] {
        let bounce = json!({"RecordType": "Bounce", "ID": 41, "Type": kind, "BouncedAt": at});
        assert_eq!(said(bounce), Some(stored), "{kind}");
    }
    assert!(shop.may_send());
    let change = |why: &str| json!({"RecordType": "SubscriptionChange", "ChangedAt": at, "SuppressSending": true, "SuppressionReason": why});
    assert_eq!(said(change("HardBounce")), Some(0), "told by itself");
    assert_eq!(said(change("ManualSuppression")), Some(1));
    let bounce =
        json!({"RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "BouncedAt": at, "Details": "no such user"});
    assert_eq!((said(bounce.clone()), said(bounce)), (Some(1), Some(0)), "once");
    assert!(!shop.may_send());
    let complaint = json!({"RecordType": "SpamComplaint", "ID": 43, "Type": "SpamComplaint", "BouncedAt": at});
    assert_eq!(said(complaint), Some(1));
    assert_eq!(shop.status(), "complained");
    shop.call(&[], "{}").expect(422);
}

#[test]
fn twilio_signs_address_and_form() {
    let app = crate::messages::app();
    let account =
        crate::messages::account(&app, kith::subscriptions::Medium::Sms, kith::sending_accounts::Provider::Kept);
    let ann = app.add(crate::support::Person::new("c-1").phone("+41446681800"));
    let draft = kith::messages::Draft {
        channel: kith::subscriptions::Medium::Sms,
        ..crate::messages::draft(account, app.clock.now())
    };
    let (id, _) = crate::messages::ask_for(&app, &draft, ann);
    crate::messages::send(&app);
    app.db.run("UPDATE messages SET provider_id = 'SM1'");
    let shop = Shop { app, account, ann, id };
    let hook = shop.hook();
    shop.expects("twilio", "token-1");
    let call = |token: &str, query: &str, form: &str| {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        pairs.sort();
        let signed =
            pairs.iter().fold(format!("http://kith.test{hook}{query}"), |all, (name, value)| all + name + value);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        let headers =
            [("x-twilio-signature", signature.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let answer = shop.app.send(actix_web::http::Method::POST, &format!("{hook}{query}"), &headers, form.to_owned());
        shop.app.run(crate::messages::worker(&shop.app).tell()).expect("told");
        answer
    };
    call("token-2", "", "MessageSid=SM1&MessageStatus=delivered").expect(403);
    assert_eq!(call("token-1", "", "MessageSid=SM1&MessageStatus=sent").expect(200).json()["stored"], 0);
    let delivered = "To=%2B41446681800&MessageSid=SM1&MessageStatus=delivered";
    assert_eq!(call("token-1", "", delivered).expect(200).json()["stored"], 1);
    assert_eq!(call("token-1", "", delivered).expect(200).json()["known"], 1);
    assert_eq!(call("token-1", "", "MessageSid=SM9&MessageStatus=delivered").expect(200).json()["unknown"], 1);
    assert_eq!(shop.status(), "delivered");
    // By the id in the address, before kith knows that of Twilio.
    shop.app.db.run("UPDATE messages SET provider_id = NULL");
    let query = format!("?message={id}");
    let failed = "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005&ErrorMessage=Unknown";
    call("token-1", &query, failed).expect(200);
    let steps = shop.steps();
    assert!(steps.contains(&"undelivered hard 30005".to_owned()), "{steps:?}");
    assert_eq!(shop.status(), "undelivered");
    let (_, next) = crate::messages::ask_for(&shop.app, &draft, ann);
    assert_eq!(next, kith::messages::Status::Dropped);
}

#[test]
fn without_its_key_nothing_is_believed() {
    let shop = Shop::new();
    shop.expects("mailgun", "key-1");
    shop.app.db.run("UPDATE sending_accounts SET feedback_key = NULL");
    assert_eq!(mailgun(&shop, "", &json!({}), TimeDelta::zero()), 403);
    shop.app.db.run("UPDATE sending_accounts SET feedback_key = '\\x01'");
    assert_eq!(mailgun(&shop, "", &json!({}), TimeDelta::zero()), 503, "it cannot be read");
}
