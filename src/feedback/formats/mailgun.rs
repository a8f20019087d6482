//! The webhooks of Mailgun. Pages: documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, …/webhook-payloads and
//! …/events/event-types.

use chrono::TimeDelta;
use serde_json::Value;

use super::{json, seconds, shown, text, time};
use crate::{
    feedback::{Bounce, Call, Named, Outcome, Refused, Report, report::link, sign},
    sending_accounts::{Secret, feedback::ARGUMENT},
};

/// Mailgun tries for eight hours what was not taken; what comes twice changes nothing.
const WITHIN: TimeDelta = TimeDelta::minutes(8 * 60 + 5);

/// Reads a call.
pub fn read(call: &Call, key: &Secret) -> Result<Vec<Report>, Refused> {
    let body = json(call)?;
    let stamp = shown(&body, "/signature/timestamp");
    let signed = format!("{stamp}{}", text(&body, "/signature/token"));
    if !sign::is_hmac_sha256(key, signed.as_bytes(), text(&body, "/signature/signature")) {
        return Err(Refused::Signature("The signature of Mailgun is missing or wrong."));
    }
    sign::fresh(seconds(&stamp), WITHIN, call.now)?;
    let event = body.pointer("/event-data").ok_or_else(|| Refused::Body("event-data is missing.".to_owned()))?;
    Ok(one(event).into_iter().collect())
}

fn one(event: &Value) -> Option<Report> {
    let outcome = match text(event, "/event") {
        "delivered" => Outcome::Delivered,
        // A temporary failure is tried again.
        "failed" if text(event, "/severity") == "permanent" => Outcome::Undelivered(bounce(event)),
        "opened" => Outcome::Opened,
        "clicked" => Outcome::Clicked(link(text(event, "/url"))),
        "complained" => Outcome::Complained,
        "unsubscribed" => Outcome::Unsubscribed,
        _ => return None,
    };
    let own = text(event, &format!("/user-variables/{ARGUMENT}")).to_owned();
    let named = Named::first(&own, text(event, "/message/headers/message-id"), "");
    let status = "/delivery-status";
    let words = [text(event, &format!("{status}/message")), text(event, &format!("{status}/description"))];
    let words = words.into_iter().find(|it| !it.is_empty()).unwrap_or_default().to_owned();
    // Empty, unless it is one.
    let is_machine = !text(event, "/client-info/bot").is_empty();
    let report = Report::new(named, outcome, time(event, "/timestamp")).event(text(event, "/id"));
    let report = report.saying(&shown(event, &format!("{status}/code")), &words);
    Some(report.by(is_machine, text(event, "/client-info/user-agent")))
}

/// How a message came back that is not tried again: for good only where Mailgun says that the address is to blame.
fn bounce(event: &Value) -> Bounce {
    let is_hard = ["bounce", "suppress-bounce"].contains(&text(event, "/reason"))
        || text(event, "/delivery-status/bounce-type") == "hard";
    if is_hard { Bounce::Hard } else { Bounce::Soft }
}
