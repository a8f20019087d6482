//! Lengths of time run out by themselves: of whom a filter may have become true or false between two times, though nothing was said.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::predicate::{Bounds, Leaf, Moments, Node, Predicate, ValueTest};
use crate::db::{ids::EnvironmentId, sql_query};

/// From a time on, and until before another.
type Times = [DateTime<Utc>; 2];

/// People whom the passing of time concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crossing {
    Created(Times),
    Seen(Times),
    Events(Vec<i32>, Times),
    /// A pause or a suppression ended.
    Restrictions(Times),
    /// The day in an attribute lies between these, both included.
    Days(String, [String; 2]),
    /// It cannot be said whom.
    Everybody,
}

impl Predicate {
    /// Whom the time between two checks of one filter concerns.
    pub fn crossings(&self, later: &Self) -> Vec<Crossing> {
        let mut found = Vec::new();
        cross(&self.root, &later.root, &mut found);
        found.dedup();
        found
    }
}

fn cross(earlier: &Node, later: &Node, found: &mut Vec<Crossing>) {
    match (earlier, later) {
        (Node::All(a), Node::All(b)) | (Node::Any(a), Node::Any(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| cross(a, b, found));
        }
        (Node::Not(a), Node::Not(b)) => cross(a, b, found),
        (Node::Leaf(a), Node::Leaf(b)) => of_leaves(a, b, found),
        _ => found.push(Crossing::Everybody),
    }
}

fn of_leaves(earlier: &Leaf, later: &Leaf, found: &mut Vec<Crossing>) {
    match (earlier, later) {
        (Leaf::Created(a), Leaf::Created(b)) => found.extend(between(a, b).map(Crossing::Created)),
        (Leaf::Seen(a), Leaf::Seen(b)) => found.extend(between(a, b).map(Crossing::Seen)),
        (Leaf::Events(a), Leaf::Events(b)) => {
            found.extend(between(&a.within, &b.within).map(|times| Crossing::Events(a.definitions.clone(), times)));
            let days = |tests: &[(String, ValueTest)]| tests.iter().map(|(_, test)| day(test)).collect::<Vec<_>>();
            if days(&a.with) != days(&b.with) {
                found.push(Crossing::Everybody);
            }
        }
        (Leaf::Can(a), Leaf::Can(b)) => found.extend(ordered(a.now, b.now).map(Crossing::Restrictions)),
        (Leaf::Entry(name, a), Leaf::Entry(_, b)) | (Leaf::Single(name, a), Leaf::Single(_, b)) => {
            let mut ends: Vec<String> = match (day(a), day(b)) {
                (Some(a), Some(b)) if a != b => a.into_iter().chain(b).collect(),
                _ => return,
            };
            ends.sort();
            if let (Some(first), Some(last)) = (ends.first(), ends.last()) {
                found.push(Crossing::Days(name.clone(), [first.clone(), last.clone()]));
            }
        }
        _ => {}
    }
}

fn ordered(a: DateTime<Utc>, b: DateTime<Utc>) -> impl Iterator<Item = Times> {
    // A clock may have been set back.
    (a != b).then(|| [a.min(b), a.max(b)]).into_iter()
}

/// The times over which the ends of a span have moved.
fn between(earlier: &Moments, later: &Moments) -> impl Iterator<Item = Times> {
    let ends = [(earlier.from, later.from), (earlier.until, later.until)];
    ends.into_iter().filter_map(|(a, b)| Some(ordered(a?, b?))).flatten()
}

/// The days of a test of days.
fn day(test: &ValueTest) -> Option<Vec<String>> {
    let ValueTest::Day(Bounds { from, to }) = test else { return None };
    Some([from, to].into_iter().flatten().map(|(day, _)| day.clone()).collect())
}

#[derive(QueryableByName)]
struct Who {
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
}

impl Crossing {
    /// Those people, each once, at most `most` of them; `None`: they are more, or it cannot be said. One SQL statement.
    pub fn people(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        most: i64,
    ) -> QueryResult<Option<Vec<Uuid>>> {
        let of = |text: &'static str, [from, until]: &Times| {
            sql_query(text)
                .bind::<SmallInt, _>(environment)
                .bind::<BigInt, _>(most + 1)
                .bind::<Timestamptz, _>(*from)
                .bind::<Timestamptz, _>(*until)
        };
        let query = match self {
            Self::Created(times) => of(
                "SELECT id AS profile_id FROM profiles \
                 WHERE environment_id = $1 AND created_at >= $3 AND created_at < $4 LIMIT $2",
                times,
            ),
            Self::Seen(times) => of(
                "SELECT profile_id FROM profile_activity \
                 WHERE environment_id = $1 AND last_seen_at >= $3 AND last_seen_at < $4 LIMIT $2",
                times,
            ),
            Self::Events(definitions, times) => of(
                "SELECT DISTINCT profile_id FROM events WHERE environment_id = $1 AND definition_id = ANY($5) \
                     AND occurred_at >= $3 AND occurred_at < $4 LIMIT $2",
                times,
            )
            .bind::<Array<Integer>, _>(definitions.clone()),
            // A restriction holds until its end, and no longer at it.
            Self::Restrictions(times) => of(
                "SELECT DISTINCT profile_id FROM restrictions \
                 WHERE environment_id = $1 AND until >= $3 AND until <= $4 LIMIT $2",
                times,
            ),
            Self::Days(name, [first, last]) => sql_query(
                "SELECT id AS profile_id FROM profiles WHERE environment_id = $1 AND EXISTS (\
                     SELECT FROM jsonb_path_query(attributes -> $3, '$[*]') x (entry) \
                     WHERE day_of(entry) COLLATE \"C\" BETWEEN $4 AND $5) LIMIT $2",
            )
            .bind::<SmallInt, _>(environment)
            .bind::<BigInt, _>(most + 1)
            .bind::<Text, _>(name)
            .bind::<Text, _>(first)
            .bind::<Text, _>(last),
            Self::Everybody => return Ok(None),
        };
        let found: Vec<Who> = query.load(conn)?;
        let is_whole = i64::try_from(found.len()).is_ok_and(|found| found <= most);
        Ok(is_whole.then(|| found.into_iter().map(|who| who.profile_id).collect()))
    }
}
