//! What comes of handing messages over to gateways and chats.

use std::{net::TcpListener, thread};

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    sending_accounts::{Chat, ChatWay, Format, Gateway, HandedOver, Method, Provider, Secret},
    subscriptions::Medium,
    web::outbound::Reach,
};
use serde_json::Value;

use super::{account, message};
use crate::outputs::receiver::Receiver;

fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

fn gateway(address: &str, format: Format, body: &str) -> Provider {
    Provider::Gateway(Gateway {
        address: address.to_owned(),
        method: Method::Post,
        headers: vec![("Authorization".to_owned(), "Basic {{ secret_base64 }}".to_owned())],
        format,
        body: body.to_owned(),
        id_at: "/sid".to_owned(),
    })
}

fn send(provider: Provider, text: &str, reach: Reach) -> (HandedOver, String) {
    let secret = Secret::new("AC1:tok\"en").ok();
    let mut connection = account(Medium::Sms, provider).open(secret, reach);
    let came = connection.hand_over(&message("+4930123456", text), now());
    let talk: Vec<&str> = connection.conversation().iter().map(kith::sending_accounts::Line::text).collect();
    (came, talk.join("\n"))
}

const FORM: &str = "To={{ to }}&From=%2B1555&Body={{ text }}&key={{ secret }}";
const TEXT: &str = "Your “order” is \"here\"\nat 5 & 6 = 🎉 \\ {{ secret }}";

#[test]
fn a_form_carries_any_text_with_a_key_for_repeats() {
    let receiver = Receiver::new();
    receiver.answers("201 Created", r#"{"sid": "SM9", "echo": "AC1:tok\"en"}"#);
    let (came, talk) = send(gateway(&receiver.url, Format::Form, FORM), TEXT, Reach::Anywhere);
    let HandedOver::Taken { provider_id, words } = came else { panic!("{came:?}") };
    assert_eq!(provider_id.as_deref(), Some("SM9"));
    let arrived = receiver.take_one();
    assert_eq!(arrived.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(arrived.headers["idempotency-key"], "00000000-0000-0000-0000-000000000077");
    assert_eq!(arrived.headers["authorization"], "Basic QUMxOnRvayJlbg==");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(arrived.body.as_bytes()).into_owned().collect();
    let found: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, [("To", "+4930123456"), ("From", "+1555"), ("Body", TEXT), ("key", "AC1:tok\"en")]);
    for text in [words, talk] {
        for secret in ["tok\"en", "tok%22en", "QUMxOnRvayJlbg", "tok\\\"en"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn json_carries_any_text() {
    let receiver = Receiver::new();
    let body = r#"{"to": "{{ to }}", "text": "{{ text }}", "key": "{{ secret }}"}"#;
    let (came, _) = send(gateway(&receiver.url, Format::Json, body), TEXT, Reach::Anywhere);
    assert!(matches!(came, HandedOver::Taken { provider_id: None, .. }), "{came:?}");
    let arrived = receiver.take_one();
    assert_eq!(arrived.json(), serde_json::json!({"to": "+4930123456", "text": TEXT, "key": "AC1:tok\"en"}));
}

#[test]
fn answers_say_what_comes_next() {
    let receiver = Receiver::new();
    let answered = |head: &str| {
        receiver.answers(head, "why");
        send(gateway(&receiver.url, Format::Form, FORM), "Hi", Reach::Anywhere).0
    };
    let came = answered("429 Too Many Requests\r\nRetry-After: 90");
    assert!(
        matches!(came, HandedOver::Later { wait: Some(wait), is_of_account: false, .. } if wait == TimeDelta::seconds(90))
    );
    assert!(matches!(answered("502 Bad Gateway"), HandedOver::Later { wait: None, is_of_account: false, .. }));
    for head in ["400 Bad Request", "404 Not Found", "422 Unprocessable"] {
        assert!(matches!(answered(head), HandedOver::Refused { .. }), "{head}");
    }
    for head in ["401 Unauthorized", "403 Forbidden", "302 Found\r\nLocation: https://elsewhere.example/"] {
        assert!(matches!(answered(head), HandedOver::Later { is_of_account: true, .. }), "{head}");
    }
}

#[test]
fn without_an_answer_it_matters_whether_the_message_had_left() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let hangs_up = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a call");
        let mut first = [0; 1];
        std::io::Read::read_exact(&mut &stream, &mut first).expect("a byte");
        drop(stream);
        // Nobody listens any more when the next one comes.
        drop(listener);
    });
    let (came, _) = send(gateway(&address, Format::Form, FORM), "Hi", Reach::Anywhere);
    assert!(matches!(came, HandedOver::Unknown { .. }), "{came:?}");
    hangs_up.join().expect("it ends");
    let (came, _) = send(gateway(&address, Format::Form, FORM), "Hi", Reach::Anywhere);
    assert!(matches!(came, HandedOver::Later { is_of_account: true, .. }), "{came:?}");
    let secure = address.replace("http:", "https:");
    let (came, _) = send(gateway(&secure, Format::Form, FORM), "Hi", Reach::Public);
    assert!(
        matches!(&came, HandedOver::Later { is_of_account: true, words, .. } if words.contains("private network")),
        "{came:?}"
    );
}

#[test]
fn a_chat_gets_its_text_by_the_incoming_webhook() {
    let receiver = Receiver::new();
    let secret = Secret::new(&receiver.url).ok();
    let provider = Provider::Chat(Chat { way: ChatWay::Hook });
    let mut connection = account(Medium::Discord, provider).open(secret, Reach::Anywhere);
    let came = connection.hand_over(&message("ann", "\"Hi\""), now());
    assert!(matches!(came, HandedOver::Taken { .. }), "{came:?}");
    let arrived: Value = receiver.take_one().json();
    assert_eq!(arrived, serde_json::json!({"content": "\"Hi\""}));
    assert!(!format!("{:?}", connection.conversation()).contains(&receiver.url));
}
