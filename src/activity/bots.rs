//! Tells which messages were perhaps opened by a program, not by their person (V6.3).

use chrono::TimeDelta;
use serde_json::Value;

/// An opening so soon after the delivery is not a person's.
const TOO_SOON: TimeDelta = TimeDelta::seconds(2);

/// Parts of the names of programs that open messages, in lower case, each with the reason to show.
const PROGRAMS: [(&str, &str); 16] = [
    ("googleimageproxy", "Gmail may load pictures by itself, before anybody reads the email"),
    ("ggpht.com", "Gmail may load pictures by itself, before anybody reads the email"),
    ("yahoomailproxy", "Yahoo Mail may load pictures by itself, before anybody reads the email"),
    ("yahoocachesystem", "Yahoo Mail may load pictures by itself, before anybody reads the email"),
    ("barracuda", "a security scanner opened the message"),
    ("mimecast", "a security scanner opened the message"),
    ("proofpoint", "a security scanner opened the message"),
    ("symantec", "a security scanner opened the message"),
    ("scanner", "a security scanner opened the message"),
    ("headless", "software opened it, not an email app"),
    ("curl/", "software opened it, not an email app"),
    ("wget/", "software opened it, not an email app"),
    ("python-", "software opened it, not an email app"),
    ("go-http-client", "software opened it, not an email app"),
    ("crawler", "software opened it, not an email app"),
    ("spider", "software opened it, not an email app"),
];

/// Properties in which senders say that a program opened the message.
const FLAGS: [&str; 6] = ["bot", "is_bot", "isBot", "machine_open", "machineOpen", "is_machine_open"];
/// Properties that name the program that opened the message.
const AGENTS: [&str; 4] = ["user_agent", "userAgent", "useragent", "user-agent"];
/// Properties that identify the message, the most exact first.
const MESSAGES: [&str; 10] = [
    "message_id",
    "messageId",
    "delivery_id",
    "deliveryId",
    "email_id",
    "emailId",
    "campaign_id",
    "campaignId",
    "campaign",
    "message",
];

/// Whether an event says that a message was opened: by its name or its status.
pub fn is_opening(name: &str, properties: &Value) -> bool {
    let ends = |text: &str| last_word(text) == "opened" || last_word(text) == "open";
    ends(name)
        || ["status", "action"].iter().any(|field| properties.get(field).and_then(Value::as_str).is_some_and(ends))
}

/// Whether an event says that a message was delivered.
pub fn is_delivery(name: &str) -> bool {
    last_word(name) == "delivered"
}

/// What the name of an event says became of a message, and how far that is on its way; `None`: nothing that is known.
pub fn status(name: &str) -> Option<(u8, String)> {
    let word = last_word(name);
    let place = match word.as_str() {
        "scheduled" | "queued" | "processed" => 0,
        "sent" | "send" => 1,
        "deferred" => 2,
        "delivered" | "received" => 3,
        "bounced" | "dropped" | "failed" | "undelivered" | "suppressed" => 4,
        "opened" | "open" | "read" | "seen" | "viewed" | "show" | "shown" => 5,
        "clicked" | "click" | "replied" => 6,
        "converted" => 7,
        "unsubscribed" => 8,
        "complained" | "complaint" | "spammed" => 9,
        _ => return None,
    };
    Some((place, word))
}

/// Whether a message begins with this status: what came before it belongs to another message.
pub fn is_first(place: u8) -> bool {
    place <= 1
}

/// The words of a name before the status: `email` for "Email Opened".
pub fn channel(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name[..name.len() - last_word(&name).len()].trim_matches([' ', '_', '-', '.']).to_owned()
}

/// The last word of a name, in lower case: `opened` for "Email Opened", `email_opened` and `emailOpened`.
fn last_word(name: &str) -> String {
    let word = name.trim().rsplit([' ', '_', '-', '.']).next().unwrap_or_default();
    let start =
        word.rfind(|letter: char| letter.is_ascii_uppercase()).filter(|_| word.contains(|c: char| c.is_lowercase()));
    word[start.unwrap_or(0)..].to_lowercase()
}

