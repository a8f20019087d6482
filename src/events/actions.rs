//! What the catalogue of events changes.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use serde_json::json;

use super::{
    EventKind, definitions,
    form::{EventForm, KeepForm, NewForm},
    pages, retention, show, store,
};
use crate::{
    auth,
    console::Shell,
    db::ids::DefinitionId,
    error::AppError,
    state::AppState,
    web::{FormData, PathId, Query, respond::see_other_saying, words::counted},
};

pub async fn create(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let again =
        async |shell, form| pages::list(&state, shell, &Query::default(), form, StatusCode::UNPROCESSABLE_ENTITY).await;
    let name = match NewForm::parse(&sent) {
        Ok(name) => name,
        Err(form) => return again(shell, *form).await,
    };
    let (environment, now, wanted) = (shell.scope.environment, state.clock.now(), name.clone());
    let made = state.db.work(move |db| {
        if db.read_now(|conn| store::is_known(conn, environment, wanted.as_str()))? {
            return Ok(None);
        }
        let made = definitions::ensure(db, environment, &BTreeSet::from([(EventKind::Event, &wanted)]), now)?;
        Ok(made.into_values().next().map(|(id, _)| id))
    });
    let Some(id) = made.await? else {
        let problem = format!("There is an event {} already.", name.as_str());
        return again(shell, NewForm::new(sent.raw("name"), Some(problem))).await;
    };
    let event = shell.scope.path(&format!("events/{id}"));
    Ok(see_other_saying(&event, &format!("Event {} added. Say below how it is shown.", name.as_str())))
}

pub async fn update(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (environment, id) = (shell.scope.environment, DefinitionId::from_path(&request)?);
    let decided = match EventForm::parse(&sent) {
        Ok(decided) => decided,
        Err(form) => return show::one(&state, shell, id, Some(form)).await,
    };
    let is_activity = decided.is_activity;
    let before = state.db.tx(move |conn| store::update(conn, environment, id, &decided)).await?;
    let was_activity = before.ok_or(AppError::NotFound)?;
    definitions::forget(&state.db, environment);
    let message = match (was_activity, is_activity) {
        (false, true) => {
            "Saved. Events that arrive from now on count as activity; when people were last seen is not worked out again."
        }
        (true, false) => {
            "Saved. Events that arrive from now on do not count as activity; when people were last seen is not worked out again."
        }
        _ => "Saved.",
    };
    Ok(see_other_saying(&shell.scope.path(&format!("events/{id}")), message))
}

pub async fn keep(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (environment, id) = (shell.scope.environment, DefinitionId::from_path(&request)?);
    let days = match KeepForm::parse(sent.get("days")) {
        Ok(days) => days,
        Err(form) => return show::confirm(&state, shell, id, Err(*form)).await,
    };
    let (operator, now) = (shell.scope.operator.id, state.clock.now());
    let set = state.db.tx(move |conn| {
        let is_set = store::set_kept(conn, environment, id, days)?;
        if is_set {
            let detail = json!({ "environment": environment, "event": id, "days": days });
            auth::audit(conn, Some(operator), "event retention changed", detail, now)?;
        }
        Ok(is_set)
    });
    if !set.await? {
        return Err(AppError::NotFound);
    }
    let message = match days {
        None => "Events are kept for good from now on.".to_owned(),
        Some(days) => {
            retention::sweep_soon(&state.db);
            let days = counted(days.into(), "day", "days");
            format!("Events are kept for {days} from now on. Older ones are being removed.")
        }
    };
    Ok(see_other_saying(&shell.scope.path(&format!("events/{id}")), &message))
}
