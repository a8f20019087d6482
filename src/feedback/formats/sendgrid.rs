//! The event webhook of SendGrid. Pages: twilio.com/docs/sendgrid/for-developers/tracking-events/event and
//! …/tracking-events/getting-started-event-webhook-security-features.

use chrono::TimeDelta;
use serde_json::Value;

use super::{items, json, seconds, shown, text, time};
use crate::{
    feedback::{Bounce, Call, Named, Outcome, Refused, Report, report::link, sign},
    sending_accounts::{Secret, feedback::ARGUMENT},
};

/// SendGrid tries for a day what was not taken; what comes twice changes nothing.
const WITHIN: TimeDelta = TimeDelta::minutes(24 * 60 + 5);

/// Reads a call.
pub fn read(call: &Call, key: &Secret) -> Result<Vec<Report>, Refused> {
    let stamp = call.header("x-twilio-email-event-webhook-timestamp");
    let signature = call.header("x-twilio-email-event-webhook-signature");
    let signed = [stamp.as_bytes(), &call.body].concat();
    if !sign::is_p256(key, &signed, signature) {
        return Err(Refused::Signature("The signature of SendGrid is missing or wrong."));
    }
    sign::fresh(seconds(stamp), WITHIN, call.now)?;
    Ok(items(json(call)?)?.iter().filter_map(one).collect())
}

fn one(item: &Value) -> Option<Report> {
    let reason = text(item, "/reason");
    let outcome = match text(item, "/event") {
        "delivered" => Outcome::Delivered,
        "bounce" if text(item, "/type") == "blocked" => Outcome::Undelivered(Bounce::Soft),
        "bounce" => Outcome::Undelivered(Bounce::Hard),
        // Not sent by SendGrid, since the address is on a list of its own.
        "dropped" if ["Bounced Address", "Invalid"].contains(&reason) => Outcome::Undelivered(Bounce::Hard),
        "dropped" if reason == "Unsubscribed Address" => Outcome::Unsubscribed,
        "dropped" if reason == "Spam Reporting Address" => Outcome::Complained,
        // Whatever else kept SendGrid from sending it, such as the sender's quota, says nothing of the address.
        "open" => Outcome::Opened,
        "click" => Outcome::Clicked(link(text(item, "/url"))),
        "spamreport" => Outcome::Complained,
        "unsubscribe" | "group_unsubscribe" => Outcome::Unsubscribed,
        _ => return None,
    };
    let own = text(item, &format!("/{ARGUMENT}")).to_owned();
    let named = Named::first(&own, text(item, "/smtp-id"), text(item, "/sg_message_id"));
    let words = if reason.is_empty() { text(item, "/response") } else { reason };
    let is_machine = item.pointer("/sg_machine_open").and_then(Value::as_bool).unwrap_or_default();
    let report = Report::new(named, outcome, time(item, "/timestamp")).event(text(item, "/sg_event_id"));
    Some(report.saying(&shown(item, "/status"), words).by(is_machine, text(item, "/useragent")))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use chrono::DateTime;

    use super::*;

    /// The example in the tests of SendGrid's own libraries (sendgrid-nodejs, packages/eventwebhook): key, signature, time and body.
    #[test]
    fn the_published_example_is_signed_by_sendgrid() {
        let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
        let signature =
            "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
        let body = concat!(
            r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
            r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
            r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
            r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
            "\r\n"
        );
        let key = Secret::new(key).unwrap();
        let call = |body: &str, stamp: &'static str, hours: i64| {
            let mut headers = HeaderMap::new();
            for (name, value) in [("signature", signature), ("timestamp", stamp)] {
                let name: HeaderName = format!("x-twilio-email-event-webhook-{name}").parse().unwrap();
                headers.insert(name, HeaderValue::from_static(value));
            }
            let now = DateTime::from_timestamp(1_600_112_502, 0).unwrap() + TimeDelta::hours(hours);
            let body = body.to_owned().into();
            Call { headers, body, address: String::new(), message: String::new(), now }
        };
        let reports = read(&call(body, "1600112502", 0), &key).unwrap();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].outcome, Outcome::Undelivered(Bounce::Hard));
        assert_eq!(reports[0].at, DateTime::from_timestamp(1_600_112_492, 0));
        let refused = |call: &Call| read(call, &key).unwrap_err();
        assert!(matches!(refused(&call(body.trim_end(), "1600112502", 0)), Refused::Signature(_)));
        assert!(matches!(refused(&call(body, "1600112503", 0)), Refused::Signature(_)));
        assert_eq!(refused(&call(body, "1600112502", 25)), Refused::Stale);
    }
}
