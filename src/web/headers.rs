//! The headers that every answer has, whether page, redirect, error, or answer of the API.

use actix_web::http::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Header that lets pages of other origins read the answer; by default only ours may.
pub const SHARED: (HeaderName, &str) = (RESOURCE_POLICY, "cross-origin");

/// What a page may load and do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// That of all pages that choose no other one.
    Usual,
    /// A page that shows a framed one of ours.
    Framing,
    /// Words of others, which a page of ours shows in a frame. Its origin is nobody's, and its styles may be inline: mails have no others.
    Framed,
}

impl Policy {
    const ALL: [Self; 3] = [Self::Usual, Self::Framing, Self::Framed];

    /// The policy as a header.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Usual => {
                "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'"
            }
            Self::Framing => {
                "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; \
                 form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            }
            Self::Framed => {
                "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
                 frame-ancestors 'self'; base-uri 'none'"
            }
        })
    }

    fn frames(self) -> &'static str {
        if self == Self::Framed { "SAMEORIGIN" } else { "DENY" }
    }
}

const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), \
         encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
    ),
];

/// Sets the fixed headers, and the others that the handler did not set. Of policies a handler can choose, and not write another one.
pub fn complete(headers: &mut HeaderMap, status: StatusCode, is_https: bool) {
    let chosen = headers.get(header::CONTENT_SECURITY_POLICY);
    let policy = Policy::ALL.into_iter().find(|it| chosen == Some(&it.value())).unwrap_or(Policy::Usual);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.value());
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static(policy.frames()));
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A request for another host name may concern a site that is not served over https.
    if is_https && status != StatusCode::MISDIRECTED_REQUEST {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    for (name, value) in [(header::CACHE_CONTROL, "no-store"), (RESOURCE_POLICY, "same-origin")] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    // `identity` kept the compressor away, and means nothing to a browser.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
}
