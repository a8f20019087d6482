//! A program that sends data: calls to the API, with a key or without.

use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use kith::{
    auth::{Actor, Place},
    db::ids::{EnvironmentId, KeyId, new_id},
    keys::{self, Capabilities, Capability, Draft, Format, Grant, KeyName, MayOverwrite, Origin, PerMinute, Secret},
    workspaces::EnvironmentKind,
};
use serde_json::Value;

use super::{App, app::Answer, browser::HOST};

/// Where pages of the tests are.
pub const SHOP: &str = "https://shop.example";

/// A key, with its secret.
pub struct MadeKey {
    pub id: KeyId,
    pub secret: String,
}

impl MadeKey {
    /// As most senders send it.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.secret)
    }
}

/// What a server's key may do: all of it.
pub fn server() -> Grant {
    Grant::Server(Capabilities::new(Capability::ALL).expect("some"))
}

/// A key for pages of [`SHOP`].
pub fn browser() -> Grant {
    browser_that_overwrites(MayOverwrite::Attributes)
}

/// Likewise, with what it may overwrite.
pub fn browser_that_overwrites(may_overwrite: MayOverwrite) -> Grant {
    Grant::Browser { origins: vec![Origin::new(SHOP).expect("an origin")], may_overwrite }
}

impl App {
    /// A key for all formats in the live environment.
    pub fn key(&self, grant: Grant) -> MadeKey {
        self.key_with(self.live, grant, &Format::ALL, PerMinute::DEFAULT)
    }

    /// A key.
    pub fn key_with(
        &self,
        environment: EnvironmentId,
        grant: Grant,
        formats: &[Format],
        per_minute: PerMinute,
    ) -> MadeKey {
        let now = self.clock.now();
        let secret = Secret::new(if environment == self.live { EnvironmentKind::Live } else { EnvironmentKind::Test });
        let (id, name) = (KeyId(new_id(now)), KeyName::new("Shop backend").expect("a name"));
        let draft = Draft { id, name, grant, formats: formats.to_vec(), per_minute };
        let by = Actor::command_line(Place::Environment(environment));
        let added = self.state.db.tx_now(|conn| keys::add(conn, environment, &draft, &secret, &by, now));
        assert!(added.expect("stored"));
        self.state.db.memory::<kith::keys::KeyCache>().forget();
        MadeKey { id, secret: secret.as_str().to_owned() }
    }

    /// Makes a call.
    pub fn send(&self, method: Method, address: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = TestRequest::with_uri(address)
            .method(method)
            .insert_header((header::HOST, HOST))
            .peer_addr(([127, 0, 0, 1], 40_000).into())
            .set_payload(body.into());
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        self.call(request)
    }

    /// Posts JSON with a key.
    pub fn post(&self, key: &MadeKey, address: &str, body: &Value) -> Answer {
        let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
        self.send(Method::POST, address, &headers, body.to_string())
    }

    /// How many live profiles there are.
    pub fn live_profiles(&self) -> i64 {
        self.db.number(&format!("SELECT count(*) FROM profiles WHERE environment_id = {}", self.live))
    }
}

impl Answer {
    /// Fails unless this is the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{} {:?}", self.body, self.headers);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{:?} is no JSON: {error}", self.body))
    }

    /// Fails unless it is that error, in the way of its format.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str, format: Format) -> &Self {
        let said = self.expect(status).json();
        let message = said["message"].as_str().unwrap_or_default();
        assert!(message.len() > 10, "{said}");
        let kind = self.header("content-type");
        match format {
            Format::Segment => assert_eq!((&said["success"], &said["code"]), (&Value::Bool(false), &code.into())),
            Format::Vero => assert_eq!(said["status"], status),
            Format::Native => {
                assert_eq!(kind, "application/problem+json");
                assert_eq!((&said["code"], &said["status"]), (&code.into(), &status.into()));
                assert!(said["title"].is_string() && said["type"].is_string() && said["detail"].is_string(), "{said}");
            }
        }
        assert!(kind.contains("json"), "{kind}");
        self
    }

    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
