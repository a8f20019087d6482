//! A call of a provider, and why it is refused.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::HeaderMap},
    web::Bytes,
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A call of a provider.
#[derive(Clone, Debug)]
pub struct Call {
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The whole address, as the provider called it.
    pub address: String,
    /// The id of the message, as an account may write it into the address; empty: none.
    pub message: String,
    pub now: DateTime<Utc>,
}

impl Call {
    /// A header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether the body is a mail.
    pub fn is_mail(&self) -> bool {
        let kind = self.header("content-type").split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("message/rfc822")
    }
}

/// Why a call is refused. Texts are for people, in the provider's log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0}")]
    Signature(&'static str),
    #[error("The call was signed too long ago, or the clock of one side is wrong.")]
    Stale,
    /// It is not what the account expects.
    #[error("{0}")]
    Body(String),
    #[error("The body is larger than 1 MB.")]
    TooLarge,
    /// Kith cannot check the signature now.
    #[error("{0}")]
    Unchecked(String),
}

impl Refused {
    /// The word of the log: texts may repeat what was sent, which no log has.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Signature(_) => "signature",
            Self::Stale => "stale",
            Self::Body(_) => "body",
            Self::TooLarge => "too large",
            Self::Unchecked(_) => "unchecked",
        }
    }

    /// The answer. Providers try again what has a status from 500 on, and mostly what has any other but 200.
    pub fn answer(&self) -> HttpResponse {
        let status = match self {
            Self::Signature(_) | Self::Stale => StatusCode::FORBIDDEN,
            Self::Body(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unchecked(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        HttpResponse::build(status).json(json!({ "error": self.to_string() }))
    }
}
