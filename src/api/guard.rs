//! The guard before every handler of the API: key, format, capability, origin, calls per minute, body. No handler runs unless it passes.

use std::{borrow::Cow, sync::Arc};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderName},
    },
    middleware::{Next, from_fn},
    rt,
    web::{self, Data},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;

use super::{
    Caller, Fault, Intake, Need, Size,
    answer::in_family,
    body::{self, Held},
    cors,
    credentials::{self, NAMES},
    idempotency::{self, Begun},
    limit::Rate,
};
use crate::{
    console::{self, Pattern, observe::CalledWith},
    db::Decided,
    error::AppError,
    keys::{self, Format, Grant, Key, KeyCache, Origin, Secret},
    rejections::codes,
    settings::WorkspaceSettings,
    state::{AppState, data},
    web::pairs::Pairs,
};

impl console::Guard for Need {
    fn before(&self, path: &'static str, route: Route) -> Route {
        let need = *self;
        route.wrap(from_fn(move |request, next| guard(path, need, request, next)))
    }

    /// Some clients append a slash to an address, some `.json`.
    fn spellings(&self, path: &'static str) -> Vec<String> {
        let mut all = vec![path.to_owned(), format!("{path}/")];
        // The value of a placeholder may itself end like that.
        if !path.ends_with('}') {
            all.push(format!("{path}.json"));
        }
        all
    }

    fn options(&self, path: &'static str, methods: &str) -> Option<Route> {
        let methods = methods.to_owned();
        let options = move |request: HttpRequest, state| cors::options(path, methods.clone(), request, state);
        Some(web::method(Method::OPTIONS).to(options))
    }

    fn wrong_method(&self, _request: &HttpRequest) -> HttpResponse {
        Fault::from(AppError::Method).answer(self.format)
    }
}

/// Lets a call through to its handler if its key allows what the route needs, and puts [`Caller`] and the decoded [`Body`](super::Body)
/// into the request. Faults are answered in the shape of the format.
async fn guard(
    route: &'static str,
    need: Need,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(Pattern(route));
    let Some(state) = request.app_data::<Data<AppState>>().cloned() else {
        return Ok(
            request.into_response(Fault::new(codes::UNEXPECTED, "The application has no state.").answer(need.format))
        );
    };
    let origin = match cors::allowed(request.request(), &state).await {
        Ok(origin) => origin,
        Err(error) => return Ok(request.into_response(Fault::from(error).answer(need.format))),
    };
    let mut answer = match admit(need, &mut request, &state).await {
        // The memory of the body is held until the handler is done.
        Ok((_held, Begun::Go(named))) => {
            let answer = in_family(next.call(request).await?, need.format);
            match named {
                Some(named) => idempotency::finish(answer, named, &state).await?,
                None => answer,
            }
        }
        Ok((_, Begun::Answered(answer))) => request.into_response(answer),
        Err(fault) => request.into_response(fault.answer(need.format)),
    };
    show_rate(&mut answer);
    if let Some(origin) = origin {
        cors::open(&mut answer, origin);
    }
    Ok(answer)
}

/// Tells senders how many calls their key has left, so that they need not find out by being refused.
fn show_rate(answer: &mut ServiceResponse<BoxBody>) {
    let Some(rate) = answer.request().extensions().get::<Rate>().copied() else { return };
    for (name, number) in
        [("ratelimit-limit", rate.limit), ("ratelimit-remaining", rate.remaining), ("ratelimit-reset", rate.reset)]
    {
        answer.headers_mut().insert(HeaderName::from_static(name), number.into());
    }
}

