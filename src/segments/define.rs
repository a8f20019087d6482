//! Defining segments: what is checked before one is stored, whoever defines it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::{
    MOST,
    segment::{Definition, Segment, SegmentKind, SegmentName},
    store::{self, By, Saved},
};
use crate::{
    db::{
        Turn,
        ids::{EnvironmentId, OperatorId, SegmentId},
        schema::segments,
    },
    filter::{self, Filter, FilterError, Predicate},
    json::Json,
    screen_views,
    text::fold,
    views,
};

/// A segment as somebody wants it.
#[derive(Clone, Debug)]
pub struct Wish {
    pub name: SegmentName,
    pub description: String,
    pub folder: String,
    pub tags: Vec<String>,
    pub owner: Option<OperatorId>,
    pub on_profiles: bool,
    /// The filter of a live segment, as text; nothing is asked of others.
    pub typed: String,
}

impl Wish {
    /// A segment of this name, without particulars.
    pub fn named(name: SegmentName) -> Self {
        let (description, folder, typed) = (String::new(), String::new(), String::new());
        Self { name, description, folder, tags: Vec::new(), owner: None, on_profiles: false, typed }
    }
}

/// Why a segment cannot be as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    Name(&'static str),
    Definition(FilterError),
    /// Somebody else saved it meanwhile.
    Stale,
}

/// Rule for the name of a segment.
pub const TAKEN: &str = "There is a segment of this name. Enter another one.";

/// Stores a new segment, whose members are counted next.
pub fn create(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SegmentId,
    kind: SegmentKind,
    wish: &Wish,
    by: By,
) -> QueryResult<Result<(), Wrong>> {
    Turn::Segments.wait(conn, environment)?;
    let others = store::all(conn, environment)?;
    if others.iter().filter(|it| it.archived_at.is_none()).count() as i64 >= MOST {
        return Ok(Err(Wrong::Name("There are 500 segments, which is the limit. Archive one first.")));
    }
    let saved = match check(conn, environment, (id, kind), wish, &others, by.at)? {
        Ok(saved) => saved,
        Err(wrong) => return Ok(Err(wrong)),
    };
    store::insert(conn, environment, id, &saved, by).map(Ok)
}