/// Name and value of the property that identifies an event's message; `None` if there is none.
pub fn message(properties: &Value) -> Option<(&'static str, &Value)> {
    let said =
        |value: &&Value| !value.is_null() && !value.is_object() && !value.is_array() && value.as_str() != Some("");
    MESSAGES.iter().find_map(|name| Some((*name, properties.get(name).filter(said)?)))
}

/// Why a program may have opened a message; `after` is the time since the delivery, if known. `None`: nothing says so.
pub fn suspicion(properties: &Value, context: Option<&Value>, after: Option<TimeDelta>) -> Option<&'static str> {
    let both = || [Some(properties), context].into_iter().flatten();
    if both().any(|said| FLAGS.iter().any(|flag| is_yes(said.get(flag)))) {
        return Some("the system that sent this event marked it as a bot");
    }
    let agent = both().find_map(|said| AGENTS.iter().find_map(|name| said.get(name)?.as_str()));
    if let Some(reason) = agent.and_then(program) {
        return Some(reason);
    }
    after
        .filter(|after| (TimeDelta::zero()..=TOO_SOON).contains(after))
        .map(|_| "it was opened within two seconds after delivery")
}

fn is_yes(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.to_lowercase().as_str(), "true" | "yes" | "1"),
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

fn program(agent: &str) -> Option<&'static str> {
    let agent = agent.trim().to_lowercase();
    match agent.as_str() {
        "" => Some("the app that opened it did not say its name"),
        // Mail readers say more of themselves; Apple's privacy proxy says only this.
        "mozilla/5.0" => Some("Apple Mail loads everything by itself, even if nobody reads the email"),
        _ => {
            let is_bot = agent.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| word.ends_with("bot"));
            let known = PROGRAMS.iter().find(|(part, _)| agent.contains(part)).map(|(_, reason)| *reason);
            known.or_else(|| is_bot.then_some("software opened it, not an email app"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn openings_are_known_by_their_last_word() {
        for name in ["Email Opened", "email_opened", "emailOpened", "push.open", "EMAIL OPENED", "message-opened"] {
            assert!(is_opening(name, &json!({})), "{name}");
        }
        for name in ["Email Clicked", "Opened Account", "Reopened", "openedEmail", ""] {
            assert!(!is_opening(name, &json!({})), "{name}");
        }
        assert!(is_opening("Email", &json!({"status": "opened"})));
        assert!(is_delivery("Email Delivered") && !is_delivery("Email Sent"));
    }

    #[test]
    fn programs_are_known_by_what_they_say() {
        let agent = |text: &str| suspicion(&json!({}), Some(&json!({"userAgent": text})), None);
        for text in [
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "Mozilla/5.0",
            "  ",
            "python-requests/2.31",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
        ] {
            assert!(agent(text).is_some(), "{text}");
        }
        for text in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
            "Thunderbird/128.4",
            "Botanica Mail/2",
        ] {
            assert_eq!(agent(text), None, "{text}");
        }
        assert_eq!(suspicion(&json!({}), None, None), None, "who says nothing of it says nothing");
    }

    #[test]
    fn senders_may_say_it_and_haste_betrays_it() {
        for flag in
            [json!({"bot": true}), json!({"is_bot": "true"}), json!({"machineOpen": 1}), json!({"machine_open": true})]
        {
            assert!(suspicion(&flag, None, None).is_some(), "{flag}");
        }
        assert_eq!(suspicion(&json!({"bot": false}), None, None), None);
        let after = |millis| suspicion(&json!({}), None, Some(TimeDelta::milliseconds(millis)));
        assert!(after(0).is_some() && after(2000).is_some());
        assert!(after(2001).is_none() && after(-1).is_none());
    }

    #[test]
    fn a_message_is_known_by_its_most_exact_name() {
        let both = json!({"campaign": "Spring", "message_id": "m-1"});
        assert_eq!(message(&both), Some(("message_id", &json!("m-1"))));
        assert_eq!(message(&json!({"campaign": ""})), None);
    }
}