/// Checks a call. The key is looked for in the head first, so that no body is read in the native format without a key.
async fn admit(need: Need, request: &mut ServiceRequest, state: &Data<AppState>) -> Result<(Held, Begun), Fault> {
    let now = state.clock.now();
    let intake = data::<Intake>(request.request())?;
    let in_head = key_in_head(request.request());
    let key = match &in_head {
        Some(text) => Some(check(need, text, request.request(), state).await?),
        None if need.format == Format::Native => return Err(missing()),
        None => None,
    };
    let limits = state.config.ingest;
    let cap = match need.size {
        Size::Call => limits.call_bytes,
        Size::Batch => limits.batch_bytes,
    };
    // Bodies without a known key have a small budget of their own, so that they never take memory from senders.
    let (cap, budget) = match key {
        Some(_) => (cap, &intake.bodies),
        None => (cap.min(body::WITHOUT_KEY), &intake.strangers),
    };
    let payload = request.take_payload();
    let (mut body, held) = body::read(payload, request.headers(), cap, budget).await.map_err(|fault| match key {
        None if fault.is(codes::TOO_LARGE) => missing_for_large(),
        _ => fault,
    })?;
    let key = match key {
        Some(key) => key,
        None => {
            let text = credentials::find(&body.0, &NAMES).ok_or_else(missing)?;
            check(need, &text, request.request(), state).await?
        }
    };
    check_query(need, request.request())?;
    let mut caller = Caller::new(key, now, intake.clone());
    let begun = idempotency::begin(request, &mut caller, &body.0, state).await?;
    let settings = WorkspaceSettings::remembered(&state.senders, caller.environment(), now).await?;
    caller.reading = settings.reading(caller.received_at);
    // From here on no stored or shown part of the call may contain the key.
    if let Cow::Owned(cut) = keys::without_secrets(&body.0) {
        body.0 = cut;
    }
    request.extensions_mut().insert(CalledWith(caller.key()));
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(body);
    Ok((held, begun))
}

/// Refuses names that the query of a call does not have, as those of its body are refused, and known ones without a value: a filter that
/// is misspelled or empty would answer with everybody.
fn check_query(need: Need, request: &HttpRequest) -> Result<(), Fault> {
    let Some(known) = need.query else { return Ok(()) };
    let query = Pairs::parse(request.query_string().as_bytes());
    let is_empty = |name: &&str| query.names().any(|sent| sent == *name) && query.get(name).is_empty();
    // Loops over pages begin with an empty cursor.
    if let Some(name) = known.iter().copied().filter(|name| *name != "cursor").find(is_empty) {
        let rule = format!("{name} is empty; give it a value, or leave it out");
        return Err(Fault::new(codes::INVALID_VALUE, rule).field(name));
    }
    let Some(name) = query.names().find(|name| !known.contains(name) && !NAMES.contains(name)) else { return Ok(()) };
    let shown: String = name.chars().take(80).collect();
    let rule = match known {
        [] => format!("{shown:?} is not a parameter of this address; it has none"),
        known => format!("{shown:?} is not a parameter of this address; it has {}", known.join(", ")),
    };
    Err(Fault::new(codes::UNKNOWN_FIELD, rule).field(shown))
}

fn missing_for_large() -> Fault {
    let rule = "A body of more than 512 KB needs its key before it: send that as Authorization: Bearer kith_….";
    Fault::new(codes::MISSING_KEY, rule)
}

fn missing() -> Fault {
    Fault::new(
        codes::MISSING_KEY,
        "This call has no key. Send one that was made for kith, as Authorization: Bearer kith_….",
    )
}

/// The key in the head of a request, by the order of the places; of several, the first that looks like a key of kith.
fn key_in_head(request: &HttpRequest) -> Option<String> {
    let mut given = Vec::new();
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, rest) = sent.trim().split_once(' ').unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        given.push(rest.trim().to_owned());
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = BASE64_STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = pair.unwrap_or_default();
        let (user, password) = pair.split_once(':').unwrap_or((&pair, ""));
        given.extend([user.to_owned(), password.to_owned()]);
    }
    let query = Pairs::parse(request.query_string().as_bytes());
    given.extend(NAMES.map(|name| query.get(name).to_owned()));
    given.retain(|text| !text.is_empty());
    let place = given.iter().position(|text| Secret::is_like(text)).unwrap_or(0);
    given.into_iter().nth(place)
}

