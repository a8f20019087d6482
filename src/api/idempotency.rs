//! Calls that may be sent again: the header `Idempotency-Key`. The calls are in [`answers`].
//!
//! The first call is stored with the time of its arrival before anything else happens. A repeat is processed with that time: its statements
//! have the same stamps and its events the same ids, so it changes nothing, whether or not the first call completed. Once there is an
//! answer, a repeat gets it; until then it waits for its [turn](super::turns).

use actix_web::{
    HttpResponse,
    body::{self, BoxBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
    web::Data,
};
use sha2::{Digest, Sha256};

use super::{Caller, Fault, credentials::NAMES, turns::Turn};
use crate::{
    db::ids::{EnvironmentId, KeyId, ProfileId},
    keys::answers::{self, Answer},
    rejections::codes,
    state::AppState,
    web::pairs::Pairs,
};

/// Longest name of a call, in characters.
const LONGEST: usize = 255;
/// Largest answer that is kept, in bytes. A repeat of a call with a larger one is processed again.
const LARGEST: usize = 256 << 10;

/// Profile that an answer shows: an erasure takes the answer, too.
#[derive(Clone, Copy)]
pub struct Shows(pub ProfileId);

/// A call that carries an `Idempotency-Key`, while it is its turn.
pub struct Named {
    environment: EnvironmentId,
    key: KeyId,
    name: String,
    _turn: Turn<(KeyId, String)>,
}

/// Whether the call is answered from the store, or is to be processed: with its `Idempotency-Key`, if it has one.
pub enum Begun {
    Answered(HttpResponse),
    Go(Option<Named>),
}

/// Looks for an earlier call with the same `Idempotency-Key`. If it has no answer, `caller` repeats it, with the time of its arrival.
///
/// # Errors
/// - `invalid_value`: the header has not 1 to 255 printable ASCII characters.
/// - `idempotency_key_reused`: the earlier call was another one.
/// - `in_progress`: the earlier call is still being done, for longer than anybody waits.
pub async fn begin(
    request: &ServiceRequest,
    caller: &mut Caller,
    body: &str,
    state: &Data<AppState>,
) -> Result<Begun, Fault> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(name) = request.headers().get("idempotency-key").filter(|_| !reads) else { return Ok(Begun::Go(None)) };
    let name = name.to_str().ok().map(str::trim).filter(|name| !name.is_empty() && name.len() <= LONGEST);
    let Some(name) = name.map(str::to_owned) else {
        let rule = "Idempotency-Key must have 1 to 255 printable ASCII characters.";
        return Err(Fault::new(codes::INVALID_VALUE, rule).field("Idempotency-Key"));
    };
    let Some(turn) = caller.intake.turns.take((caller.key(), name.clone())).await else {
        let fault =
            Fault::new(codes::IN_PROGRESS, "A call with this Idempotency-Key is still being done. Send it again.");
        return Err(fault.field("Idempotency-Key").retry_after(2));
    };
    let digest = digest(request, body);
    let (key, now) = (caller.key(), caller.received_at);
    let (asked, hash) = (name.clone(), digest.clone());
    let stored = state.senders.tx(move |conn| answers::remember(conn, key, &asked, &hash, now)).await?;
    if stored.digest != digest {
        let rule = "This Idempotency-Key was used for another call. Use a new one for each call.";
        return Err(Fault::new(codes::IDEMPOTENCY_KEY_REUSED, rule).field("Idempotency-Key"));
    }
    if let Some(answer) = stored.answer {
        return Ok(Begun::Answered(replay(answer)));
    }
    caller.received_at = stored.received_at;
    caller.is_repeat = stored.is_repeat;
    caller.repeat_as = Some(name.clone());
    Ok(Begun::Go(Some(Named { environment: caller.environment(), key, name, _turn: turn })))
}

/// What tells calls apart: method, path, body, the query without the key that may stand in it, and `If-Match`. Each part follows its
/// length, and those that a call may lack follow their names.
fn digest(request: &ServiceRequest, body: &str) -> Vec<u8> {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    };
    for part in [request.method().as_str(), request.uri().path(), body] {
        add(part.as_bytes());
    }
    let query = Pairs::parse(request.query_string().as_bytes()).without(&NAMES).address("");
    if !query.is_empty() {
        add(b"query");
        add(query.as_bytes());
    }
    for version in request.headers().get_all(header::IF_MATCH) {
        add(b"if-match");
        add(version.as_bytes());
    }
    digest.finalize().to_vec()
}

fn replay(Answer { status, body, etag, .. }: Answer) -> HttpResponse {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((HeaderName::from_static("idempotent-replayed"), "true"));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(etag) = etag {
        answer.insert_header((header::ETAG, etag));
    }
    if body.is_empty() { answer.finish() } else { answer.insert_header((header::CONTENT_TYPE, kind)).body(body) }
}

/// Keeps the answer for repeats, except a server error or `429`, after which another try is worth while.
pub async fn finish(
    answer: ServiceResponse<BoxBody>,
    named: Named,
    state: &Data<AppState>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let status = answer.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Ok(answer);
    }
    let (request, response) = answer.into_parts();
    let (response, sent) = response.into_parts();
    let bytes = body::to_bytes(sent).await.map_err(actix_web::error::ErrorInternalServerError)?;
    if let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= LARGEST).map(str::to_owned) {
        let profile = response.extensions().get::<Shows>().map(|shows| shows.0);
        let etag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let answer = Answer { status: i16::try_from(status.as_u16()).unwrap_or(500), body: text, etag, profile };
        let kept =
            state.senders.tx(move |conn| answers::keep(conn, named.environment, named.key, &named.name, &answer));
        // The call is done; without its answer a repeat of it is done again, and changes nothing.
        if let Err(error) = kept.await {
            error.log();
        }
    }
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(bytes))))
}
