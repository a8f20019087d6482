//! Messages to people: asks for them, tells what became of them, and cancels them.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{etag, lists::limit, profile, reference};
use crate::{
    api::{
        Body, Caller, Fault,
        formats::native::{MessageSaid, TemplateNamed, Wanted, in_utc},
        path_part,
    },
    db::{
        ids::{EnvironmentId, MessageId, MessageKey, ProfileKey, SendingAccountId, WorkspaceId, new_id},
        keyset::Seek,
    },
    merges,
    message_templates::{self, Template},
    messages::{self, Asked, Asks, Cancelled, Content, Draft, Message, Row, Status, Step},
    rejections::codes,
    sending_accounts,
    state::AppState,
    subscriptions::{Medium, Topic},
    web::pairs::Pairs,
    workspaces,
};

fn missing() -> Fault {
    Fault::new(codes::NOT_FOUND, "There is no such message.")
}

/// Asks for a message to the person in the address: the first of those named that may be sent. A repeat under the same `Idempotency-Key` is
/// the same message.
pub async fn send(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let said = MessageSaid::read(&body.0)?;
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let caller = etag::held(&state, caller, &request, &person).await?;
    let (environment, now) = (caller.environment(), caller.received_at);
    let group = match &caller.repeat_as {
        Some(name) => Uuid::new_v5(&caller.key().0, name.as_bytes()),
        None => new_id(now),
    };
    let asked = Asked { environment, by: caller.source(), group, at: now };
    let db = state.senders.clone();
    let done = state.senders.tx(move |conn| {
        let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(Err(profile::missing())) };
        let drafts = match drafts(conn, environment, &said, asked)? {
            Ok(drafts) => drafts,
            Err(fault) => return Ok(Err(fault)),
        };
        let id = match messages::of_group(conn, environment, group)? {
            Some(asked_before) => asked_before,
            None => {
                let id = MessageId(new_id(now));
                let place = messages::first_that_may(&db, conn, asked, &drafts, profile)?.unwrap_or(0);
                messages::ask(&db, conn, asked, &drafts[place], &[(id, profile)])?;
                id
            }
        };
        Ok(messages::find(conn, environment, id)?.ok_or_else(missing))
    });
    Ok(HttpResponse::Accepted().json(shown(&done.await??)))
}

/// The messages that a call names, in its order, each with its account.
fn drafts(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    said: &MessageSaid,
    asked: Asked,
) -> QueryResult<Result<Vec<Draft>, Fault>> {
    let Some(workspace) = workspaces::of_environment(conn, environment)? else { return Ok(Err(missing())) };
    let due_at = said.send_at.unwrap_or(asked.at).max(asked.at);
    let draft = |channel, account, kind, topic, content, name| Draft {
        channel,
        account,
        kind,
        topic,
        content,
        name,
        event: said.event.clone(),
        due_at,
        unasked: None,
        is_confirmation: false,
    };
    let mut drafts = Vec::new();
    match &said.wanted {
        Wanted::Templates(named) => {
            for named in named {
                let template = match template(conn, workspace, named)? {
                    Ok(template) => template,
                    Err(fault) => return Ok(Err(fault)),
                };
                let Some(account) = account(conn, workspace, template.channel, said)? else { continue };
                let content = Content::Template { id: template.id, version: template.version };
                let name = template.name.as_str().to_owned();
                drafts.push(draft(template.channel, account, template.kind, template.topic, content, name));
            }
        }
        Wanted::Own { channels, words, kind, topic } => {
            let name = messages::beginning(if words.subject.is_empty() { &words.text } else { &words.subject });
            for channel in channels {
                let Some(account) = account(conn, workspace, *channel, said)? else { continue };
                let content = Content::Own(words.clone());
                drafts.push(draft(*channel, account, *kind, topic.clone(), content, name.clone()));
            }
        }
    }
    if drafts.is_empty() {
        let rule = "No sending account of this channel is on. An admin sets one up at the console.";
        return Ok(Err(Fault::new(codes::INVALID_VALUE, rule).field("channel")));
    }
    Ok(Ok(drafts))
}

fn account(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    channel: Medium,
    said: &MessageSaid,
) -> QueryResult<Option<SendingAccountId>> {
    let found = sending_accounts::store::find_for(conn, workspace, channel, said.account)?;
    Ok(found.filter(|account| account.is_on).map(|account| account.id))
}

