use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use chrono::TimeDelta;

use super::{
    form::{AddForm, Added},
    pages,
};
use crate::{
    console::{self, Shell},
    db::ids::ProfileId,
    error::AppError,
    ingest::{self, Item, Person, Statement},
    ledger::{Batch, Effect},
    state::AppState,
    web::{FormData, PathId, respond::see_other_saying},
};

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let id = sent.parsed("id").ok_or(AppError::BadRequest("The form lacks the id of the event. Reload the page."))?;
    let (profile, now) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let Added { event, reason } = match AddForm::parse(id, &sent, now, &shell.scope.operator) {
        Ok(added) => added,
        Err(form) => return pages::show(&request, &state, shell, *form, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let batch = Batch { reason: Some(reason), ..console::batch(&state, &shell.scope).await? };
    let (occurred_at, as_of) = (event.occurred_at, batch.received_at);
    let item = Item { person: Person::Profile(profile), as_of, statement: Statement::Event(event) };
    let outcomes = ingest::submit(&state.db, batch, vec![item]).await?;
    let outcome = outcomes.into_iter().next().ok_or(AppError::NotFound)?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = shell.scope.path(&format!("profiles/{profile}/activity"));
    // The tab shows a month unless it is asked for other days.
    let tab = if occurred_at > now.at - TimeDelta::days(29) {
        tab
    } else {
        let day = now.day_of(occurred_at);
        format!("{tab}?from={day}&to={day}")
    };
    match outcome.effect {
        Effect::Created | Effect::Changed => Ok(see_other_saying(&tab, "Event added.")),
        Effect::Unchanged => Ok(see_other_saying(&tab, "That event was added already.")),
        _ => Err(AppError::NotFound),
    }
}
