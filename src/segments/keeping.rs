//! Who decides about the members of a segment: systems about those that they keep, colleagues about chosen people, and about a live one its
//! filter alone. Asked of each batch that names a segment.

use std::collections::BTreeMap;

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{Choices, segment::SegmentKind};
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, SegmentId},
        schema::segments,
    },
    error::AppError,
    registers::Fact,
};

/// Who says a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// A system, with a key for servers.
    System,
    /// A page, with a key for browsers.
    Page,
    /// Colleagues, and what they began.
    Colleague,
    /// Whoever makes people up.
    Anybody,
}

/// Why somebody may not decide about the members of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// There is no such segment.
    Unknown,
    /// Others decide; holds who, as the rest of a sentence that starts with the segment.
    Others(&'static str),
}

impl SegmentKind {
    /// Why members of such a segment are not decided about by `by`, as the rest of a sentence; `None`: they are.
    pub fn closed_to(self, by: Decider) -> Option<&'static str> {
        match (self, by) {
            (_, Decider::Anybody) | (Self::Chosen, Decider::Colleague) | (Self::Kept, Decider::System) => None,
            (Self::Live, _) => Some("is live: its filter alone decides who is in it"),
            (Self::Chosen, _) => Some("has people whom colleagues choose at the console; no key adds or removes any"),
            (Self::Kept, Decider::Page) => Some("is kept with a key for servers; a key for browsers adds nobody"),
            (Self::Kept, _) => Some("is kept by another system, which alone decides who is in it"),
        }
    }
}

/// Kinds of some segments, each with whether it is archived, in one SQL statement.
pub fn kinds(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    of: impl Iterator<Item = SegmentId>,
) -> QueryResult<BTreeMap<SegmentId, (SegmentKind, bool)>> {
    use segments as s;
    let rows: Vec<(SegmentId, String, bool)> = s::table
        .filter(s::environment_id.eq(environment.0).and(s::id.eq_any(of.collect::<Vec<_>>())))
        .select((s::id, s::kind, s::archived_at.is_not_null()))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, kind, is_archived)| Some((id, (kind.parse().ok()?, is_archived)))).collect())
}

/// The segments that a batch names: of each its kind and whether it is archived; `None`: there is none.
#[derive(Debug, Default)]
pub struct Named(BTreeMap<SegmentId, Option<(SegmentKind, bool)>>);

impl Named {
    /// Reads those that facts name: one SQL statement, none where none is named.
    pub fn load<'a>(
        db: &Db,
        environment: EnvironmentId,
        facts: impl Iterator<Item = &'a Fact>,
    ) -> Result<Self, AppError> {
        let mut named: BTreeMap<SegmentId, _> =
            facts.filter_map(Fact::of::<Choices>).map(|(id, _)| (*id, None)).collect();
        if !named.is_empty() {
            let asked = named.keys().copied().collect::<Vec<_>>();
            let known = db.read_now(|conn| kinds(conn, environment, asked.iter().copied()))?;
            named.extend(known.into_iter().map(|(id, kind)| (id, Some(kind))));
        }
        Ok(Self(named))
    }

    /// Whether the batch names no segment.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why a fact may not be said by `by`; `None`: it may.
    pub fn closed(&self, fact: &Fact, by: Decider) -> Option<Closed> {
        let (id, _) = fact.of::<Choices>()?;
        match self.0.get(id).copied().flatten() {
            _ if by == Decider::Anybody => None,
            None => Some(Closed::Unknown),
            Some((_, true)) if by == Decider::System => Some(Closed::Others("is archived, and nobody is followed")),
            Some((kind, _)) => kind.closed_to(by).map(Closed::Others),
        }
    }
}
