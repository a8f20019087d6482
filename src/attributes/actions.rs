//! Actions of the catalogue of attributes.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    AttributeType, Definition, Retype,
    cache::forget,
    form::AttributeForm,
    pages::{self, address},
    store::{self, Refusal},
};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::EnvironmentId,
    error::AppError,
    web::{Answer, FormData, pairs::Pairs, respond::see_other_saying, see_other, words::grouped},
};

/// Changes one attribute, audits it, and drops the cached rules so that ingest sees the change at once.
fn change<T>(
    request: &Request,
    action: Action,
    name: &str,
    work: impl Fn(&mut PgConnection, EnvironmentId, &str) -> QueryResult<T>,
    is_done: fn(&T) -> bool,
) -> Result<T, AppError> {
    let environment = request.scope().environment;
    let done = request.state.db.tx_now(|conn| {
        let done = work(conn, environment, name)?;
        if is_done(&done) {
            auth::audit(conn, &request.actor(), action, json!({ "attribute": name }), request.now.at)?;
        }
        Ok(done)
    })?;
    forget(&request.state.db, environment);
    Ok(done)
}

/// The attribute named in the form.
fn known(request: &Request, sent: &FormData) -> Result<Definition, AppError> {
    request.read(|conn| pages::known(request, conn, sent.get("name")))
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let new = match AttributeForm::parse_new(sent) {
        Ok(new) => new,
        Err(form) => return Ok(pages::again(request, None, *form)),
    };
    let (name, now) = (new.name.as_str().to_owned(), request.now.at);
    let work = |conn: &mut PgConnection, environment, _: &str| store::add(conn, environment, &new, now);
    if let Err(refusal) = change(request, Action::AttributeMade, &name, work, Result::is_ok)? {
        return Ok(pages::again(request, None, AttributeForm::refused(sent, &refusal)));
    }
    let message = "Attribute created. Systems can now send it, and you can add it to profiles.";
    Ok(see_other_saying(&address(request.scope(), "show", &name), message))
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let known = known(request, sent)?;
    let changes = match AttributeForm::parse(sent) {
        Ok(changes) => changes,
        Err(form) => return Ok(pages::again(request, Some(known), *form)),
    };
    let work = |conn: &mut PgConnection, environment, name: &str| store::update(conn, environment, name, &changes);
    match change(request, Action::AttributeChanged, &known.name, work, Result::is_ok)? {
        Ok(()) => Ok(see_other_saying(&address(request.scope(), "show", &known.name), "Attribute saved.")),
        Err(Refusal::Missing) => Err(AppError::NotFound),
        Err(refusal) => Ok(pages::again(request, Some(known), AttributeForm::refused(sent, &refusal))),
    }
}

/// "See in table" on a row of the catalogue.
pub fn column(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let known = known(request, sent)?;
    let is_column = sent.get("column") == "yes";
    let work = |conn: &mut PgConnection, environment, name: &str| store::set_column(conn, environment, name, is_column);
    let done = change(request, Action::AttributeChanged, &known.name, work, Result::is_ok)?;
    // Back to the same page of the catalogue.
    let list = Pairs::parse(sent.raw("query").as_bytes()).address(&request.scope().path("attributes"));
    let label = known.short_label();
    let message = match (done, is_column) {
        (Ok(()), true) => format!("{label} is now a column in the profile list."),
        (Ok(()), false) => format!("{label} is no longer a column in the profile list."),
        (Err(Refusal::TooManyColumns(_)), _) => {
            format!(
                "The profile list already has {} columns and has no room for another. Hide one first.",
                store::MOST_COLUMNS
            )
        }
        (Err(_), _) => return Err(AppError::NotFound),
    };
    Ok(see_other_saying(&list, &message))
}

pub fn retire(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let known = known(request, sent)?;
    let since = (sent.get("retired") == "yes").then_some(request.now.at);
    let work = |conn: &mut PgConnection, environment, name: &str| store::retire(conn, environment, name, since);
    let action = if since.is_some() { Action::AttributeRetired } else { Action::AttributeBroughtBack };
    let is_new = change(request, action, &known.name, work, |is_new| *is_new)?;
    let message = match (is_new, since) {
        (false, _) => "Nothing changed.",
        (true, Some(_)) => "Attribute retired. Profiles keep their values, and new values are still accepted.",
        (true, None) => "Attribute restored.",
    };
    Ok(see_other_saying(&address(request.scope(), "show", &known.name), message))
}

/// Stores the type first, so that new values are read as that type, then starts a job that converts the stored values.
pub fn retype(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let known = known(request, sent)?;
    let to = AttributeType::from_stored(sent.get("kind"))
        .ok_or(AppError::BadRequest("The form has no new type. Go back and choose one."))?;
    let page = address(request.scope(), "show", &known.name);
    if let Some(why) = known.origin.why_fixed() {
        return Ok(see_other_saying(
            &page,
            &format!("{} {why}. Its type cannot be changed either.", known.short_label()),
        ));
    }
    let work = |conn: &mut PgConnection, environment, name: &str| store::set_type(conn, environment, name, to);
    if !change(request, Action::AttributeTypeChanged, &known.name, work, |is_done| *is_done)? {
        return Err(AppError::NotFound);
    }
    let title = format!("{} to {}", known.short_label(), to.label().to_lowercase());
    let job = request.begin(&Retype { name: known.name.clone(), to }, &title)?;
    if job.finished_at.is_none() {
        return Ok(see_other(&request.scope().path(&format!("jobs/{}", job.id))));
    }
    let left = match job.refused {
        0 => String::new(),
        1 => " 1 value cannot be converted and stays as it is.".to_owned(),
        n => format!(" {} values cannot be converted and stay as they are.", grouped(n)),
    };
    let message =
        format!("Type changed to {}. Values converted: {}.{left}", to.label().to_lowercase(), grouped(job.changed));
    Ok(see_other_saying(&page, &message))
}
