//! What operators change about themselves.

use actix_web::{HttpRequest, web::Data};
use chrono_tz::Tz;
use serde_json::json;

use super::{newcomer, page};
use crate::{
    auth::{
        Action, Session, Throttle, Tries,
        audit::{self, Denied, To},
        known_browser::{self, KnownBrowser},
        operators, password,
    },
    console::OwnRequest,
    db::Db,
    error::AppError,
    ledger,
    web::{Answer, FormData, Name, form::Problems, respond::see_other_saying, time},
};

/// Sets name and time zone.
pub async fn update(request: OwnRequest, sent: FormData) -> Result<Answer, AppError> {
    let db = request.state.db.clone();
    let update = move |db: &Db| {
        let mut problems = Problems::default();
        let name = newcomer::parse_name(&sent, &mut problems);
        let typed = sent.get("zone");
        let zone = if typed.is_empty() { Some(Tz::UTC) } else { time::zone(typed) };
        if zone.is_none() {
            problems.add("zone", "This time zone is not known. Choose one from the list, such as Europe/Zurich.");
        }
        let (Some(name), Some(zone)) = (name, zone) else {
            let typed = (sent.raw("name"), typed);
            return db.snapshot_now(|conn| page::account(&request, conn, typed, problems.clone()));
        };
        let (operator, now) = (&request.session.operator, request.now.at);
        db.tx_now(|conn| operators::set_own(conn, operator, &name, zone, &request.actor(), now))?;
        ledger::forget_names(db);
        let done = match (operator.name != name.as_str(), operator.zone != zone) {
            (true, true) => "Name and time zone saved.",
            (true, false) => "Name saved.",
            (false, true) => "Time zone saved.",
            (false, false) => "Nothing changed.",
        };
        Ok(see_other_saying("/account", done))
    };
    db.work(update).await
}

/// Sets a new password, for whoever knows the present one.
pub async fn set_password(
    http: HttpRequest,
    request: OwnRequest,
    throttle: Data<Throttle>,
    sent: FormData,
) -> Result<Answer, AppError> {
    let (state, operator, now) = (request.state.clone(), request.session.operator.clone(), request.now.at);
    let mut problems = Problems::default();
    if !knows_password(&http, &request, &throttle, sent.raw("present")).await? {
        problems.add("present", "This is not your current password. Type it again.");
    }
    let chosen = newcomer::parse_password(&sent, &[&operator.name, &operator.email], &mut problems);
    let Some(chosen) = chosen.filter(|_| problems.is_empty()) else {
        return Ok(page::password_again(&request, problems));
    };
    let hash = newcomer::hash(&throttle, chosen).await?;
    let (by, this, browser) = (request.actor(), request.session.token_hash, KnownBrowser::of(&http, state.jar()));
    let browser = browser.unwrap_or_else(KnownBrowser::random);
    let set = state.db.tx(move |conn| {
        operators::set_password(conn, operator.id, &hash, Some(&this), &by, now)?;
        let key = known_browser::ensure_key(conn, now)?;
        Ok(key.map(|key| browser.clone().signed_in(&key, operator.id, &hash)))
    });
    let known = set.await?;
    let done = see_other_saying("/account", "Password changed. You are signed out everywhere else.");
    Ok(known.into_iter().fold(done, |done, known| done.with_cookie(state.jar().keep(Name::Browser, known))))
}

/// Whether this is the password of whoever is signed in. Attempts are counted as at the sign-in, refusals are audited.
async fn knows_password(
    http: &HttpRequest,
    request: &OwnRequest,
    throttle: &Throttle,
    given: &str,
) -> Result<bool, AppError> {
    let (state, id, given) = (&request.state, request.session.operator.id, given.to_owned());
    let attempt = throttle.attempt(Tries::Known(&format!("{id} own password")), request.now.at)?;
    let hash = state.db.read(move |conn| operators::password_hash(conn, id)).await?.ok_or(AppError::NotFound)?;
    let _leave = throttle.hashing().await?;
    let fits = actix_web::web::block(move || password::verify(&given, &hash)).await.unwrap_or(false);
    if fits {
        throttle.succeeded(&attempt);
    } else {
        audit::note(state, http, To::Operator(id), Denied::Password);
    }
    Ok(fits)
}

/// Ends one of the operator's sessions.
pub async fn end_session(request: OwnRequest, sent: FormData) -> Result<Answer, AppError> {
    let (by, state, named) = (request.actor(), request.state, sent.get("session").to_owned());
    let (id, limits, now) = (request.session.operator.id, state.config.sessions, request.now.at);
    let ended = state.db.tx(move |conn| {
        let sessions = Session::of(conn, id, limits, now)?;
        let Some(session) = sessions.into_iter().find(|session| session.label() == named) else { return Ok(0) };
        audit::audit(conn, &by, Action::SignedOutElsewhere, json!({ "sessions": 1 }), now)?;
        session.end(conn)
    });
    let done = if ended.await? == 0 { "That browser was already signed out." } else { "That browser is signed out." };
    Ok(see_other_saying("/account", done))
}

/// Ends all sessions of the operator but this one.
pub async fn end_others(request: OwnRequest) -> Result<Answer, AppError> {
    let (by, state, session, now) = (request.actor(), request.state, request.session, request.now.at);
    let ended = state.db.tx(move |conn| {
        let ended = Session::end_others(conn, session.operator.id, &session.token_hash)?;
        if ended > 0 {
            audit::audit(conn, &by, Action::SignedOutElsewhere, json!({ "sessions": ended }), now)?;
        }
        Ok(ended)
    });
    let done =
        if ended.await? == 0 { "You were not signed in anywhere else." } else { "You are signed out everywhere else." };
    Ok(see_other_saying("/account", done))
}
