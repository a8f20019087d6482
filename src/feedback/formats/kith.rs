//! kith's own JSON, for whatever can call an address: one object or an array of them. The secret in the address says who sends it.

use serde_json::{Map, Value};

use super::{items, json, moment};
use crate::feedback::{
    Bounce, Call, Named, Outcome, Refused, Report,
    report::{LONGEST_ID, clean, link},
};

/// All fields.
const FIELDS: [&str; 10] =
    ["message_id", "provider_id", "event_id", "status", "at", "bounce_type", "code", "reason", "link", "machine"];

/// Reads a call. Nothing of it is kept if one item breaks a rule.
pub fn read(call: &Call) -> Result<Vec<Report>, Refused> {
    let report = |(index, item): (usize, &Value)| {
        one(item).map_err(|rule| Refused::Body(format!("Item {index}: {rule} Nothing of this call was stored.")))
    };
    items(json(call)?)?.iter().enumerate().map(report).collect()
}

fn text<'i>(item: &'i Map<String, Value>, field: &str) -> Result<&'i str, String> {
    match item.get(field) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.trim()),
        Some(_) => Err(format!("{field} must be a text.")),
    }
}

/// The beginning of what was sent, to be told back.
fn short(given: &str) -> String {
    given.chars().take(100).collect()
}

fn one(item: &Value) -> Result<Report, String> {
    let item = item.as_object().ok_or("it must be an object.")?;
    if let Some(unknown) = item.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(format!("there is no field {:?}; there are {}.", short(unknown), FIELDS.join(", ")));
    }
    let message = match (text(item, "message_id")?, text(item, "provider_id")?) {
        ("", "") => return Err("message_id must say of which message it is, or provider_id.".to_owned()),
        ("", provider) => {
            Named::Provider(clean(provider, LONGEST_ID).ok_or("provider_id must be a text that can be seen.")?)
        }
        (id, _) => {
            Named::Message(id.parse().map_err(|_| format!("message_id must be an id of kith, not {:?}.", short(id)))?)
        }
    };
    let bounce = match text(item, "bounce_type")? {
        // Without a sign that it is for good it is not: five in a row say the same.
        "" => Bounce::Soft,
        word => Bounce::from_stored(word)
            .ok_or_else(|| format!("bounce_type must be hard or soft, not {:?}.", short(word)))?,
    };
    let followed = match text(item, "link")? {
        "" => None,
        given => Some(
            link(given).ok_or_else(|| format!("link must begin with https:// or http://, not {:?}.", short(given)))?,
        ),
    };
    let outcome = match text(item, "status")? {
        "delivered" => Outcome::Delivered,
        "undelivered" => Outcome::Undelivered(bounce),
        "opened" => Outcome::Opened,
        "clicked" => Outcome::Clicked(followed),
        "unsubscribed" => Outcome::Unsubscribed,
        "complained" => Outcome::Complained,
        word => {
            let all = "delivered, opened, clicked, undelivered, complained or unsubscribed";
            return Err(format!("status must be {all}, not {:?}.", short(word)));
        }
    };
    let at = match text(item, "at")? {
        "" => None,
        given => {
            let rule = || format!("at must be a time such as 2026-11-22T08:30:00Z, not {:?}.", short(given));
            Some(moment(given).ok_or_else(rule)?)
        }
    };
    let is_machine = match item.get("machine") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is_machine)) => *is_machine,
        Some(_) => return Err("machine must be true or false.".to_owned()),
    };
    let report = Report::new(message, outcome, at).event(text(item, "event_id")?);
    Ok(report.saying(text(item, "code")?, text(item, "reason")?).by(is_machine, ""))
}
