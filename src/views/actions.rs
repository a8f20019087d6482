//! Changes of views. Those of shared ones are lines of the audit log.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    View, Views,
    form::{Typed, ViewForm, may_change},
    pages::{self, reader},
    store,
};
use crate::{
    auth::{self, Action, Actor, Permission, Place},
    console::Request,
    db::ids::{OperatorId, ViewId, new_id},
    error::AppError,
    profiles::ListState,
    web::{Answer, FormData, respond::see_other_saying},
    workspaces,
};

/// What a change of views came to.
enum Done<T> {
    Is(T),
    /// Why it cannot be, as a problem of the name.
    Wrong(String),
    /// The view as somebody else changed it meanwhile.
    Changed(View),
    Gone,
}

/// Changes views of the workspace while nobody else does.
fn change<T>(
    request: &Request,
    work: impl Fn(&mut PgConnection, &Views) -> QueryResult<Done<T>>,
) -> Result<Done<T>, AppError> {
    let reader = reader(request);
    let done = request.state.db.tx_now(|conn| {
        workspaces::hold(conn, reader.workspace)?;
        let known = store::read(conn, reader)?;
        work(conn, &known)
    })?;
    store::forget(&request.state.db, reader.workspace);
    Ok(done)
}

/// Writes what was done to a shared view to the audit log, that of the workspace.
fn written(request: &Request, conn: &mut PgConnection, action: Action, name: &str) -> QueryResult<()> {
    let by = Actor { place: Place::Workspace(request.scope().workspace.id), ..request.actor() };
    auth::audit(conn, &by, action, json!({ "view": name }), request.now.at).map(drop)
}

/// Why there can be no view of that name with that owner.
fn clash(known: &Views, name: &str, owner: Option<OperatorId>, own: Option<ViewId>) -> Option<String> {
    let others = || known.saved.iter().filter(|view| view.owner == owner && Some(view.id) != own);
    let whose = if owner.is_some() { "You have" } else { "There is" };
    if others().any(|view| view.name.to_lowercase() == name.to_lowercase()) {
        return Some(format!(
            "{whose} a {}view {name} already. Choose another name.",
            if owner.is_none() { "shared " } else { "" }
        ));
    }
    let is_full = others().count() >= Views::MOST;
    is_full.then(|| format!("There are {} such views already, which is the limit. Delete one first.", Views::MOST))
}

/// The owner of a view that is shared or not.
fn owner(request: &Request, typed: &Typed) -> Result<Option<OperatorId>, AppError> {
    if typed.is_shared {
        request.require(Permission::ShareViews)?;
    }
    Ok((!typed.is_shared).then_some(request.scope().operator.id))
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let role = request.scope().role;
    let typed = match ViewForm::parse(sent, role) {
        Ok(typed) => typed,
        Err(form) => return Ok(pages::new_again(request, *form)),
    };
    let owner = owner(request, &typed)?;
    let name = typed.name.as_str().to_owned();
    let new = View { id: ViewId(new_id(request.now.at)), name, owner, state: typed.state, version: 1 };
    let done = change(request, |conn, known| {
        if let Some(problem) = clash(known, &new.name, new.owner, None) {
            return Ok(Done::Wrong(problem));
        }
        store::insert(conn, request.scope().workspace.id, &new)?;
        if sent.get("opens") == "yes" {
            store::open_with(conn, reader(request), Some(new.id))?;
        }
        if new.is_shared() {
            written(request, conn, Action::ViewShared, &new.name)?;
        }
        Ok(Done::Is(()))
    })?;
    match done {
        Done::Wrong(problem) => Ok(pages::new_again(request, ViewForm::wrong(sent, role, &problem))),
        _ => Ok(opened(request, &new, &format!("View {} saved.", new.name))),
    }
}

/// The list as the view shows it, with a message.
fn opened(request: &Request, view: &View, message: &str) -> Answer {
    see_other_saying(&view.query().address(&request.scope().path("profiles")), message)
}

/// The answer where the view is gone.
fn gone(request: &Request) -> Answer {
    see_other_saying(&request.scope().path("views"), "The view no longer exists.")
}

/// The view in the address, if this operator may change it.
fn asked(request: &Request) -> Result<Option<View>, AppError> {
    let id: ViewId = request.id()?;
    let found = request.read(|conn| Ok(store::find(conn, reader(request), id)?))?;
    if found.as_ref().is_some_and(View::is_shared) {
        request.require(Permission::ShareViews)?;
    }
    Ok(found)
}

