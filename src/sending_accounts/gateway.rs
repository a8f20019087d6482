//! Hands messages to a gateway over HTTP.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    HandedOver, Outgoing, body,
    connection::Conversation,
    exchange::{Call, Exchange},
    provider::{Gateway, Method},
    secret::Secret,
};
use crate::web::outbound::Reach;

/// A link to a gateway.
#[derive(Debug)]
pub struct GatewayLink {
    gateway: Gateway,
    secret: Option<Secret>,
    exchange: Exchange,
}

impl GatewayLink {
    pub fn new(gateway: Gateway, secret: Option<Secret>, reach: Reach) -> Self {
        Self { gateway, secret, exchange: Exchange::new(reach) }
    }

    fn made(&self, message: &Outgoing) -> Result<Call, String> {
        let Gateway { address, method, headers, format, body, .. } = &self.gateway;
        let secret = self.secret.as_ref();
        let own = headers.iter().map(|(name, value)| Ok((name.clone(), body::header(value, secret)?)));
        let mut headers = own.collect::<Result<Vec<_>, String>>()?;
        headers.push(("Content-Type".to_owned(), format.mime().to_owned()));
        headers.push(("Idempotency-Key".to_owned(), message.id.to_string()));
        let method = match method {
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        let body = body::body(*format, body, message, secret)?;
        Ok(Call { method, address: address.clone(), shown: address.clone(), headers, body })
    }

    pub fn hand_over(&mut self, message: &Outgoing, now: DateTime<Utc>, talk: &mut Conversation) -> HandedOver {
        let call = match self.made(message) {
            Ok(call) => call,
            Err(words) => return HandedOver::of_account(None, format!("The call cannot be made: {words}.")),
        };
        match self.exchange.call(&call, now, talk) {
            Ok(answer) => HandedOver::Taken {
                provider_id: provider_id(&self.gateway.id_at, &answer.body),
                words: talk.shown(&format!("{} {}", answer.status, answer.body)),
            },
            Err(came) => came,
        }
    }
}

/// The provider's own id, where the account says that it is.
fn provider_id(pointer: &str, answer: &str) -> Option<String> {
    if pointer.is_empty() {
        return None;
    }
    match serde_json::from_str::<Value>(answer).ok()?.pointer(pointer)? {
        Value::String(id) => Some(id.chars().take(200).collect()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_provider_is_found_in_its_answer() {
        let answer = r#"{"sid": "SM1", "messages": [{"id": 12345678901234567890123}]}"#;
        assert_eq!(provider_id("/sid", answer).as_deref(), Some("SM1"));
        assert_eq!(provider_id("/messages/0/id", answer).as_deref(), Some("12345678901234567890123"));
        for (pointer, answer) in [("", answer), ("/none", answer), ("/messages", answer), ("/sid", "<ok/>")] {
            assert_eq!(provider_id(pointer, answer), None, "{pointer}");
        }
    }
}
