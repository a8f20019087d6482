//! An error in a workspace keeps the navigation of that workspace around it, for whoever may see it.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use askama::Template;

use super::{Scope, Section, Shell};
use crate::{
    auth::{Session, sessions},
    error::AppError,
    state::{self, AppState},
    web::{Name, Told, respond::Flash},
    workspaces::EnvironmentKind,
};

#[derive(Template)]
#[template(path = "console/error.html")]
struct SurroundedError {
    shell: Shell,
    told: Told,
}

/// Wraps all routes, and what has none.
pub async fn layer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = next.call(request).await?.map_into_boxed_body();
    let error = answer.response().error().and_then(|error| error.as_error::<AppError>());
    let Some(told) = error.filter(|error| is_surrounded(error)).map(Told::new) else { return Ok(answer) };
    let Some(shell) = shell(answer.request()).await else { return Ok(answer) };
    Ok(match (SurroundedError { shell, told }).render() {
        Ok(html) => answer.map_body(|_, _| BoxBody::new(html)),
        Err(_) => answer,
    })
}

/// Whether somebody is asked for. Without a database nobody can be.
fn is_surrounded(error: &AppError) -> bool {
    !matches!(
        error,
        AppError::SeeOther { .. }
            | AppError::OtherHost(_)
            | AppError::Unavailable(_)
            | AppError::Busy(_)
            | AppError::Failing(_)
    )
}

/// The shell of the workspace in the address, for a member of it who is signed in. One SQL statement, if there is a session cookie.
async fn shell(request: &HttpRequest) -> Option<Shell> {
    let state = state::data::<AppState>(request).ok()?;
    let token = state.jar().read(request, Name::Session)?;
    let mut parts = request.path().split('/').skip(1);
    let slug = parts.next()?.to_owned();
    // An environment that is none is a mistyped address in the workspace.
    let kind = parts.next()?.parse().unwrap_or(EnvironmentKind::Live);
    let (hash, limits, now) = (sessions::token_hash(&token), state.config.sessions, state.clock.now());
    let session = state.db.read(move |conn| Session::find(conn, &hash, kind, limits, now)).await.ok()??;
    let scope = Scope::of(&session, &slug, kind)?;
    let flash = request.extensions().get::<Flash>().cloned();
    Some(Shell { scope, csrf: session.csrf, flash, section: Section::of(request.path()), has_unsent: false })
}