/// The same view while nobody else changes it: as it was when the form was made, and still this operator's to change.
fn unchanged<'a>(request: &Request, known: &'a Views, view: &View, sent: &FormData) -> Result<&'a View, Done<()>> {
    let Some(now) = known.find(view.id) else { return Err(Done::Gone) };
    let is_same = sent.parsed("version") == Some(now.version);
    if is_same && may_change(request.scope().role, now) { Ok(now) } else { Err(Done::Changed(now.clone())) }
}

/// Another name, or other people who have it.
pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let role = request.scope().role;
    let Some(view) = asked(request)? else { return Ok(gone(request)) };
    let typed = match ViewForm::parse(sent, role) {
        Ok(typed) => typed,
        Err(form) => return Ok(pages::edit_again(request, view, *form)),
    };
    let owner = owner(request, &typed)?;
    let done = change(request, |conn, known| {
        let now = match unchanged(request, known, &view, sent) {
            Ok(now) => now,
            Err(done) => return Ok(done),
        };
        if let Some(problem) = clash(known, typed.name.as_str(), owner, Some(view.id)) {
            return Ok(Done::Wrong(problem));
        }
        store::rename(conn, request.scope().workspace.id, view.id, &typed.name, owner)?;
        let action = match (now.is_shared(), owner.is_none()) {
            (true, true) => Some(Action::ViewChanged),
            (true, false) => Some(Action::ViewUnshared),
            (false, true) => Some(Action::ViewShared),
            (false, false) => None,
        };
        action.map(|action| written(request, conn, action, typed.name.as_str())).transpose()?;
        Ok(Done::Is(()))
    })?;
    match done {
        Done::Is(()) => Ok(opened(request, &view, &format!("View {} saved.", typed.name.as_str()))),
        Done::Wrong(problem) => Ok(pages::edit_again(request, view, ViewForm::wrong(sent, role, &problem))),
        Done::Changed(now) => Ok(pages::edit_stale(request, now, sent)),
        Done::Gone => Ok(gone(request)),
    }
}

/// Another list under the same name.
pub fn save(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let Some(view) = asked(request)? else { return Ok(gone(request)) };
    let state = ListState::read(sent);
    let named = FormData(sent.with("name", &view.name));
    if let Err(form) = ViewForm::parse(&named, request.scope().role) {
        return Ok(pages::edit_again(request, view, *form));
    }
    let done = change(request, |conn, known| {
        let now = match unchanged(request, known, &view, sent) {
            Ok(now) => now,
            Err(done) => return Ok(done),
        };
        store::save(conn, request.scope().workspace.id, view.id, &state)?;
        if now.is_shared() {
            written(request, conn, Action::ViewChanged, &now.name)?;
        }
        Ok(Done::Is(()))
    })?;
    match done {
        Done::Changed(now) => Ok(pages::save_stale(request, now, state)),
        Done::Gone => Ok(gone(request)),
        _ => Ok(opened(request, &View { state, ..view.clone() }, &format!("View {} saved.", view.name))),
    }
}

pub fn delete(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let Some(view) = asked(request)? else { return Ok(gone(request)) };
    change(request, |conn, known| {
        let now = known.find(view.id).filter(|now| may_change(request.scope().role, now));
        let Some(now) = now else { return Ok(Done::Gone) };
        store::delete(conn, request.scope().workspace.id, view.id)?;
        if now.is_shared() {
            written(request, conn, Action::ViewRemoved, &now.name)?;
        }
        Ok(Done::Is(()))
    })?;
    Ok(see_other_saying(&request.scope().path("views"), &format!("View {} deleted.", view.name)))
}

/// What this operator's list opens with.
pub fn open_with(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let asked: Option<ViewId> = sent.parsed("view");
    let done = change(request, |conn, known| {
        let view = asked.and_then(|id| known.find(id));
        if asked.is_some() && view.is_none() {
            return Ok(Done::Gone);
        }
        store::open_with(conn, reader(request), asked)?;
        Ok(Done::Is(view.map_or("everyone".to_owned(), |view| view.name.clone())))
    })?;
    match done {
        Done::Is(name) => {
            Ok(see_other_saying(&request.scope().path("views"), &format!("The list now opens with {name}.")))
        }
        _ => Ok(gone(request)),
    }
}
