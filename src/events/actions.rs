//! Changes the catalogue of events.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde_json::json;

use super::{
    EventKind, definitions, fill,
    form::{EventForm, KeepForm, NewForm},
    pages, retention, show, store,
};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::DefinitionId,
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying, words::counted},
};

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let name = match NewForm::parse(sent) {
        Ok(name) => name,
        Err(form) => return Ok(pages::new_again(request, *form)),
    };
    let (environment, db) = (request.scope().environment, &request.state.db);
    if db.read_now(|conn| store::is_known(conn, environment, name.as_str()))? {
        let problem = format!("The event {} already exists.", name.as_str());
        return Ok(pages::new_again(request, NewForm::new(sent.raw("name"), Some(problem))));
    }
    let wanted = BTreeSet::from([(EventKind::Event, &name)]);
    let made = definitions::ensure(db, environment, &wanted, request.now.at)?;
    let id = made.into_values().next().ok_or(AppError::NotFound)?.id;
    let detail = json!({ "event": id, "name": name.as_str() });
    db.tx_now(|conn| auth::audit(conn, &request.actor(), Action::EventMade, detail.clone(), request.now.at))?;
    let event = request.scope().path(&format!("events/{id}"));
    Ok(see_other_saying(&event, &format!("Event {} created. Choose below how it is shown.", name.as_str())))
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (environment, id): (_, DefinitionId) = (request.scope().environment, request.id()?);
    let decided = match EventForm::parse(sent) {
        Ok(decided) => decided,
        Err(form) => {
            return request
                .read(|conn| show::one(request, conn, StatusCode::UNPROCESSABLE_ENTITY, Some((*form).clone())));
        }
    };
    let before = request.state.db.tx_now(|conn| {
        let before = store::update(conn, environment, id, &decided)?;
        if let Some(before) = &before {
            let detail = json!({ "event": id, "name": before.name });
            auth::audit(conn, &request.actor(), Action::EventChanged, detail, request.now.at)?;
            if before.lookup_keys != decided.lookup_keys {
                fill::begin(conn, id, request.now.at)?;
            }
        }
        Ok(before)
    })?;
    let before = before.ok_or(AppError::NotFound)?;
    definitions::forget(&request.state.db, environment);
    let message = match (before.is_activity, decided.is_activity) {
        (false, true) => {
            "Event saved. Events that arrive from now on count as activity. “Last seen” is not recalculated."
        }
        (true, false) => {
            "Event saved. Events that arrive from now on do not count as activity. “Last seen” is not recalculated."
        }
        _ if before.lookup_keys != decided.lookup_keys => {
            "Event saved. The search box finds events that arrive from now on; older ones are being added."
        }
        _ => "Saved.",
    };
    Ok(see_other_saying(&request.scope().path(&format!("events/{id}")), message))
}

pub fn keep(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (environment, id): (_, DefinitionId) = (request.scope().environment, request.id()?);
    let days = match KeepForm::parse(sent.get("days")) {
        Ok(days) => days,
        Err(form) => return request.read(|conn| show::confirm(request, conn, Err((*form).clone()))),
    };
    let is_set = request.state.db.tx_now(|conn| {
        let name = store::set_kept(conn, environment, id, days)?;
        if let Some(name) = &name {
            let detail = json!({ "event": id, "name": name, "days": days });
            auth::audit(conn, &request.actor(), Action::EventRetentionChanged, detail, request.now.at)?;
        }
        Ok(name.is_some())
    })?;
    if !is_set {
        return Err(AppError::NotFound);
    }
    let message = match days {
        None => "Events are now kept forever.".to_owned(),
        Some(days) => {
            retention::sweep_soon(&request.state.db);
            let days = counted(days.into(), "day", "days");
            format!("Events are now kept for {days}. Older ones are being deleted.")
        }
    };
    Ok(see_other_saying(&request.scope().path(&format!("events/{id}")), &message))
}