fn template(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    named: &TemplateNamed,
) -> QueryResult<Result<Template, Fault>> {
    let found = match named {
        TemplateNamed::Id(id) => message_templates::store::find(conn, workspace, *id)?,
        TemplateNamed::Name(name) => {
            let all = message_templates::store::list(conn, workspace, None)?;
            match message_templates::store::named(&all, name) {
                Some(listed) => message_templates::store::find(conn, workspace, listed.id)?,
                None => None,
            }
        }
    };
    let fault = || Fault::new(codes::NOT_FOUND, "There is no such template.").field("template");
    Ok(found.filter(|template| template.archived_at.is_none()).ok_or_else(fault))
}

/// A message and all that became of it.
pub async fn show(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let (environment, id) = (caller.environment(), asked(&request)?);
    let found = state.senders.read(move |conn| messages::find(conn, environment, id)).await?;
    Ok(HttpResponse::Ok().json(shown(&found.ok_or_else(missing)?)))
}

fn asked(request: &HttpRequest) -> Result<MessageId, Fault> {
    path_part(request, "message")?.parse().map_err(|_| missing())
}

/// Messages to a person, the newest first.
pub async fn of_profile(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let query = Pairs::parse(request.query_string().as_bytes());
    let (size, environment) = (limit(&query)?, caller.environment());
    let way = match query.get("cursor") {
        "" => Seek::Start,
        text => Seek::After(text.strip_prefix('m').and_then(|id| id.parse().ok()).ok_or_else(|| {
            let rule = "cursor must be the next_cursor of the page before, of the same list";
            Fault::new(codes::INVALID_VALUE, rule).field("cursor")
        })?),
    };
    let found = state
        .senders
        .read(move |conn| {
            let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
            let parts = merges::store::parts(conn, ProfileKey { environment, profile })?;
            let people = std::iter::once(profile).chain(parts).collect();
            messages::page(conn, environment, &Asks { people: Some(people), ..Asks::default() }, way, size).map(Some)
        })
        .await?;
    let found = found.ok_or_else(profile::missing)?;
    let next = found.rows.last().filter(|_| found.has_next).map(|row| format!("m{}", row.id));
    let rows: Vec<Value> = found.rows.iter().map(listed).collect();
    Ok(HttpResponse::Ok().json(json!({"messages": rows, "next_cursor": next})))
}

/// Cancels a message that waits.
pub async fn cancel(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let (environment, id, now) = (caller.environment(), asked(&request)?, caller.received_at);
    let words = format!("Cancelled by the API key {}.", caller.name());
    let done = state.senders.tx(move |conn| {
        let Some(message) = messages::find(conn, environment, id)? else { return Ok(Err(missing())) };
        let key = MessageKey { environment, profile: message.profile, message: id };
        let cancelled = messages::cancel(conn, key, &words, now)?;
        if cancelled == Cancelled::TooLate && message.status != Status::Cancelled {
            return Ok(Err(Fault::new(codes::NOT_WAITING, codes::NOT_WAITING.meaning())));
        }
        Ok(messages::find(conn, environment, id)?.ok_or_else(missing))
    });
    Ok(HttpResponse::Ok().json(shown(&done.await??)))
}

fn listed(row: &Row) -> Value {
    json!({
        "id": row.id, "profile": row.profile, "channel": row.channel.as_str(), "kind": row.kind.as_str(), "name": row.name,
        "status": row.status.as_str(), "asked_at": in_utc(row.asked_at), "send_at": in_utc(row.due_at),
        "changed_at": in_utc(row.changed_at), "attempts": row.attempts, "activities": row.activities,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "status": step.status.as_str(), "at": in_utc(step.at), "attempt": step.attempt, "code": step.code, "words": step.words,
        "link": step.link, "machine": step.is_machine,
    })
}

fn shown(message: &Message) -> Value {
    let template = match &message.content {
        Some(Content::Template { id, version }) => Some(json!({"id": id, "version": version})),
        _ => None,
    };
    json!({
        "id": message.id, "profile": message.profile, "channel": message.channel.as_str(), "kind": message.kind.as_str(),
        "topic": message.topic.as_ref().map(Topic::as_str), "account": message.account, "template": template,
        "name": message.name, "status": message.status.as_str(), "asked_at": in_utc(message.asked_at),
        "send_at": in_utc(message.due_at), "changed_at": in_utc(message.changed_at), "attempts": message.attempts,
        "address": message.address, "language": message.language, "sent": message.sent_text,
        "provider_id": message.provider_id, "verdict": message.verdict,
        "steps": message.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
