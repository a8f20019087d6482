//! The status callbacks of Twilio. Pages: twilio.com/docs/usage/security#validating-requests, twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
//! and twilio.com/docs/api/errors.
//!
//! Twilio signs no time, and says none: an old call that comes again is the same step.

use super::super::{Bounce, Call, Named, Outcome, Refused, Report, sign};
use crate::sending_accounts::Secret;

/// Codes of numbers that do not exist, or cannot take messages: 21211 invalid, 21614 no mobile, 30005 unknown, 30006 landline.
const HARD: [&str; 4] = ["21211", "21614", "30005", "30006"];
/// The person answered STOP.
const STOPPED: &str = "21610";

/// Reads a call.
pub fn read(call: &Call, token: &Secret) -> Result<Vec<Report>, Refused> {
    let mut sent: Vec<(String, String)> = form_urlencoded::parse(&call.body).into_owned().collect();
    sent.sort();
    let mut signed = call.address.clone();
    sent.iter().for_each(|(name, value)| signed.extend([name.as_str(), value.as_str()]));
    if !sign::is_hmac_sha1(token, signed.as_bytes(), call.header("x-twilio-signature")) {
        return Err(Refused::Signature("The signature of Twilio is missing or wrong."));
    }
    let field = |name: &str| sent.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let first = |names: [&'static str; 2]| names.map(field).into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let (sid, status) = (first(["MessageSid", "SmsSid"]), first(["MessageStatus", "SmsStatus"]));
    if sid.is_empty() || status.is_empty() {
        return Err(Refused::Body("MessageSid and MessageStatus are missing: this is no status callback.".to_owned()));
    }
    let code = field("ErrorCode");
    let outcome = match status {
        "delivered" => Outcome::Delivered,
        "read" => Outcome::Opened,
        "undelivered" | "failed" if code == STOPPED => Outcome::Unsubscribed,
        "undelivered" | "failed" if HARD.contains(&code) => Outcome::Undelivered(Bounce::Hard),
        "undelivered" | "failed" => Outcome::Undelivered(Bounce::Soft),
        _ => return Ok(Vec::new()),
    };
    let named = Named::first(&call.message, "", sid);
    Ok(vec![Report::new(named, outcome, None).event(&format!("{sid} {status}")).saying(code, field("ErrorMessage"))])
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use chrono::DateTime;

    use super::*;

    /// The example of Twilio's documentation (api-snippets, security/signature_validation): token, address, parameters and signature.
    #[test]
    fn the_published_example_is_signed_by_twilio() {
        let body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let call = |body: &str, address: &str| {
            let mut headers = HeaderMap::new();
            let signature = HeaderValue::from_static("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
            headers.insert(HeaderName::from_static("x-twilio-signature"), signature);
            let (body, address) = (body.to_owned().into(), address.to_owned());
            read(
                &Call { headers, body, address, message: String::new(), now: DateTime::UNIX_EPOCH },
                &Secret::new("12345").unwrap(),
            )
        };
        let address = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert!(matches!(call(body, address), Err(Refused::Body(_))), "signed, and about a call, not about a message");
        assert!(matches!(call(body, "https://mycompany.com/myapp.php"), Err(Refused::Signature(_))));
        assert!(matches!(call(&body.replace("1234&", "1235&"), address), Err(Refused::Signature(_))));
    }
}
