//! The webhooks of Postmark, which signs nothing: the secret in the address says who sends it. Pages:
//! postmarkapp.com/developer/webhooks/webhooks-overview and the page of each kind, postmarkapp.com/developer/api/bounce-api (types).

use serde_json::Value;

use super::{items, json, shown, text, time};
use crate::{
    feedback::{Bounce, Call, Named, Outcome, Refused, Report, report::link},
    sending_accounts::feedback::ARGUMENT,
};

/// Reads a call.
pub fn read(call: &Call) -> Result<Vec<Report>, Refused> {
    let items = items(json(call)?)?;
    if items.iter().any(|item| text(item, "/RecordType").is_empty()) {
        return Err(Refused::Body("RecordType is missing: this is no call of Postmark.".to_owned()));
    }
    Ok(items.iter().filter_map(one).collect())
}

fn one(item: &Value) -> Option<Report> {
    let (outcome, at) = match text(item, "/RecordType") {
        "Delivery" => (Outcome::Delivered, "/DeliveredAt"),
        "Bounce" => (bounced(text(item, "/Type"))?, "/BouncedAt"),
        "SpamComplaint" => (Outcome::Complained, "/BouncedAt"),
        "Open" => (Outcome::Opened, "/ReceivedAt"),
        "Click" => (Outcome::Clicked(link(text(item, "/OriginalLink"))), "/ReceivedAt"),
        "SubscriptionChange" if is_no(item) => (Outcome::Unsubscribed, "/ChangedAt"),
        _ => return None,
    };
    let named = Named::first(&own(item), "", text(item, "/MessageID"));
    let words = [text(item, "/Details"), text(item, "/Description")].into_iter().find(|it| !it.is_empty());
    let report = Report::new(named, outcome, time(item, at)).event(&shown(item, "/ID"));
    Some(report.saying(text(item, "/Type"), words.unwrap_or_default()).by(false, text(item, "/UserAgent")))
}

/// The id that kith handed over, in whatever letters the header arrived.
fn own(item: &Value) -> String {
    let metadata = item.pointer("/Metadata").and_then(Value::as_object);
    let own = metadata.and_then(|all| all.iter().find(|(name, _)| name.eq_ignore_ascii_case(ARGUMENT)));
    own.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned()
}

/// What a kind of bounce means; `None`: nothing of the address, or that it is tried again.
fn bounced(kind: &str) -> Option<Outcome> {
    match kind {
        "HardBounce" | "BadEmailAddress" => Some(Outcome::Undelivered(Bounce::Hard)),
        "SoftBounce" | "DnsError" | "Blocked" | "SpamNotification" | "DMARCPolicy" | "Unknown" => {
            Some(Outcome::Undelivered(Bounce::Soft))
        }
        "SpamComplaint" => Some(Outcome::Complained),
        "Unsubscribe" => Some(Outcome::Unsubscribed),
        _ => None,
    }
}

/// Whether somebody wants no more: of bounces and complaints Postmark tells by themselves.
fn is_no(item: &Value) -> bool {
    item["SuppressSending"] == true && text(item, "/SuppressionReason") == "ManualSuppression"
}
