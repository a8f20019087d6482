//! Changes of segments. All are lines of the audit log.

use std::time::{Duration, Instant};

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    By,
    define::{self, Wish, Wrong},
    form::{self, SegmentForm, Trial},
    pages,
    segment::{Segment, SegmentKind, SegmentName},
    state, store,
};
use crate::{
    auth::{self, Action, Permission},
    console::Request,
    db::ids::{SegmentId, new_id},
    error::AppError,
    views,
    web::{Answer, FormData, form::Problems, respond::see_other_saying},
};

/// How long an answer waits for the members to be counted: most are counted then.
const PATIENCE: Duration = Duration::from_millis(1_500);

fn by(request: &Request) -> By {
    By { operator: Some(request.scope().operator.id), at: request.now.at }
}

fn written(request: &Request, conn: &mut PgConnection, action: Action, name: &str) -> QueryResult<()> {
    auth::audit(conn, &request.actor(), action, json!({ "segment": name }), request.now.at).map(drop)
}

/// The page of a segment, as soon as its members are counted, or a little later.
fn saved(request: &Request, id: SegmentId, message: &str) -> Result<Answer, AppError> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let found = request.state.db.read_now(|conn| store::find(conn, request.scope().environment, id))?;
        if found.is_none_or(|segment| !segment.count.is_wanted && segment.count.counting_since.is_none()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(see_other_saying(&request.scope().path(&format!("segments/{id}")), message))
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let kind = pages::kind(sent);
    let wish = match SegmentForm::parse(sent) {
        Ok(wish) => wish,
        Err(problems) => return pages::new_again(request, sent, problems, None),
    };
    let id = SegmentId(new_id(request.now.at));
    if kind == SegmentKind::Live && sent.raw("tried") != form::canonical(&wish.typed) {
        return match trial(request, id, &wish, None)? {
            Ok(trial) => pages::new_again(request, sent, Problems::default(), Some(trial)),
            Err(problems) => pages::new_again(request, sent, problems, None),
        };
    }
    let environment = request.scope().environment;
    let done = request.state.db.tx_now(|conn| {
        let done = define::create(conn, environment, id, kind, &wish, by(request))?;
        if done.is_ok() {
            written(request, conn, Action::SegmentMade, wish.name.as_str())?;
        }
        Ok(done)
    })?;
    match done {
        Ok(()) => saved(request, id, &format!("Segment {} saved.", wish.name.as_str())),
        Err(wrong) => pages::new_again(request, sent, form::problems(&wrong, &wish.typed), None),
    }
}

/// Makes a segment of chosen people for those who are added next; once made it stays as it is. Returns what is wrong with its name, if so.
pub fn make_chosen(request: &Request, id: SegmentId, name: &str) -> Result<Option<&'static str>, AppError> {
    request.require(Permission::ManageSegments)?;
    let (environment, by) = (request.scope().environment, by(request));
    let Ok(name) = SegmentName::typed(name) else { return Err(AppError::NotFound) };
    let wish = Wish { owner: by.operator, on_profiles: true, ..Wish::named(name) };
    let done = request.state.db.tx_now(|conn| {
        if store::find(conn, environment, id)?.is_some() {
            return Ok(Ok(()));
        }
        let done = define::create(conn, environment, id, SegmentKind::Chosen, &wish, by)?;
        if done.is_ok() {
            written(request, conn, Action::SegmentMade, wish.name.as_str())?;
        }
        Ok(done)
    })?;
    Ok(match done {
        Err(Wrong::Name(rule)) => Some(rule),
        _ => None,
    })
}

/// What a definition would come to, or what is wrong with it.
fn trial(request: &Request, id: SegmentId, wish: &Wish, was: Option<i64>) -> Result<Result<Trial, Problems>, AppError> {
    let (environment, now) = (request.scope().environment, request.now.at);
    let checked = request.read(|conn| Ok(define::check_definition(conn, environment, &wish.typed, now)?))?;
    let (filter, predicate) = match checked {
        Ok(checked) => checked,
        Err(wrong) => return Ok(Err(form::problems(&Wrong::Definition(wrong), &wish.typed))),
    };
    let since = Instant::now();
    let tried = match request.read(|conn| Ok(super::figures::attempt(conn, id, predicate.clone())?)) {
        Ok(tried) => Some(tried),
        Err(AppError::TooSlow(_)) => None,
        Err(error) => return Err(error),
    };
    let took_ms = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Ok(Trial { text: filter.to_string(), tried, took_ms, was }))
}

fn asked(request: &Request) -> Result<Segment, AppError> {
    let id: SegmentId = request.id()?;
    request.read(|conn| store::find(conn, request.scope().environment, id)?.ok_or(AppError::NotFound))
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let segment = asked(request)?;
    let wish = match SegmentForm::parse(sent) {
        Ok(wish) => wish,
        Err(problems) => return pages::edit_again(request, &segment, sent, problems, None),
    };
    let definition = form::canonical(&wish.typed);
    let is_same = segment.definition.filter().is_some_and(|filter| filter.to_string() == definition);
    if segment.kind == SegmentKind::Live && !is_same && sent.raw("tried") != definition {
        return match trial(request, segment.id, &wish, segment.count.size)? {
            Ok(trial) => pages::edit_again(request, &segment, sent, Problems::default(), Some(trial)),
            Err(problems) => pages::edit_again(request, &segment, sent, problems, None),
        };
    }
    let seen = (segment.id, sent.parsed("version").unwrap_or(0));
    let done = request.state.db.tx_now(|conn| {
        let done = define::change(conn, request.scope().environment, seen, &wish, by(request))?;
        if let Ok(views) = &done {
            let what = in_views(views);
            let detail = json!({ "segment": wish.name.as_str(), "what": what });
            auth::audit(conn, &request.actor(), Action::SegmentChanged, detail, request.now.at)?;
        }
        Ok(done)
    })?;
    views::forget(&request.state.db, request.scope().workspace.id);
    match done {
        Ok(_) => saved(request, segment.id, &format!("Segment {} saved.", wish.name.as_str())),
        Err(wrong) => pages::edit_again(request, &segment, sent, form::problems(&wrong, &wish.typed), None),
    }
}

/// "renamed in the shared views A, B"; nothing if there is none.
fn in_views(views: &[String]) -> Option<String> {
    (!views.is_empty()).then(|| format!("renamed in the shared views {}", views.join(", ")))
}

pub fn archive(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let segment = asked(request)?;
    request.state.db.tx_now(|conn| {
        store::archive(conn, request.scope().environment, segment.id, Some(request.now.at))?;
        written(request, conn, Action::SegmentArchived, &segment.name)
    })?;
    Ok(see_other_saying(&request.scope().path("segments"), &format!("Segment {} archived.", segment.name)))
}

pub fn restore(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let segment = asked(request)?;
    let is_free = request.state.db.tx_now(|conn| {
        let is_free = define::restore(conn, request.scope().environment, &segment)?;
        if is_free {
            written(request, conn, Action::SegmentBroughtBack, &segment.name)?;
        }
        Ok(is_free)
    })?;
    if is_free {
        return saved(request, segment.id, &format!("Segment {} is back.", segment.name));
    }
    let message = format!("Another segment is called {} now. Rename that one first.", segment.name);
    Ok(see_other_saying(&request.scope().path(&format!("segments/{}", segment.id)), &message))
}

pub fn count(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let segment = asked(request)?;
    request.state.db.tx_now(|conn| state::want_counts(conn, request.scope().environment, &[segment.id]))?;
    saved(request, segment.id, "Everybody is counted again.")
}
