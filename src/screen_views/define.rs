//! Defining screen views: what is checked before one is stored, whoever defines it.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    MOST,
    content::Content,
    screen_view::{Listed, Priority, Run, ScreenViewName},
    store::{self, Saved},
};
use crate::{
    db::{
        Turn,
        ids::{EnvironmentId, ScreenViewId},
    },
    filter::{Filter, FilterError},
    segments::define::check_definition,
    text::fold,
};

/// A screen view as somebody wants it.
#[derive(Clone, Debug)]
pub struct Wish {
    pub name: ScreenViewName,
    pub content: Content,
    /// Whom it is shown to: a filter, as it was typed.
    pub audience: String,
    pub run: Run,
    pub priority: Priority,
}

/// Who saves, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Name of the operator.
    pub name: &'a str,
    pub at: DateTime<Utc>,
}

/// Why a screen view cannot be as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    Name(&'static str),
    Audience(FilterError),
    /// Somebody else saved it meanwhile.
    Stale,
}

/// Longest audience, in characters.
pub const LONGEST_AUDIENCE: usize = 1_000;

const TAKEN: &str = "There is a screen view of this name. Enter another one.";
const FULL: &str = "There are 200 screen views, which is the limit. Archive one first.";

/// Stores a new screen view.
pub fn create(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    wish: &Wish,
    by: By<'_>,
) -> QueryResult<Result<(), Wrong>> {
    // Segments get other names in turn, so that no audience names one by a former name.
    Turn::Segments.wait(conn, environment)?;
    let others = store::all(conn, environment)?;
    if is_full(&others) {
        return Ok(Err(Wrong::Name(FULL)));
    }
    match check(conn, environment, (id, wish), &others, by.at)? {
        Ok(audience) => store::insert(conn, environment, id, &saved(wish, &audience), (by.name, by.at)).map(Ok),
        Err(wrong) => Ok(Err(wrong)),
    }
}

/// Stores what was changed of a screen view, if it still has the version that was seen. Returns what it was, and its audience now.
pub fn change(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    seen: (ScreenViewId, i32),
    wish: &Wish,
    by: By<'_>,
) -> QueryResult<Result<(Listed, Filter), Wrong>> {
    Turn::Segments.wait(conn, environment)?;
    let others = store::all(conn, environment)?;
    let is_seen = |it: &&Listed| (it.id, it.version) == seen && it.archived_at.is_none();
    let Some(was) = others.iter().find(is_seen) else { return Ok(Err(Wrong::Stale)) };
    let audience = match check(conn, environment, (was.id, wish), &others, by.at)? {
        Ok(audience) => audience,
        Err(wrong) => return Ok(Err(wrong)),
    };
    store::update(conn, environment, was.id, &saved(wish, &audience), (by.name, by.at))?;
    Ok(Ok((was.clone(), audience)))
}

/// Archives a screen view.
pub fn archive(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    Turn::Segments.wait(conn, environment)?;
    store::archive(conn, environment, id, Some(at))
}

/// Brings an archived screen view back.
///
/// # Errors
/// Another one has its name now, or there are too many; in words.
pub fn restore(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ScreenViewId,
    name: &str,
) -> QueryResult<Result<(), String>> {
    Turn::Segments.wait(conn, environment)?;
    let others = store::all(conn, environment)?;
    if is_full(&others) {
        return Ok(Err(FULL.to_owned()));
    }
    if is_taken(&others, id, name) {
        return Ok(Err(format!("Another screen view is called {name} now. Rename that one first.")));
    }
    store::archive(conn, environment, id, None).map(Ok)
}

fn saved<'a>(wish: &'a Wish, audience: &'a Filter) -> Saved<'a> {
    Saved {
        name: wish.name.as_str(),
        content: &wish.content,
        audience,
        run: wish.run,
        priority: wish.priority.number(),
    }
}

fn check(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    (id, wish): (ScreenViewId, &Wish),
    others: &[Listed],
    now: DateTime<Utc>,
) -> QueryResult<Result<Filter, Wrong>> {
    if is_taken(others, id, wish.name.as_str()) {
        return Ok(Err(Wrong::Name(TAKEN)));
    }
    let checked = check_definition(conn, environment, &wish.audience, now)?;
    Ok(checked.map(|(filter, _)| filter).map_err(Wrong::Audience))
}

/// Whether there are as many that are not archived as there may be.
fn is_full(others: &[Listed]) -> bool {
    others.iter().filter(|it| it.archived_at.is_none()).count() as i64 >= MOST
}

/// Whether another one that is not archived has a name.
fn is_taken(others: &[Listed], id: ScreenViewId, name: &str) -> bool {
    others.iter().any(|it| it.id != id && it.archived_at.is_none() && fold(&it.name) == fold(name))
}
