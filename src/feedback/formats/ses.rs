//! Events of Amazon SES, as Amazon SNS passes them on. Pages: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html,
//! …/sns/latest/dg/http-subscription-confirmation-json.html and docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use serde_json::Value;

use super::{Keys, Said, json, text, time};
use crate::{
    feedback::{
        Bounce, Call, Named, Outcome, Refused, Report,
        certificates::{Version, is_of_amazon},
        report::link,
        sign,
    },
    sending_accounts::feedback::ARGUMENT,
};

/// SNS tries for an hour what was not taken; what comes twice changes nothing.
const WITHIN: TimeDelta = TimeDelta::minutes(65);
/// What is signed of a notification, and of what asks for a confirmation. A notification without a subject leaves it out.
const NOTIFICATION: [&str; 6] = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const CONFIRMATION: [&str; 7] = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/// Reads a call.
pub fn read(call: &Call, keys: Keys<'_>) -> Result<Said, Refused> {
    let sent = json(call)?;
    let kind = text(&sent, "/Type");
    let names = match kind {
        "Notification" => &NOTIFICATION[..],
        "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &CONFIRMATION,
        _ => return Err(Refused::Body("Type is missing: this is no message of Amazon SNS.".to_owned())),
    };
    let version = match text(&sent, "/SignatureVersion") {
        "1" => Version::One,
        "2" => Version::Two,
        _ => return Err(Refused::Signature("SignatureVersion must be 1 or 2.")),
    };
    let signature = BASE64_STANDARD.decode(text(&sent, "/Signature")).unwrap_or_default();
    let signed = signed(&sent, names);
    keys.certificates.check(text(&sent, "/SigningCertURL"), keys.reach, version, signed.as_bytes(), &signature)?;
    sign::fresh(time(&sent, "/Timestamp"), WITHIN, call.now)?;
    match kind {
        "Notification" => Ok(Said::Reports(notification(&sent)?.into_iter().collect())),
        "SubscriptionConfirmation" => {
            let address = text(&sent, "/SubscribeURL");
            let is_right = is_of_amazon(address);
            let wrong = || Refused::Body("SubscribeURL is no address of Amazon SNS.".to_owned());
            is_right.then(|| Said::Confirm(address.to_owned())).ok_or_else(wrong)
        }
        _ => Ok(Said::Reports(Vec::new())),
    }
}

/// The text that is signed: each name and value on a line of its own.
fn signed(sent: &Value, names: &[&str]) -> String {
    let pair = |name: &&str| Some(format!("{name}\n{}\n", sent.get(*name)?.as_str()?));
    names.iter().filter_map(pair).collect()
}

fn notification(sent: &Value) -> Result<Option<Report>, Refused> {
    let event: Value = serde_json::from_str(text(sent, "/Message"))
        .map_err(|_| Refused::Body("Message is no JSON: this is no event of Amazon SES.".to_owned()))?;
    // The first, if the configuration set publishes events; the second, if the identity notifies.
    let kind = [text(&event, "/eventType"), text(&event, "/notificationType")].into_iter().find(|it| !it.is_empty());
    Ok(kind.and_then(|kind| one(&event, kind)).map(|report| report.event(text(sent, "/MessageId"))))
}

fn one(event: &Value, kind: &str) -> Option<Report> {
    let (outcome, place) = match kind {
        "Delivery" => (Outcome::Delivered, "delivery"),
        "Bounce" if text(event, "/bounce/bounceType") == "Permanent" => (Outcome::Undelivered(Bounce::Hard), "bounce"),
        "Bounce" => (Outcome::Undelivered(Bounce::Soft), "bounce"),
        "Complaint" if text(event, "/complaint/complaintFeedbackType") == "not-spam" => return None,
        "Complaint" => (Outcome::Complained, "complaint"),
        "Open" => (Outcome::Opened, "open"),
        "Click" => (Outcome::Clicked(link(text(event, "/click/link"))), "click"),
        "Subscription" if event["subscription"]["newTopicPreferences"]["unsubscribeAll"] == true => {
            (Outcome::Unsubscribed, "subscription")
        }
        _ => return None,
    };
    let of = |rest: &str| text(event, &format!("/{place}/{rest}")).to_owned();
    let own = text(event, &format!("/mail/tags/{ARGUMENT}/0")).to_owned();
    let named = Named::first(&own, header(event), text(event, "/mail/messageId"));
    let words = [of("bouncedRecipients/0/diagnosticCode"), of("smtpResponse"), of("complaintFeedbackType")];
    let words = words.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let report = Report::new(named, outcome, time(event, &format!("/{place}/timestamp")));
    Some(report.saying(&of("bouncedRecipients/0/status"), &words).by(false, &of("userAgent")))
}

/// The header `Message-ID` that kith wrote, if the original headers are told.
fn header(event: &Value) -> &str {
    let headers = event.pointer("/mail/headers").and_then(Value::as_array);
    let is_it = |header: &&Value| text(header, "/name").eq_ignore_ascii_case("message-id");
    headers.and_then(|all| all.iter().find(is_it)).map_or("", |header| text(header, "/value"))
}
