//! Changes of screen views. All are lines of the audit log.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    define::{self, By, Wish},
    form::{self, ScreenViewForm},
    pages,
    screen_view::Listed,
};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::{ScreenViewId, new_id},
    error::AppError,
    filter::Filter,
    web::{Answer, FormData, respond::see_other_saying},
};

fn by(request: &Request) -> By<'_> {
    By { name: &request.scope().operator.name, at: request.now.at }
}

fn written(
    request: &Request,
    conn: &mut PgConnection,
    action: Action,
    (id, name): (ScreenViewId, &str),
    what: Option<String>,
) -> QueryResult<()> {
    let detail = json!({ "screen_view": id, "name": name, "what": what });
    auth::audit(conn, &request.actor(), action, detail, request.now.at).map(drop)
}

fn shown(request: &Request, id: ScreenViewId, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("screen-views/{id}")), message)
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let wish = match ScreenViewForm::parse(sent, request.now) {
        Ok(wish) => wish,
        Err(problems) => return Ok(pages::new_again(request, sent, problems)),
    };
    let (environment, id, name) =
        (request.scope().environment, ScreenViewId(new_id(request.now.at)), wish.name.as_str());
    let done = request.state.db.tx_now(|conn| {
        let done = define::create(conn, environment, id, &wish, by(request))?;
        if done.is_ok() {
            written(request, conn, Action::ScreenViewMade, (id, name), None)?;
        }
        Ok(done)
    })?;
    match done {
        Ok(()) => Ok(shown(request, id, &format!("Screen view {name} saved."))),
        Err(wrong) => Ok(pages::new_again(request, sent, form::problems(&wrong, &wish))),
    }
}

/// What differs, in words. Contents are not told: they are long, and may name people.
fn what_changed((was, audience): &(Listed, Filter), wish: &Wish, has_other_content: bool) -> Option<String> {
    let name = (was.name != wish.name.as_str()).then(|| format!("name: “{}” → “{}”", was.name, wish.name.as_str()));
    let differs = [
        (has_other_content, "content"),
        (was.audience.as_ref() != Some(audience), "audience"),
        (was.run != wish.run, "time"),
        (was.priority != wish.priority.number(), "priority"),
    ];
    let differs = differs.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what.to_owned());
    let what: Vec<String> = name.into_iter().chain(differs).collect();
    (!what.is_empty()).then(|| what.join(", "))
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let view = pages::asked(request)?;
    let wish = match ScreenViewForm::parse(sent, request.now) {
        Ok(wish) => wish,
        Err(problems) => return Ok(pages::edit_again(request, view, sent, problems)),
    };
    let (id, name) = (view.listed.id, wish.name.as_str());
    let seen = (id, sent.parsed("version").unwrap_or(0));
    let done = request.state.db.tx_now(|conn| {
        let done = define::change(conn, request.scope().environment, seen, &wish, by(request))?;
        if let Ok(changed) = &done {
            let what = what_changed(changed, &wish, view.content != wish.content);
            written(request, conn, Action::ScreenViewChanged, (id, name), what)?;
        }
        Ok(done)
    })?;
    match done {
        Ok(_) => Ok(shown(request, id, &format!("Screen view {name} saved."))),
        Err(wrong) => Ok(pages::edit_again(request, view, sent, form::problems(&wrong, &wish))),
    }
}

pub fn archive(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let Listed { id, name, .. } = pages::asked(request)?.listed;
    request.state.db.tx_now(|conn| {
        define::archive(conn, request.scope().environment, id, request.now.at)?;
        written(request, conn, Action::ScreenViewArchived, (id, &name), None)
    })?;
    Ok(see_other_saying(&request.scope().path("screen-views"), &format!("Screen view {name} archived.")))
}

pub fn restore(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let Listed { id, name, .. } = pages::asked(request)?.listed;
    let done = request.state.db.tx_now(|conn| {
        let done = define::restore(conn, request.scope().environment, id, &name)?;
        if done.is_ok() {
            written(request, conn, Action::ScreenViewBroughtBack, (id, &name), None)?;
        }
        Ok(done)
    })?;
    Ok(shown(request, id, &done.err().unwrap_or_else(|| format!("Screen view {name} is back."))))
}
