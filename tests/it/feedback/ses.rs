//! Amazon SES through SNS. Amazon publishes no key for examples, so the key and its certificate here were made for these tests.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use kith::auth::Role;
use ring::{rand::SystemRandom, rsa, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

use super::Shop;

const ADDRESS: &str = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem";

/// Amazon of our own, whose certificate is remembered: nothing is fetched.
fn amazon(shop: &Shop) {
    shop.expects("ses", "");
    shop.app.console.hooks.certificates.remember(ADDRESS, include_str!("certificate.pem")).expect("a certificate");
}

fn signed(mut sent: Value, names: &[&str]) -> Value {
    let text: String =
        names.iter().filter_map(|name| Some(format!("{name}\n{}\n", sent.get(name)?.as_str()?))).collect();
    let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("key.pem")).expect("a key");
    let key = rsa::KeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("a key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signed");
    sent["Signature"] = BASE64_STANDARD.encode(signature).into();
    sent["SignatureVersion"] = "2".into();
    sent["SigningCertURL"] = ADDRESS.into();
    sent
}

fn notification(shop: &Shop, id: &str, event: &Value, ago: TimeDelta) -> Value {
    let sent = json!({
        "Type": "Notification", "MessageId": id, "TopicArn": "arn:aws:sns:eu-central-1:1:mail", "Message": event.to_string(),
        "Timestamp": (shop.app.clock.now() - ago).to_rfc3339(), "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?x",
    });
    signed(sent, &["Message", "MessageId", "Timestamp", "TopicArn", "Type"])
}

fn event(shop: &Shop, kind: &str, detail: Value) -> Value {
    let mut event =
        json!({ "eventType": kind, "mail": { "messageId": "0102", "tags": { "kith_message": [shop.id] } } });
    event[kind.to_lowercase()] = detail;
    event
}

#[test]
fn events_of_amazon_are_signed_by_its_certificate() {
    let shop = Shop::new();
    amazon(&shop);
    let at = (shop.app.clock.now() - TimeDelta::seconds(20)).to_rfc3339();
    let call = |sent: &Value| {
        let answer = shop.call(&[("content-type", "text/plain; charset=UTF-8")], sent.to_string());
        (answer.status.as_u16(), answer.body)
    };
    let now = TimeDelta::zero();
    let good =
        notification(&shop, "m-1", &event(&shop, "Delivery", json!({"timestamp": at, "smtpResponse": "250 ok"})), now);
    let with = |name: &str, value: &str| {
        let mut sent = good.clone();
        sent[name] = value.into();
        sent
    };
    for wrong in [
        with("Message", "{}"),
        with("Subject", "added"),
        with("Timestamp", &shop.app.clock.now().to_rfc3339().replace("03", "02")),
        with("Signature", "AAAA"),
        with("SignatureVersion", "1"),
        with("SignatureVersion", "3"),
        with("SigningCertURL", "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"),
        with("SigningCertURL", "http://sns.eu-central-1.amazonaws.com/x.pem"),
        with("SigningCertURL", ""),
        notification(&shop, "m-1", &event(&shop, "Delivery", json!({"timestamp": at})), TimeDelta::minutes(66)),
    ] {
        assert_eq!(call(&wrong).0, 403, "{wrong}");
    }
    assert_eq!(call(&with("Type", "Other")).0, 422);
    assert_eq!(shop.steps(), Vec::<String>::new());
    assert_eq!(call(&good).0, 200);
    assert_eq!(call(&good).1, r#"{"known":1,"stored":0,"unknown":0}"#, "the same once more");
    let recipients =
        json!([{"emailAddress": "ann@example.com", "status": "5.1.1", "diagnosticCode": "smtp; 550 unknown"}]);
    for (n, (kind, detail)) in [
        ("Send", json!({})),
        ("DeliveryDelay", json!({})),
        ("Open", json!({"timestamp": at, "userAgent": "Mozilla/5.0"})),
        ("Click", json!({"timestamp": at, "link": "https://shop.example/"})),
        ("Bounce", json!({"timestamp": at, "bounceType": "Transient"})),
        ("Complaint", json!({"timestamp": at, "complaintFeedbackType": "not-spam"})),
    ]
    .into_iter()
    .enumerate()
    {
        let sent = notification(&shop, &format!("n-{n}"), &event(&shop, kind, detail), now);
        assert_eq!(call(&sent).0, 200, "{kind}");
    }
    assert!(shop.may_send());
    let bounce = json!({"timestamp": at, "bounceType": "Permanent", "bouncedRecipients": recipients});
    assert_eq!(call(&notification(&shop, "m-2", &event(&shop, "Bounce", bounce), now)).0, 200);
    assert!(!shop.may_send());
    let mut steps = shop.steps();
    steps.sort();
    let told =
        ["clicked https://shop.example/", "delivered", "opened machine", "undelivered hard 5.1.1", "undelivered soft"];
    assert_eq!(steps, told);
    // As identities notify, without tags, but with the headers that kith wrote.
    let headers = json!([{"name": "Message-ID", "value": format!("<{}@shop.example>", shop.id)}]);
    let old = json!({"notificationType": "Complaint", "mail": {"messageId": "0102", "headers": headers}, "complaint": {"timestamp": at}});
    assert_eq!(call(&notification(&shop, "m-3", &old, now)).0, 200);
    assert_eq!(shop.status(), "complained");
}

/// Signed with `openssl dgst -sha1`, as version 1 of Amazon's signatures is, over the time of the tests.
#[test]
fn the_older_way_of_signing_is_read() {
    let shop = Shop::new();
    amazon(&shop);
    let event =
        r#"{"eventType":"Delivery","mail":{"messageId":"x-1"},"delivery":{"timestamp":"2026-11-22T03:20:00Z"}}"#;
    let sent = json!({
        "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-central-1:1:mail", "Message": event,
        "Timestamp": "2026-11-22T03:20:01Z", "SignatureVersion": "1", "SigningCertURL": ADDRESS,
        "Signature": include_str!("sha1.txt").trim(),
    });
    assert_eq!(
        shop.call(&[], sent.to_string()).expect(200).json()["unknown"],
        1,
        "signed, and of a message of somebody else"
    );
}

#[test]
fn an_admin_confirms_that_amazon_may_send() {
    let shop = Shop::new();
    amazon(&shop);
    let names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
    let ask = |address: &str| {
        let sent = json!({
            "Type": "SubscriptionConfirmation", "MessageId": "m-1", "Token": "t-1", "TopicArn": "arn:aws:sns:eu-central-1:1:mail",
            "Message": "You have chosen to subscribe.", "SubscribeURL": address, "Timestamp": shop.app.clock.now().to_rfc3339(),
        });
        shop.call(&[], signed(sent, &names).to_string()).status.as_u16()
    };
    let address = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t-1";
    assert_eq!(ask("https://evil.example/?Action=ConfirmSubscription"), 422);
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.page()).hides("Amazon asks");
    assert_eq!(ask(address), 200);
    let link = ada.visit(&shop.page()).shows("Amazon asks whether it may send here").link("Confirm at Amazon");
    assert_eq!(link.as_deref(), Some(address));
    ada.page().check_markup();
    let event = event(&shop, "Delivery", json!({"timestamp": shop.app.clock.now().to_rfc3339()}));
    shop.call(&[], notification(&shop, "m-2", &event, TimeDelta::zero()).to_string()).expect(200);
    ada.visit(&shop.page()).hides("Amazon asks");
}
