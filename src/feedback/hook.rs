//! The address that providers call.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use serde_json::json;

use super::{
    Call, Certificates, Kept, Refused,
    formats::{self, Keys, Said, mail},
    keep::keep,
    store,
};
use crate::{
    config::Config,
    db::ids::SendingAccountId,
    error::AppError,
    sending_accounts::{
        FeedbackFormat, Vault,
        feedback::{self, Hook},
    },
    state::AppState,
    subscriptions::Medium,
    web::{
        Visits, client_address,
        inbound::{self, Broken},
        outbound::Reach,
        pairs::Pairs,
    },
};

/// Largest body, in bytes.
const LARGEST: usize = 1 << 20;

/// Calls for one account in ten minutes: a hundred a second, since some providers make a call for each event.
const OF_ACCOUNT: u32 = 60_000;

/// What all calls share.
pub struct Hooks {
    visits: Visits,
    /// Certificates of Amazon.
    pub certificates: Certificates,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { visits: Visits::new(OF_ACCOUNT), certificates: Certificates::default() }
    }
}

/// Takes a call. It is answered with 200 once all is stored, so that the provider sends it again otherwise.
pub async fn receive(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    hooks: Data<Hooks>,
) -> Result<HttpResponse, AppError> {
    let now = state.clock.now();
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let (account, secret) = (part("account").parse::<SendingAccountId>().ok(), part("secret").to_owned());
    let hook = match account {
        Some(id) => state.senders.read(move |conn| store::open(conn, id, &secret)).await?,
        None => None,
    };
    let Some(hook) = hook else {
        hooks.visits.count_broken(client_address(&request, &state.config.server.proxies), now)?;
        return Err(AppError::NotFound);
    };
    hooks.visits.count(&hook.account.to_string(), now)?;
    let body = match inbound::whole(payload.into_inner(), LARGEST).await {
        Ok(Some(body)) => body,
        Ok(None) => return Ok(Refused::TooLarge.answer()),
        Err(Broken::Slow) => return Err(AppError::TooLate),
        Err(Broken::Off) => return Ok(Refused::Body("Only part of the body arrived.".to_owned()).answer()),
    };
    let address = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let call = Call {
        headers: request.headers().clone(),
        body,
        address: format!("{}{address}", state.config.server.site.origin()),
        message: Pairs::parse(request.query_string().as_bytes()).get("message").to_owned(),
        now,
    };
    let (known, config) = (hook.clone(), state.clone());
    // Not with a connection to the database: a certificate may have to be fetched.
    let said = web::block(move || read(&known, &call, &hooks.certificates, &config.config)).await;
    match said.map_err(|error| AppError::Unexpected(error.into()))? {
        Ok(said) => {
            let kept = state.senders.tx(move |conn| note(conn, &hook, &said, now)).await?;
            let Kept { new, known, unknown, is_early } = kept;
            // The provider was faster than the message's own step: it sends again what is not answered with 200.
            let mut answer = if is_early { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
            Ok(answer.json(json!({ "stored": new, "known": known, "unknown": unknown })))
        }
        Err(refused) => {
            tracing::warn!(account = %hook.account, why = refused.kind(), "what a provider tells was refused");
            Ok(refused.answer())
        }
    }
}

fn read(hook: &Hook, call: &Call, certificates: &Certificates, config: &Config) -> Result<Said, Refused> {
    let is_unsigned = matches!(hook.format, FeedbackFormat::Kith | FeedbackFormat::Postmark);
    if hook.channel == Medium::Email && is_unsigned && call.is_mail() {
        return mail::read(&call.body).map(Said::Reports);
    }
    let key = hook.key.as_ref().map(|sealed| Vault::reveal(config, hook.account, sealed)).transpose();
    let key = key.map_err(|locked| Refused::Unchecked(locked.to_string()))?;
    formats::read(hook.format, call, Keys { key: key.as_ref(), certificates, reach: Reach::of(config) })
}

fn note(
    conn: &mut diesel::PgConnection,
    hook: &Hook,
    said: &Said,
    now: chrono::DateTime<chrono::Utc>,
) -> diesel::QueryResult<Kept> {
    match said {
        Said::Confirm(address) => {
            feedback::note_confirm(conn, hook, Some(address))?;
            Ok(Kept::default())
        }
        Said::Reports(reports) => {
            if hook.confirm.is_some() {
                // Amazon sends nothing before it was confirmed.
                feedback::note_confirm(conn, hook, None)?;
            }
            keep(conn, hook, reports, now)
        }
    }
}
