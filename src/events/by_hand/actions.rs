//! Stores an event that was added by hand.

use actix_web::http::StatusCode;
use chrono::TimeDelta;

use super::{
    form::{AddForm, Added},
    pages,
};
use crate::{
    console::Request,
    error::AppError,
    ingest::Statement,
    ledger::{Batch, Effect},
    web::{Answer, FormData, respond::see_other_saying},
};

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id = sent.parsed("id").ok_or(AppError::BadRequest("The form is incomplete. Reload the page and try again."))?;
    let (scope, now) = (request.scope(), request.now);
    let Added { event, reason } = match AddForm::parse(id, sent, now, &scope.operator) {
        Ok(added) => added,
        Err(form) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return request.read(|conn| pages::show(request, conn, status, (*form).clone()));
        }
    };
    let batch = Batch { reason: Some(reason), ..request.batch()? };
    let occurred_at = event.occurred_at;
    let outcome = request.say_in(&batch, request.id()?, Statement::Event(event))?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = scope.path(&format!("profiles/{profile}/activity"));
    // The tab shows 30 days unless its address has others.
    let tab = if occurred_at > now.at - TimeDelta::days(29) {
        tab
    } else {
        let day = now.day_of(occurred_at);
        format!("{tab}?from={day}&to={day}")
    };
    match outcome.effect {
        Effect::Created | Effect::Changed => Ok(see_other_saying(&tab, "Event added.")),
        Effect::Unchanged => Ok(see_other_saying(&tab, "This event was already added.")),
        _ => Err(AppError::NotFound),
    }
}
