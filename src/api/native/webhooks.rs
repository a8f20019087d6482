//! Webhooks.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{
        Body, Caller, Fault,
        formats::native::{WebhookSaid, in_utc},
        path_part,
    },
    auth::{Actor, Place},
    db::ids::{WebhookId, WebhookKey, new_id},
    outputs::{
        MOST, OffCause, Secret, Segments, Switch, Webhook,
        store::{self, Added, Author},
    },
    rejections::codes,
    state::AppState,
    web::outbound::Reach,
};

fn missing() -> Fault {
    Fault::new(codes::NOT_FOUND, "There is no such webhook.")
}

/// The webhook in the address.
fn key(caller: &Caller, request: &HttpRequest) -> Result<WebhookKey, Fault> {
    let webhook = path_part(request, "webhook")?.parse().map_err(|_| missing())?;
    Ok(WebhookKey { environment: caller.environment(), webhook })
}

/// The key of the call, for the audit log.
fn author(caller: &Caller) -> Author {
    let actor = Actor::command_line(Place::Environment(caller.environment()));
    Author { actor, key: Some(caller.name().to_owned()), at: caller.received_at }
}

fn shown(webhook: &Webhook) -> Value {
    let (cause, failing) = match webhook.switch {
        Switch::On { failing_since } => (None, failing_since),
        Switch::Off(cause) => (cause, None),
    };
    let segments = match &webhook.draft.segments {
        Segments::All => None,
        Segments::Only(ids) => Some(ids),
    };
    json!({
        "id": webhook.id, "name": webhook.name(), "url": webhook.draft.endpoint.as_str(),
        "happenings": webhook.draft.kinds.words(), "segments": segments, "on": webhook.is_on(),
        "off_cause": cause.map(OffCause::as_str), "failing_since": failing.map(in_utc),
        "created_at": in_utc(webhook.created_at),
    })
}

/// All of the environment, by name.
pub async fn list(state: Data<AppState>, caller: Caller) -> Result<HttpResponse, Fault> {
    let environment = caller.environment();
    let found = state.senders.read(move |conn| store::list(conn, environment)).await?;
    let webhooks: Vec<Value> = found.iter().map(|listed| shown(&listed.webhook)).collect();
    Ok(HttpResponse::Ok().json(json!({"webhooks": webhooks})))
}

/// One of them.
pub async fn show(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let key = key(&caller, &request)?;
    let found = state.senders.read(move |conn| store::find(conn, key)).await?;
    Ok(HttpResponse::Ok().json(shown(&found.ok_or_else(missing)?)))
}

/// Makes one, and answers with its secret, too. A repeat under the same `Idempotency-Key` makes no second one.
pub async fn create(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let said = WebhookSaid::read(&body.0, Reach::of(&state.config))?;
    let draft = said.made()?;
    let id = match &caller.repeat_as {
        Some(name) => Uuid::new_v5(&caller.key().0, name.as_bytes()),
        None => new_id(caller.received_at),
    };
    let key = WebhookKey { environment: caller.environment(), webhook: WebhookId(id) };
    let (by, secret) = (author(&caller), said.secret.unwrap_or_else(Secret::random));
    let is_off = said.is_on == Some(false);
    let made = state.senders.tx(move |conn| {
        let added = store::add(conn, key, &draft, &secret, &by)?;
        if added == Added::New && is_off {
            store::turn(conn, key, false, &by)?;
        }
        Ok((added, store::find(conn, key)?))
    });
    match made.await? {
        (Added::Full, _) => {
            let rule = format!("There are {MOST} webhooks already, which is the limit. Delete one first.");
            Err(Fault::new(codes::LIMIT_REACHED, rule))
        }
        (_, made) => {
            let made = made.ok_or_else(missing)?;
            let mut answer = shown(&made);
            answer["secret"] = made.secrets.current.text().into();
            Ok(HttpResponse::Created().json(answer))
        }
    }
}

/// Changes what is said; the rest stays.
pub async fn change(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let said = WebhookSaid::read(&body.0, Reach::of(&state.config))?;
    let (key, by) = (key(&caller, &request)?, author(&caller));
    let changed = state.senders.tx(move |conn| {
        let Some(known) = store::find(conn, key)? else { return Ok(None) };
        let draft = said.changed(&known.draft);
        if draft != known.draft {
            store::change(conn, key, &draft, &by)?;
        }
        if let Some(secret) = said.secret.as_ref().filter(|secret| **secret != known.secrets.current) {
            store::rotate(conn, key, secret, &by)?;
        }
        if let Some(is_on) = said.is_on {
            store::turn(conn, key, is_on, &by)?;
        }
        store::find(conn, key)
    });
    Ok(HttpResponse::Ok().json(shown(&changed.await?.ok_or_else(missing)?)))
}

/// Deletes one. A repeat of a call that did so finds none, and is answered as that call.
pub async fn delete(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let (key, by) = (key(&caller, &request)?, author(&caller));
    let deleted = state.senders.tx(move |conn| store::delete(conn, key, &by)).await?;
    if deleted.is_none() && !caller.is_repeat {
        return Err(missing());
    }
    Ok(HttpResponse::Ok().json(json!({})))
}