/// Stores what was changed of a segment, if it still has the version that was seen. Returns the names of shared views that know it by another
/// name now.
pub fn change(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    seen: (SegmentId, i32),
    wish: &Wish,
    by: By,
) -> QueryResult<Result<Vec<String>, Wrong>> {
    Turn::Segments.wait(conn, environment)?;
    let others = store::all(conn, environment)?;
    let Some(was) = others.iter().find(|it| (it.id, it.version) == seen) else { return Ok(Err(Wrong::Stale)) };
    let saved = match check(conn, environment, (was.id, was.kind), wish, &others, by.at)? {
        Ok(saved) => saved,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let views = match was.name == saved.name {
        true => Vec::new(),
        false => rename(conn, environment, &others, &was.name, &saved.name)?,
    };
    store::update(conn, environment, was, &saved, by)?;
    Ok(Ok(views))
}

/// Brings an archived segment back; `false`: another one has its name now.
pub fn restore(conn: &mut PgConnection, environment: EnvironmentId, segment: &Segment) -> QueryResult<bool> {
    Turn::Segments.wait(conn, environment)?;
    if is_taken(&store::all(conn, environment)?, segment.id, &segment.name) {
        return Ok(false);
    }
    store::archive(conn, environment, segment.id, None)?;
    Ok(true)
}

/// Checks a definition that is not stored, as a dry run does.
pub fn check_definition(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    now: DateTime<Utc>,
) -> QueryResult<Result<(Filter, Predicate), FilterError>> {
    let parsed = match filter::parse(typed) {
        Ok(parsed) => parsed,
        Err(wrong) => return Ok(Err(wrong)),
    };
    Ok(parsed.check(conn, environment, now)?.map(|predicate| (parsed.filter, predicate)))
}

fn check(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    (id, kind): (SegmentId, SegmentKind),
    wish: &Wish,
    others: &[Segment],
    now: DateTime<Utc>,
) -> QueryResult<Result<Saved, Wrong>> {
    let name = wish.name.as_str();
    if is_taken(others, id, name) {
        return Ok(Err(Wrong::Name(TAKEN)));
    }
    if kind != SegmentKind::Live && !wish.typed.is_empty() {
        return Ok(Err(Wrong::Definition(FilterError::new(0..0, "Only a live segment has a definition.".to_owned()))));
    }
    let (filter, predicate) = if kind == SegmentKind::Live {
        match check_definition(conn, environment, &wish.typed, now)? {
            Ok((filter, predicate)) => (Some(filter), predicate),
            Err(wrong) => return Ok(Err(Wrong::Definition(wrong))),
        }
    } else {
        (None, Predicate::chosen(environment, id))
    };
    if let Some(circle) = filter.as_ref().and_then(|filter| circle(others, (id, name), filter)) {
        let message = format!("This makes a circle: {}. A segment cannot depend on itself.", circle.join(" uses "));
        return Ok(Err(Wrong::Definition(FilterError::new(0..0, message))));
    }
    Ok(Ok(Saved {
        kind,
        name: name.to_owned(),
        description: wish.description.clone(),
        folder: wish.folder.clone(),
        tags: wish.tags.clone(),
        owner: wish.owner,
        on_profiles: wish.on_profiles,
        filter,
        predicate,
    }))
}

/// Whether another segment that is not archived has a name.
fn is_taken(others: &[Segment], id: SegmentId, name: &str) -> bool {
    others.iter().any(|it| it.id != id && it.archived_at.is_none() && fold(&it.name) == fold(name))
}

/// The names on the way from a segment to itself, if its filter makes such a way.
fn circle(others: &[Segment], (id, name): (SegmentId, &str), filter: &Filter) -> Option<Vec<String>> {
    let by_name: BTreeMap<String, &Segment> =
        others.iter().filter(|it| it.archived_at.is_none() && it.id != id).map(|it| (fold(&it.name), it)).collect();
    let mut open: Vec<(Vec<String>, &Filter)> = vec![(vec![name.to_owned()], filter)];
    let mut known: BTreeSet<SegmentId> = BTreeSet::new();
    while let Some((way, filter)) = open.pop() {
        for next in filter.segments() {
            let longer = |to: &str| way.iter().cloned().chain([to.to_owned()]).collect::<Vec<_>>();
            // Others know it by its former name until it is stored.
            let was = others.iter().find(|it| it.id == id).map(|it| fold(&it.name));
            if fold(next) == fold(name) || was.is_some_and(|was| was == fold(next)) {
                return Some(longer(name));
            }
            if let Some(segment) = by_name.get(&fold(next)).filter(|it| known.insert(it.id))
                && let Definition::By(inside) = &segment.definition
            {
                open.push((longer(&segment.name), inside));
            }
        }
    }
    None
}

/// Segments whose definition uses the one of that name.
pub fn users<'a>(others: &'a [Segment], name: &str) -> Vec<&'a Segment> {
    let uses = |it: &&Segment| it.definition.filter().is_some_and(|filter| filter.uses_segment(name));
    others.iter().filter(|it| it.archived_at.is_none()).filter(uses).collect()
}

/// Gives the new name to those who use a segment, to screen views and to views. They mean the same as before. Views that mean a segment of the former name in
/// another environment of the workspace stay as they are. Returns the names of shared views.
fn rename(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    others: &[Segment],
    from: &str,
    to: &str,
) -> QueryResult<Vec<String>> {
    for user in users(others, from) {
        let Definition::By(filter) = &user.definition else { continue };
        let renamed = filter.clone().renaming_segment(from, to);
        diesel::update(segments::table.find((environment.0, user.id)))
            .set(segments::definition.eq(Json(renamed.to_json())))
            .execute(conn)?;
    }
    screen_views::rename_segment(conn, environment, from, to)?;
    if store::is_elsewhere(conn, environment, from)? {
        Ok(Vec::new())
    } else {
        views::rename_segment(conn, environment, from, to)
    }
}