/// The key with this secret, if it exists, may do what the route needs, may be used at the origin, and has a call left this minute.
async fn check(need: Need, text: &str, request: &HttpRequest, state: &Data<AppState>) -> Result<Arc<Key>, Fault> {
    let now = state.clock.now();
    let unknown = || {
        Fault::new(
            codes::UNKNOWN_KEY,
            "kith does not know this key. Check that all of it was copied, and to the right server.",
        )
    };
    if !Secret::is_like(text) {
        return Err(unknown());
    }
    let (keys, intake) = (state.db.memory::<KeyCache>(), data::<Intake>(request)?);
    let key = keys.find(&state.senders, text, now).await?.ok_or_else(unknown)?;
    if key.is_revoked {
        return Err(Fault::new(codes::REVOKED_KEY, format!("The key {:?} was revoked. Make a new one.", key.name)));
    }
    check_origin(&key, request)?;
    if !key.formats.contains(&need.format) {
        let rule = format!("The key {:?} may not use the format {}.", key.name, need.format.as_str());
        return Err(Fault::new(codes::FORMAT_NOT_ALLOWED, rule));
    }
    if !key.grant.can(need.capability) {
        let rule = match key.grant {
            Grant::Browser { .. } => format!("{:?} is a key for browsers, which may only write.", key.name),
            Grant::Server(_) => format!("The key {:?} may not {}.", key.name, need.capability.as_str()),
        };
        return Err(Fault::new(codes::NOT_ALLOWED, rule));
    }
    let rate = intake.meter.take(key.id, key.per_minute, now);
    request.extensions_mut().insert(rate);
    if let Some(seconds) = rate.wait {
        let rule = format!("The key {:?} may make {} calls a minute.", key.name, key.per_minute.get());
        return Err(Fault::new(codes::RATE_LIMITED, rule).retry_after(seconds.into()));
    }
    if intake.meter.is_use_due(key.id, now) {
        let (state, id) = (state.clone(), key.id);
        // In the background: the call does not wait.
        rt::spawn(async move {
            if let Err(error) = state.senders.tx(move |conn| keys::used(conn, id, now)).await {
                tracing::debug!(%error, "the use of a key was not noted");
            }
        });
    }
    Ok(key)
}

/// Refuses a key for servers on a page, and a key for browsers on a page of an origin that it is not for.
fn check_origin(key: &Key, request: &HttpRequest) -> Result<(), Fault> {
    let Some(sent) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = sent.to_str().ok().and_then(|text| Origin::new(text).ok());
    match &key.grant {
        Grant::Server(_) => {
            let rule = format!(
                "{:?} is a key for servers and was sent by a browser, where everybody can read it. Revoke it, and make one for browsers.",
                key.name
            );
            Err(Fault::new(codes::SERVER_KEY_IN_BROWSER, rule))
        }
        Grant::Browser { origins, .. } if origin.as_ref().is_some_and(|origin| origins.contains(origin)) => Ok(()),
        Grant::Browser { .. } => {
            let rule = format!("The key {:?} may not be used by pages of this origin.", key.name);
            Err(Fault::new(codes::ORIGIN_NOT_ALLOWED, rule))
        }
    }
}

/// A part of the path, percent-decoded once: actix does not decode `%`, `/` and `+`. Fails with `invalid_value` if it is not UTF-8.
pub fn path_part(request: &HttpRequest, name: &str) -> Result<String, Fault> {
    let sent = request.match_info().get(name).unwrap_or_default();
    let decoded = percent_decode_str(sent).decode_utf8();
    let text = decoded
        .map_err(|_| Fault::new(codes::INVALID_VALUE, format!("{name} in the path is not UTF-8.")).field(name))?;
    Ok(text.into_owned())
}
