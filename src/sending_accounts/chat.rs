//! Hands messages to a chat: to an incoming webhook, or through a bot of Slack.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    HandedOver, Outgoing,
    connection::Conversation,
    exchange::{Answer, Call, Exchange},
    provider::{Chat, ChatWay},
    secret::Secret,
};
use crate::{
    subscriptions::Medium,
    web::outbound::{Endpoint, Reach},
};

/// Where a bot of Slack sends.
const SLACK: &str = "https://slack.com/api/chat.postMessage";

/// A link to a chat.
#[derive(Debug)]
pub struct ChatLink {
    channel: Medium,
    chat: Chat,
    secret: Option<Secret>,
    reach: Reach,
    exchange: Exchange,
}

impl ChatLink {
    pub fn new(channel: Medium, chat: Chat, secret: Option<Secret>, reach: Reach) -> Self {
        Self { channel, chat, secret, reach, exchange: Exchange::new(reach) }
    }

    /// The call for a message. A person whose own address is an incoming webhook is reached by that one.
    fn made(&self, message: &Outgoing) -> Result<Call, HandedOver> {
        let own = self.secret.as_ref().map(Secret::text).unwrap_or_default();
        let mut headers = vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())];
        if self.chat.way == ChatWay::Bot {
            headers.push(("Authorization".to_owned(), format!("Bearer {own}")));
            let body = json!({ "channel": message.to, "text": message.text }).to_string();
            return Ok(Call { method: "POST", address: SLACK.to_owned(), shown: SLACK.to_owned(), headers, body });
        }
        let is_of_person = message.to.starts_with("https://");
        let address = if is_of_person { &message.to } else { own };
        let address = Endpoint::parse(address, self.reach).map_err(|rule| match is_of_person {
            true => HandedOver::NoSuchAddress { code: None, words: rule },
            false => {
                HandedOver::of_account(None, format!("The address of the incoming webhook cannot be used. {rule}"))
            }
        })?;
        let key = if self.channel == Medium::Discord { "content" } else { "text" };
        let (body, address) = (json!({ key: message.text }).to_string(), address.as_str().to_owned());
        let shown = if is_of_person { "(the person's incoming webhook)" } else { "(the incoming webhook)" };
        Ok(Call { method: "POST", address, shown: shown.to_owned(), headers, body })
    }

    pub fn hand_over(&mut self, message: &Outgoing, now: DateTime<Utc>, talk: &mut Conversation) -> HandedOver {
        let called = self.made(message).and_then(|call| self.exchange.call(&call, now, talk));
        match called {
            Ok(answer) if self.chat.way == ChatWay::Bot => slack(&answer),
            Ok(answer) => HandedOver::Taken {
                provider_id: None,
                words: talk.shown(&format!("{} {}", answer.status, answer.body)),
            },
            Err(came) => came,
        }
    }
}

/// What Slack says in an answer with status 200 (api.slack.com/methods/chat.postMessage).
fn slack(answer: &Answer) -> HandedOver {
    let Ok(said) = serde_json::from_str::<Value>(&answer.body) else {
        return HandedOver::Unknown { words: "Slack's answer cannot be understood.".to_owned() };
    };
    if said["ok"] == true {
        let id = said["ts"].as_str().map(str::to_owned);
        return HandedOver::Taken { provider_id: id, words: "Slack has it.".to_owned() };
    }
    let error = said["error"].as_str().unwrap_or("no reason").to_owned();
    let (code, words) = (Some(error.clone()), format!("Slack says: {error}."));
    match error.as_str() {
        "channel_not_found" | "user_not_found" | "is_archived" => HandedOver::NoSuchAddress { code, words },
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" | "missing_scope"
        | "no_permission" | "org_login_required" | "ekm_access_denied" => HandedOver::of_account(code, words),
        "ratelimited" | "rate_limited" | "internal_error" | "fatal_error" | "service_unavailable" => {
            HandedOver::later(code, words)
        }
        _ => HandedOver::Refused { code, words },
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::db::ids::MessageId;

    fn call(channel: Medium, way: ChatWay, to: &str) -> Result<Call, HandedOver> {
        let secret = if way == ChatWay::Bot { "xoxb-1" } else { "https://hooks.example/T/B/x" };
        let link = ChatLink::new(channel, Chat { way }, Secret::new(secret).ok(), Reach::Public);
        link.made(&Outgoing {
            id: MessageId(Uuid::nil()),
            to: to.to_owned(),
            subject: String::new(),
            text: "\"Hi\"".to_owned(),
            html: None,
            unsubscribe: None,
        })
    }

    #[test]
    fn each_chat_gets_its_own_form() {
        let bot = call(Medium::Slack, ChatWay::Bot, "C123").unwrap();
        assert_eq!((bot.address.as_str(), bot.body.as_str()), (SLACK, r#"{"channel":"C123","text":"\"Hi\""}"#));
        let hook = call(Medium::Discord, ChatWay::Hook, "ann").unwrap();
        assert_eq!(
            (hook.address.as_str(), hook.body.as_str()),
            ("https://hooks.example/T/B/x", r#"{"content":"\"Hi\""}"#)
        );
        let own = call(Medium::Teams, ChatWay::Hook, "https://teams.example/ann").unwrap();
        assert_eq!((own.address.as_str(), own.body.as_str()), ("https://teams.example/ann", r#"{"text":"\"Hi\""}"#));
        let private = call(Medium::Teams, ChatWay::Hook, "https://127.0.0.1/").unwrap_err();
        assert!(matches!(private, HandedOver::NoSuchAddress { .. }));
    }

    #[test]
    fn slack_says_no_with_status_200() {
        let said = |body: &str| slack(&Answer { status: 200, body: body.to_owned() });
        assert!(
            matches!(said(r#"{"ok":true,"ts":"1.2"}"#), HandedOver::Taken { provider_id: Some(id), .. } if id == "1.2")
        );
        assert!(matches!(said(r#"{"ok":false,"error":"channel_not_found"}"#), HandedOver::NoSuchAddress { .. }));
        assert!(matches!(
            said(r#"{"ok":false,"error":"invalid_auth"}"#),
            HandedOver::Later { is_of_account: true, .. }
        ));
        assert!(matches!(said(r#"{"ok":false,"error":"msg_too_long"}"#), HandedOver::Refused { .. }));
        assert!(matches!(said("<html>"), HandedOver::Unknown { .. }));
    }
}
