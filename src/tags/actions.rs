//! What the catalogue of tags changes.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{
    Retag, Tag, ensure,
    form::TagForm,
    known,
    pages::{self, Act, Typed},
    store::{self, Definition},
};
use crate::{
    console::Shell,
    db::ids::EnvironmentId,
    error::AppError,
    jobs,
    state::AppState,
    web::{FormData, PathId, Query, respond::see_other_saying, see_other, words::profiles},
};

/// The catalogue is not as it was.
fn forget(state: &AppState, environment: EnvironmentId) {
    ensure::forget(&state.db, environment);
    known::forget(&state.db, environment);
}

pub async fn create(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let again =
        async |shell, form| pages::list(&state, shell, &Query::default(), form, StatusCode::UNPROCESSABLE_ENTITY).await;
    let new = match TagForm::parse(&sent) {
        Ok(new) => new,
        Err(form) => return again(shell, *form).await,
    };
    let (environment, now, row) = (shell.scope.environment, state.clock.now(), new.clone());
    if !state.db.tx(move |conn| store::insert(conn, environment, &row, now)).await? {
        return again(shell, TagForm::is_taken(&sent)).await;
    }
    forget(&state, environment);
    Ok(see_other_saying(&shell.scope.path("tags"), &format!("Tag {} added.", new.name)))
}

pub async fn update(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (environment, tag) = (shell.scope.environment, Tag::from_path(&request)?);
    let changed = match TagForm::parse_for(&tag, &sent) {
        Ok(changed) => changed,
        Err(form) => return pages::edit_again(&state, shell, tag, *form).await,
    };
    if !state.db.tx(move |conn| store::update(conn, environment, &changed)).await? {
        return Err(AppError::NotFound);
    }
    forget(&state, environment);
    Ok(see_other_saying(&shell.scope.path("tags"), &format!("Tag {tag} saved.")))
}

/// The other tag that a form names.
fn other(tag: &Tag, sent: &FormData, if_same: &str) -> Result<Tag, String> {
    let other = Tag::typed(sent.raw("to"))?;
    if other == *tag { Err(if_same.to_owned()) } else { Ok(other) }
}

/// The form as it was typed, with what is wrong.
async fn again(
    state: &AppState,
    shell: Shell,
    (act, tag): (Act, Tag),
    sent: &FormData,
    problem: String,
) -> Result<HttpResponse, AppError> {
    let typed = Typed { text: sent.raw("to").to_owned(), problem: Some(problem) };
    pages::change(state, shell, act, tag, typed).await
}

pub async fn rename(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (environment, tag) = (shell.scope.environment, Tag::from_path(&request)?);
    let to = match other(&tag, &sent, "That is its name already.") {
        Ok(to) => to,
        Err(problem) => return again(&state, shell, (Act::Rename, tag), &sent, problem).await,
    };
    let (from, new, now) = (tag.clone(), to.clone(), state.clock.now());
    // The new name takes over colour and description before anybody gets it, else it would be made without.
    let made = state.db.tx(move |conn| {
        let Some(known) = store::find(conn, environment, from.as_str())? else { return Ok(None) };
        let renamed = Definition { name: new.as_str().to_owned(), ..known };
        store::insert(conn, environment, &renamed, now).map(Some)
    });
    match made.await? {
        None => return Ok(gone(&shell, &tag)),
        Some(false) => {
            let problem = format!("There is a tag {to} already. Merge {tag} into it instead.");
            return again(&state, shell, (Act::Rename, tag), &sent, problem).await;
        }
        Some(true) => {}
    }
    let title = format!("Rename tag {tag} to {to}");
    retag(&state, &shell, tag, Some(to), (title, "Renamed on")).await
}

pub async fn merge(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (environment, tag) = (shell.scope.environment, Tag::from_path(&request)?);
    let to = match other(&tag, &sent, "Choose another tag than this one.") {
        Ok(to) => to,
        Err(problem) => return again(&state, shell, (Act::Merge, tag), &sent, problem).await,
    };
    let (from, other) = (tag.clone(), to.clone());
    let known = state.db.read(move |conn| {
        let found = [&from, &other].map(|tag| store::find(conn, environment, tag.as_str()));
        let [from, to] = found;
        Ok((from?.is_some(), to?.is_some()))
    });
    match known.await? {
        (false, _) => return Ok(gone(&shell, &tag)),
        (true, false) => {
            let problem = format!("There is no tag {to}. To give {tag} that name, rename it.");
            return again(&state, shell, (Act::Merge, tag), &sent, problem).await;
        }
        (true, true) => {}
    }
    let title = format!("Merge tag {tag} into {to}");
    retag(&state, &shell, tag, Some(to), (title, "Merged on")).await
}

pub async fn delete(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (environment, tag) = (shell.scope.environment, Tag::from_path(&request)?);
    let asked = tag.clone();
    if state.db.read(move |conn| store::find(conn, environment, asked.as_str())).await?.is_none() {
        return Ok(gone(&shell, &tag));
    }
    let title = format!("Delete tag {tag}");
    retag(&state, &shell, tag, None, (title, "Deleted from")).await
}

/// The same form sent twice, or a colleague was quicker.
fn gone(shell: &Shell, tag: &Tag) -> HttpResponse {
    see_other_saying(&shell.scope.path("tags"), &format!("There is no tag {tag} any more."))
}

/// Begins the job, at whose end the old tag leaves the catalogue.
async fn retag(
    state: &AppState,
    shell: &Shell,
    from: Tag,
    to: Option<Tag>,
    (title, done): (String, &str),
) -> Result<HttpResponse, AppError> {
    let environment = shell.scope.environment;
    let task = Retag { from: from.as_str().to_owned(), to: to.map(|to| to.as_str().to_owned()) };
    let job = jobs::begin(state, (shell.scope.environment, shell.scope.source()), &task, title).await?;
    let is_done = job.finished_at.is_some() && job.failure.is_none();
    forget(state, environment);
    if !is_done {
        return Ok(see_other(&shell.scope.path(&format!("jobs/{}", job.id))));
    }
    Ok(see_other_saying(&shell.scope.path("tags"), &format!("{done} {}.", profiles(job.changed))))
}
