//! What sites and apps show to somebody now.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::{profile, reference};
use crate::{
    api::{Caller, Fault, formats::native::in_utc, path_part},
    db::ids::{EnvironmentId, ProfileId},
    message_templates::{self, Known},
    screen_views::{self, ContentKind, Rendered, Shown},
    state::AppState,
    workspaces,
};

/// The screen views whose audience the person is in, by priority, each with the content for them.
pub async fn of_profile(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let (environment, now) = (caller.environment(), caller.received_at);
    let found = state.senders.read(move |conn| {
        let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
        let Some(known) = known(conn, environment, profile, now)? else { return Ok(None) };
        screen_views::shown_to(conn, environment, profile, &known).map(Some)
    });
    let (mut content, mut faults) = (Vec::new(), Vec::new());
    for Shown { view, content: rendered } in found.await?.ok_or_else(profile::missing)? {
        match rendered.and_then(|rendered| value(view.kind, rendered)) {
            Ok(value) => content.push(json!({
                "id": view.id, "name": view.name, "priority": view.priority, "until": view.run.until().map(in_utc),
                "content": value,
            })),
            Err(reason) => faults.push(json!({"id": view.id, "name": view.name, "reason": reason})),
        }
    }
    Ok(HttpResponse::Ok().json(json!({"content": content, "faults": faults})))
}

/// What content can say of somebody; sensitive values, too, since they are the person's own.
fn known(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
    now: chrono::DateTime<chrono::Utc>,
) -> QueryResult<Option<Known>> {
    let Some(workspace) = workspaces::of_environment(conn, environment)? else { return Ok(None) };
    let Some(workspace) = workspaces::by_id(conn, workspace)? else { return Ok(None) };
    let person = message_templates::known(conn, environment, &[profile])?.remove(&profile);
    Ok(person.map(|person| person.with(&workspace, None, None, now)))
}

fn value(kind: ContentKind, rendered: Rendered) -> Result<Value, String> {
    match kind {
        ContentKind::Text => Ok(rendered.text.into()),
        ContentKind::Json => {
            serde_json::from_str(&rendered.text).map_err(|_| "It comes to no JSON for this person.".to_owned())
        }
    }
}
