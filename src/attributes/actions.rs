//! What the catalogue of attributes changes.

use actix_web::{HttpResponse, web::Data};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    AttributeType, Retype,
    cache::forget,
    form::AttributeForm,
    pages::{self, address},
    store::{self, Refusal},
};
use crate::{
    auth,
    console::Shell,
    db::ids::EnvironmentId,
    error::AppError,
    jobs,
    state::AppState,
    web::{FormData, pairs::Pairs, respond::see_other_saying, see_other},
};

/// Runs a change of one attribute, writes down who made it, and lets ingest know at once.
async fn change<T: Send + 'static>(
    state: &AppState,
    shell: &Shell,
    (action, name): (&'static str, &str),
    work: impl Fn(&mut PgConnection, EnvironmentId, &str) -> QueryResult<T> + Send + 'static,
    is_done: fn(&T) -> bool,
) -> Result<T, AppError> {
    let (environment, operator, now) = (shell.scope.environment, shell.scope.operator.id, state.clock.now());
    let name = name.to_owned();
    let done = state.db.tx(move |conn| {
        let done = work(conn, environment, &name)?;
        if is_done(&done) {
            let detail = json!({ "environment": environment, "attribute": name });
            auth::audit(conn, Some(operator), action, detail, now)?;
        }
        Ok(done)
    });
    let done = done.await?;
    forget(&state.db, environment);
    Ok(done)
}

pub async fn create(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let new = match AttributeForm::parse_new(&sent) {
        Ok(new) => new,
        Err(form) => return Ok(pages::again(shell, None, *form)),
    };
    let (name, now) = (new.name.as_str().to_owned(), state.clock.now());
    let work = move |conn: &mut PgConnection, environment, _: &str| store::add(conn, environment, &new, now);
    if let Err(refusal) = change(&state, &shell, ("attribute made", &name), work, Result::is_ok).await? {
        return Ok(pages::again(shell, None, AttributeForm::refused(&sent, &refusal)));
    }
    let message = "The attribute is made. It has a value where somebody enters one or a program sends one.";
    Ok(see_other_saying(&address(&shell.scope, "show", &name), message))
}

pub async fn update(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let known = pages::known(&state, &shell, sent.get("name")).await?;
    let changes = match AttributeForm::parse(&sent) {
        Ok(changes) => changes,
        Err(form) => return Ok(pages::again(shell, Some(known), *form)),
    };
    let work = move |conn: &mut PgConnection, environment, name: &str| store::update(conn, environment, name, &changes);
    match change(&state, &shell, ("attribute changed", &known.name), work, Result::is_ok).await? {
        Ok(()) => Ok(see_other_saying(&address(&shell.scope, "show", &known.name), "Attribute saved.")),
        Err(Refusal::Missing) => Err(AppError::NotFound),
        Err(refusal) => Ok(pages::again(shell, Some(known), AttributeForm::refused(&sent, &refusal))),
    }
}

/// "See in table", beside each line of the catalogue.
pub async fn column(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let known = pages::known(&state, &shell, sent.get("name")).await?;
    let is_column = sent.get("column") == "yes";
    let work =
        move |conn: &mut PgConnection, environment, name: &str| store::set_column(conn, environment, name, is_column);
    let done = change(&state, &shell, ("attribute changed", &known.name), work, Result::is_ok).await?;
    // Back to the same part of the catalogue.
    let list = Pairs::parse(sent.raw("query").as_bytes()).address(&shell.scope.path("attributes"));
    let label = known.short_label();
    let message = match (done, is_column) {
        (Ok(()), true) => format!("{label} is a column of the list of profiles."),
        (Ok(()), false) => format!("{label} is no longer a column of the list of profiles."),
        (Err(Refusal::TooManyColumns(_)), _) => {
            format!("The list has all {} columns that it has room for. Take one off first.", store::MOST_COLUMNS)
        }
        (Err(_), _) => return Err(AppError::NotFound),
    };
    Ok(see_other_saying(&list, &message))
}

pub async fn retire(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let known = pages::known(&state, &shell, sent.get("name")).await?;
    let since = (sent.get("retired") == "yes").then(|| state.clock.now());
    let work = move |conn: &mut PgConnection, environment, name: &str| store::retire(conn, environment, name, since);
    let action = if since.is_some() { "attribute retired" } else { "attribute brought back" };
    let is_new = change(&state, &shell, (action, &known.name), work, |is_new| *is_new).await?;
    let message = match (is_new, since) {
        (false, _) => "Nothing changed.",
        (true, Some(_)) => "The attribute is retired. Profiles keep their values, and new ones are still accepted.",
        (true, None) => "The attribute is back.",
    };
    Ok(see_other_saying(&address(&shell.scope, "show", &known.name), message))
}

/// Chooses the type first, so that what arrives from now on is read as that, then converts what is there.
pub async fn retype(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let known = pages::known(&state, &shell, sent.get("name")).await?;
    let to =
        AttributeType::from_stored(sent.get("kind")).ok_or(AppError::BadRequest("The form lacks the new type."))?;
    let page = address(&shell.scope, "show", &known.name);
    if let Some(why) = known.origin.why_fixed() {
        return Ok(see_other_saying(&page, &format!("{} {why}. So does its type.", known.short_label())));
    }
    let work = move |conn: &mut PgConnection, environment, name: &str| store::set_type(conn, environment, name, to);
    if !change(&state, &shell, ("attribute type changed", &known.name), work, |is_done| *is_done).await? {
        return Err(AppError::NotFound);
    }
    let title = format!("{} to {}", known.short_label(), to.label().to_lowercase());
    let job = jobs::begin(
        &state,
        (shell.scope.environment, shell.scope.source()),
        &Retype { name: known.name.clone(), to },
        title,
    )
    .await?;
    if job.finished_at.is_none() {
        return Ok(see_other(&shell.scope.path(&format!("jobs/{}", job.id))));
    }
    let left = match job.refused {
        0 => String::new(),
        1 => " One value cannot be read so and stays as it is.".to_owned(),
        n => format!(" {n} values cannot be read so and stay as they are."),
    };
    let message = format!("The type is {} now. Values changed: {}.{left}", to.label().to_lowercase(), job.changed);
    Ok(see_other_saying(&page, &message))
}
