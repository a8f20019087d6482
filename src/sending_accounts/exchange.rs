//! One call over HTTP, and what its answer means for a message.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use ureq::{
    Agent,
    http::{Request, header},
};

use super::{HandedOver, connection::Conversation};
use crate::web::outbound::{self, Reach};

/// Time for all of an attempt.
const WITHIN: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read.
const READ: u64 = 16 * 1024;

/// What makes calls, one at a time.
#[derive(Debug)]
pub struct Exchange {
    agent: Agent,
    has_left: Arc<AtomicBool>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: &'static str,
    pub address: String,
    /// The address as it may be shown.
    pub shown: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// An answer that takes the message: its status, and its beginning.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Exchange {
    pub fn new(reach: Reach) -> Self {
        let has_left = Arc::new(AtomicBool::new(false));
        Self { agent: outbound::watched(reach, WITHIN, has_left.clone()), has_left }
    }

    /// Calls. An answer that does not take the message is what comes of it.
    pub fn call(&self, call: &Call, now: DateTime<Utc>, talk: &mut Conversation) -> Result<Answer, HandedOver> {
        talk.said(&format!("{} {}", call.method, call.shown));
        let mut request = Request::builder().method(call.method).uri(&call.address);
        for (name, value) in &call.headers {
            talk.said(&format!("{name}: {value}"));
            request = request.header(name, value);
        }
        talk.said("");
        talk.said(&call.body);
        let request = request.body(call.body.as_str()).map_err(|_| {
            let words = "The address or a header cannot be written: check the secret and the headers.".to_owned();
            talk.noted(&words);
            HandedOver::of_account(None, words)
        })?;
        self.has_left.store(false, Ordering::SeqCst);
        let mut answer = match self.agent.run(request) {
            Ok(answer) => answer,
            Err(error) => {
                let words = outbound::words(&error, WITHIN);
                talk.noted(&words);
                let words = talk.shown(&words);
                return Err(match self.has_left.load(Ordering::SeqCst) {
                    true => HandedOver::Unknown { words },
                    false => HandedOver::of_account(None, words),
                });
            }
        };
        let (status, wait) = (answer.status().as_u16(), outbound::retry_after(&answer, now));
        talk.heard(&format!("HTTP {}", answer.status()));
        for name in [header::CONTENT_TYPE, header::RETRY_AFTER] {
            if let Some(value) = answer.headers().get(&name).and_then(|value| value.to_str().ok()) {
                talk.heard(&format!("{name}: {value}"));
            }
        }
        let body = outbound::beginning(&mut answer, READ);
        talk.heard("");
        talk.heard(&body);
        if (200..300).contains(&status) {
            return Ok(Answer { status, body });
        }
        let words = if body.is_empty() { format!("The answer is {}.", answer.status()) } else { body };
        let (code, words) = (Some(status.to_string()), talk.shown(&words));
        Err(match status {
            401 | 403 | 407 => HandedOver::of_account(code, format!("The provider does not let kith in: {words}")),
            300..=399 => HandedOver::of_account(
                code,
                "The address leads to another one. Enter the one that it leads to.".to_owned(),
            ),
            408 | 425 | 429 | 500.. => HandedOver::Later { code, words, wait, is_of_account: false },
            _ => HandedOver::Refused { code, words },
        })
    }
}
