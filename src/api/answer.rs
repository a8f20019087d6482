//! Answers to calls, in the shape that each format's clients expect.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    dev::ServiceResponse,
    http::{StatusCode, header},
};
use serde_json::{Map, Value, json};

use super::{body::ENCODINGS, formats::Malformed};
use crate::{
    error::AppError,
    keys::Format,
    ledger::Invalid,
    rejections::{Code, Refused, codes},
};

/// An error answer to a call: a status, a stable code and a sentence for the sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    status: StatusCode,
    code: Code,
    message: String,
    field: Option<String>,
    /// Further fields. Faults are returned everywhere, and stay small.
    more: Option<Box<Map<String, Value>>>,
    retry_after: Option<u64>,
}

impl Fault {
    /// A fault with the status of its code; `message` says what to do.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, code, message: message.into(), field: None, more: None, retry_after: None }
    }

    /// Whether the fault has this code.
    pub fn is(&self, code: Code) -> bool {
        self.code == code
    }

    /// Names the field that the fault is about.
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the people whom the call may be about.
    pub fn candidates(self, candidates: Vec<Value>) -> Self {
        if candidates.is_empty() { self } else { self.with("candidates", Value::Array(candidates)) }
    }

    /// Adds a field of its own to kith's format.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    /// Sets the seconds after which another try is worth while, at least one.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// The answer in the shape of the format.
    pub fn answer(&self, format: Format) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if self.status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            answer.insert_header((header::ACCEPT_ENCODING, ENCODINGS));
        }
        let status = self.status.as_u16();
        match format {
            // Some clients of this format retry for ever after an error without a code and a message.
            Format::Segment => answer.json(json!({"success": false, "code": self.code, "message": self.message})),
            Format::Vero => answer.json(json!({"status": status, "message": self.message})),
            Format::Native => {
                let mut problem = json!({
                    "type": "about:blank",
                    "title": self.status.canonical_reason().unwrap_or_default(),
                    "status": status,
                    "detail": self.message,
                    "code": self.code,
                    "message": self.message,
                });
                if let Some(field) = &self.field {
                    problem["field"] = json!(field);
                }
                for (name, value) in self.more.iter().flat_map(|more| more.iter()) {
                    problem[name] = value.clone();
                }
                answer.insert_header((header::CONTENT_TYPE, "application/problem+json")).body(problem.to_string())
            }
        }
    }

    /// The fault that reports an `AppError` to a sender. Its cause was logged already.
    fn of(error: &AppError) -> Self {
        let fault = match error {
            AppError::NotFound | AppError::InOther { .. } | AppError::SeeOther { .. } => {
                Self::new(codes::NOT_FOUND, "There is nothing at this address.")
            }
            AppError::Forbidden(_) => Self::new(codes::NOT_ALLOWED, "This is not allowed."),
            AppError::Method => Self::new(codes::WRONG_METHOD, "This address takes another method."),
            AppError::BadRequest(rule) => Self::new(codes::INVALID_REQUEST, *rule),
            AppError::RefusedForm(why) => Self::new(codes::INVALID_REQUEST, why.rule()),
            AppError::OtherHost(_) => Self::new(codes::INVALID_REQUEST, "This is not the address of the console."),
            AppError::TooLate => Self::new(codes::SLOW_BODY, "The body arrived too slowly. Send it again."),
            AppError::TooMany(_) => Self::new(codes::RATE_LIMITED, "Too many calls."),
            AppError::Unavailable(_) => Self::new(codes::UNAVAILABLE, "The database is away. Send all of this again."),
            AppError::Busy(_) => Self::new(codes::BUSY, "Too much is being sent at once. Send all of this again."),
            AppError::Failing(_) => Self::new(
                codes::FAILING,
                "The database cannot do its work; the log has the cause under the answer's x-request-id. Send all of this again.",
            ),
            AppError::TooSlow(_) => Self::new(
                codes::TOO_SLOW,
                "This took too long and was stopped. Send all of this again, or less at once.",
            ),
            AppError::Unstorable(_) | AppError::Unexpected(_) => Self::new(
                codes::UNEXPECTED,
                "Something broke on our side; part of it may have been stored. The log has the cause under the answer's x-request-id.",
            ),
        };
        Self { retry_after: error.retry_after(), ..fault }
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        error.log();
        Self::of(&error)
    }
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.code, malformed.message)
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let fault = Self::new(refused.code, refused.message);
        if refused.field.is_empty() { fault } else { fault.field(refused.field) }
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Refused::from(invalid).into()
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer(Format::Native)
    }
}

/// The answer to a call of Segment's clients that succeeded.
pub fn segment_success() -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true}))
}

/// The answer to a call of Vero's clients that succeeded.
pub fn vero_success() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": 200, "message": "Success."}))
}

/// Rewrites an answer that is an error in the shape of the format.
pub fn in_family(answer: ServiceResponse<BoxBody>, format: Format) -> ServiceResponse<BoxBody> {
    let Some(error) = answer.response().error() else { return answer };
    let fault = error.as_error::<Fault>().cloned().or_else(|| error.as_error::<AppError>().map(Fault::of));
    let fault = fault
        .unwrap_or_else(|| Fault { status: answer.status(), ..Fault::new(codes::INVALID_REQUEST, error.to_string()) });
    answer.into_response(fault.answer(format))
}
