//! Actions of the catalogue of tags.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    Retag, Tag, ensure,
    form::{self, TagForm},
    known,
    pages::{self, Act, Typed},
    store::{self, Definition},
};
use crate::{
    auth::{self, Action},
    console::Request,
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying, see_other, words::profiles},
};

/// Drops the cached catalogue, because it changed.
fn forget(request: &Request) {
    ensure::forget(&request.state.db, request.scope().environment);
    known::forget(&request.state.db, request.scope().environment);
}

/// Writes what was done to a tag to the audit log.
fn written(request: &Request, conn: &mut PgConnection, done: Option<Action>, tag: &str) -> QueryResult<()> {
    let write = |action| auth::audit(conn, &request.actor(), action, json!({ "tag": tag }), request.now.at);
    done.map(write).transpose().map(drop)
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let new = match TagForm::parse(sent) {
        Ok(new) => new,
        Err(form) => return Ok(pages::new_again(request, *form)),
    };
    let environment = request.scope().environment;
    if form::confirmed(sent).is_none()
        && let Some(twin) = request.read(|conn| Ok(store::twin(conn, environment, &Tag::stored(new.name.clone()))?))?
    {
        return Ok(pages::new_again(request, TagForm::is_like(sent, &new.name, twin)));
    }
    let is_new = request.state.db.tx_now(|conn| {
        let is_new = store::insert(conn, environment, &new, request.now.at)?;
        written(request, conn, is_new.then_some(Action::TagMade), &new.name)?;
        Ok(is_new)
    });
    if !is_new? {
        return Ok(pages::new_again(request, TagForm::is_taken(sent)));
    }
    forget(request);
    Ok(see_other_saying(&request.scope().path("tags"), &format!("Tag {} created.", new.name)))
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let tag: Tag = request.id()?;
    let changed = match TagForm::parse_for(&tag, sent) {
        Ok(changed) => changed,
        Err(form) => return request.read(|conn| pages::edit_again(request, conn, (*form).clone())),
    };
    let is_known = request.state.db.tx_now(|conn| {
        let is_known = store::update(conn, request.scope().environment, &changed)?;
        written(request, conn, is_known.then_some(Action::TagChanged), tag.as_str())?;
        Ok(is_known)
    });
    if !is_known? {
        return Err(AppError::NotFound);
    }
    forget(request);
    Ok(see_other_saying(&request.scope().path("tags"), &format!("Tag {tag} saved.")))
}

/// The other tag that a form names.
fn other(tag: &Tag, sent: &FormData, if_same: &str) -> Result<Tag, String> {
    let other = Tag::typed(sent.raw("to"))?;
    if other == *tag { Err(if_same.to_owned()) } else { Ok(other) }
}

/// The form as typed, with its problem.
fn again(request: &Request, act: Act, sent: &FormData, problem: &str) -> Result<Answer, AppError> {
    let typed = || Typed { text: sent.raw("to").to_owned(), problem: Some(problem.to_owned()) };
    request.read(|conn| pages::change(request, conn, act, typed()))
}

pub fn rename(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (environment, tag): (_, Tag) = (request.scope().environment, request.id()?);
    let to = match other(&tag, sent, "The tag already has this name.") {
        Ok(to) => to,
        Err(problem) => return again(request, Act::Rename, sent, &problem),
    };
    // The new name gets colour and description before any profile gets it, else the first profile would create it without.
    let made = request.state.db.tx_now(|conn| {
        let Some(known) = store::find(conn, environment, tag.as_str())? else { return Ok(None) };
        let renamed = Definition { name: to.as_str().to_owned(), ..known };
        store::insert(conn, environment, &renamed, request.now.at).map(Some)
    });
    match made? {
        None => Ok(gone(request, &tag)),
        Some(false) => {
            let problem = format!("The tag {to} already exists. Merge {tag} into it instead.");
            again(request, Act::Rename, sent, &problem)
        }
        Some(true) => {
            let title = format!("Rename tag {tag} to {to}");
            retag(request, &tag, Some(&to), &title, "Renamed on")
        }
    }
}

pub fn merge(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (environment, tag): (_, Tag) = (request.scope().environment, request.id()?);
    let to = match other(&tag, sent, "Choose a different tag.") {
        Ok(to) => to,
        Err(problem) => return again(request, Act::Merge, sent, &problem),
    };
    let [has_from, has_to] = request.read(|conn| {
        let mut has = |tag: &Tag| store::find(conn, environment, tag.as_str()).map(|found| found.is_some());
        Ok([has(&tag)?, has(&to)?])
    })?;
    if !has_from {
        return Ok(gone(request, &tag));
    }
    if !has_to {
        let problem = format!("There is no tag {to}. To give {tag} this name, rename it instead.");
        return again(request, Act::Merge, sent, &problem);
    }
    let title = format!("Merge tag {tag} into {to}");
    retag(request, &tag, Some(&to), &title, "Merged on")
}

pub fn delete(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (environment, tag): (_, Tag) = (request.scope().environment, request.id()?);
    if request.read(|conn| Ok(store::find(conn, environment, tag.as_str())?))?.is_none() {
        return Ok(gone(request, &tag));
    }
    retag(request, &tag, None, &format!("Delete tag {tag}"), "Deleted from")
}

/// The answer if the tag is gone: the form was sent twice, or another operator was faster.
fn gone(request: &Request, tag: &Tag) -> Answer {
    see_other_saying(&request.scope().path("tags"), &format!("The tag {tag} no longer exists."))
}

/// Starts the job that replaces the tag; at its end the tag leaves the catalogue.
fn retag(request: &Request, from: &Tag, to: Option<&Tag>, title: &str, done: &str) -> Result<Answer, AppError> {
    let task = Retag { from: from.as_str().to_owned(), to: to.map(|to| to.as_str().to_owned()) };
    let job = request.begin(&task, title)?;
    let is_done = job.finished_at.is_some() && job.failure.is_none();
    forget(request);
    if !is_done {
        return Ok(see_other(&request.scope().path(&format!("jobs/{}", job.id))));
    }
    Ok(see_other_saying(&request.scope().path("tags"), &format!("{done} {}.", profiles(job.changed))))
}
