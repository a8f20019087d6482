use std::io::Write;

use actix_web::http::Method;
use actix_web::web::Data;
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use kith::{api::Intake, keys::Format};
use serde_json::json;

use crate::support::{
    App,
    app::Answer,
    sender::{MadeKey, server},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn send(app: &App, key: &MadeKey, address: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let bearer = key.bearer();
    app.send(Method::POST, address, &[&[("authorization", &*bearer)], headers].concat(), body)
}

fn person(id: &str) -> Vec<u8> {
    json!({"userId": id, "traits": {"first_name": "Priya"}}).to_string().into_bytes()
}

#[test]
fn a_body_is_read_however_it_is_packed_and_labelled() {
    let app = App::new();
    let key = app.key(server());
    let zlib = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let raw = |bytes: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let parts = [gzip(&person("4")[..9]), gzip(&person("4")[9..])].concat();
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(person("9"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (headers, body) in [
        (vec![("content-encoding", "gzip")], gzip(&person("1"))),
        (vec![], gzip(&person("2"))),
        (vec![("content-encoding", "gzip"), form], gzip(&person("3"))),
        (vec![("content-encoding", "GZIP")], parts),
        (vec![("content-encoding", "deflate")], zlib(&person("5"))),
        (vec![("content-encoding", "deflate")], raw(&person("6"))),
        (vec![("content-encoding", "gzip")], person("7")),
        (vec![("content-type", "text/plain")], person("8")),
        (vec![form], marked),
    ] {
        send(&app, &key, "/v1/identify", &headers, body).expect(200);
    }
    assert_eq!(app.live_profiles(), 9);
}

#[test]
fn what_cannot_be_inflated_is_said() {
    let app = App::new();
    let key = app.key(server());
    let whole = gzip(&person("1"));
    for (encoding, body) in [
        ("gzip", whole[..whole.len() - 9].to_vec()),
        ("gzip", b"\x1f\x8bnot at all".to_vec()),
        ("deflate", b"\xffno".to_vec()),
    ] {
        let answer = send(&app, &key, "/v1/identify", &[("content-encoding", encoding)], body);
        answer.expect_error(400, "invalid_encoding", Format::Segment);
    }
    send(&app, &key, "/v1/batch", &[], "what is this").expect_error(400, "invalid_json", Format::Segment);
    send(&app, &key, "/v1/batch", &[], "").expect_error(400, "invalid_json", Format::Segment);
    assert_eq!(app.live_profiles(), 0);
}

#[test]
fn what_kith_cannot_unpack_is_said_with_what_it_can() {
    let app = App::new();
    let key = app.key(server());
    for (address, format) in [
        ("/v1/identify", Format::Segment),
        ("/api/v2/users/track", Format::Vero),
        ("/api/data/v1/events", Format::Native),
    ] {
        for encoding in ["zstd", "br", "compress", "gzip, gzip", "deflate,gzip", "aws-chunked", "gzip\u{e9}"] {
            let answer = send(&app, &key, address, &[("content-encoding", encoding)], gzip(&person("1")));
            answer.expect_error(415, "unsupported_encoding", format);
            assert_eq!(answer.header("accept-encoding"), "gzip, deflate", "{encoding}");
        }
    }
    assert_eq!(app.live_profiles(), 0);
    for encoding in ["identity", "", "identity, gzip", "x-gzip"] {
        send(&app, &key, "/v1/identify", &[("content-encoding", encoding)], gzip(&person("1"))).expect(200);
    }
}

#[test]
fn ten_megabytes_at_once_are_taken_and_thirteen_are_not() {
    let app = App::new();
    let key = app.key(server());
    let event = |n: usize, size: usize| json!({"type": "track", "userId": "c-1", "event": "Order Completed", "messageId": format!("m-{n}"), "properties": {"text": "x".repeat(size)}});
    let batch = |count: usize| json!({"batch": (0..count).map(|n| event(n, 100_000)).collect::<Vec<_>>()}).to_string();
    send(&app, &key, "/v1/batch", &[], batch(100)).expect(200);
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 100);
    send(&app, &key, "/v1/batch", &[], batch(131)).expect_error(413, "too_large", Format::Segment);
    let packed = gzip(batch(131).as_bytes());
    assert!(packed.len() < 1 << 20);
    send(&app, &key, "/v1/batch", &[], packed).expect_error(413, "too_large", Format::Segment);
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 100);
    // A single message is smaller.
    let one = event(200, 1 << 20).to_string();
    send(&app, &key, "/v1/track", &[], one).expect_error(413, "too_large", Format::Segment);
    let one = json!({"id": "c-1", "data": {"text": "x".repeat(1 << 20)}}).to_string();
    send(&app, &key, "/api/v2/users/track", &[], one).expect_error(413, "too_large", Format::Vero);
}

#[test]
fn calls_wait_for_memory_and_are_told_when_there_is_none() {
    let app = App::with(|console| {
        let bodies = kith::api::Budget::new(4096);
        console.intake = Data::new(Intake { bodies, ..Intake::new(4096, console.stream.clone()) });
    });
    let key = app.key(server());
    send(&app, &key, "/v1/identify", &[], person("1")).expect(200);
    send(&app, &key, "/v1/identify", &[], person("2")).expect(200);
    let large = json!({"userId": "3", "traits": {"text": "x".repeat(5000)}}).to_string();
    let answer = send(&app, &key, "/v1/identify", &[], large);
    answer.expect_error(503, "busy", Format::Segment);
    assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1);
    send(&app, &key, "/v1/identify", &[], person("4")).expect(200);
}

#[test]
fn addresses_with_nothing_there_answer_in_json() {
    let app = App::new();
    let key = app.key(server());
    for (address, format) in [
        ("/v1/nothing", Format::Segment),
        ("/v1", Format::Segment),
        // A picture in a mail writes nothing.
        ("/v1/pixel/track?data=e30=", Format::Segment),
        ("/v1/live/profiles", Format::Segment),
        ("/api/v2/users/nothing", Format::Vero),
        ("/api/data/v1/nothing", Format::Native),
        ("/api/live/keys", Format::Native),
        ("/api", Format::Native),
    ] {
        send(&app, &key, address, &[], "{}").expect_error(404, "not_found", format);
        app.send(Method::GET, address, &[], "").expect_error(404, "not_found", format);
    }
    app.send(Method::GET, "/v1/batch", &[], "").expect_error(405, "wrong_method", Format::Segment);
    let beat = app.send(Method::GET, "/api/v2/heartbeat", &[], "");
    assert_eq!(beat.expect(200).json(), json!({"status": 200, "message": "Success."}));
}
