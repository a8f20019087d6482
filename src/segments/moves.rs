//! Who entered and left segments, with what made the difference. Table: `segment_moves`.

use std::ops::Range;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Deserialize;
use uuid::Uuid;

use super::members::Cause;
use crate::{
    attributes::AttributeName,
    db::{
        ids::{EnvironmentId, ProfileId, ProfileKey, SegmentId},
        keyset::{Cursor, Page, Seek},
        sql_query,
    },
    json::Json,
    ledger::ChangeKind,
    web::pairs::Pairs,
};

/// Something that was said of somebody and made the difference.
#[derive(Clone, Debug, Deserialize)]
pub struct Because {
    key: String,
    /// Name of the event, as senders say it; `None`: it is no event, or one that is gone.
    event: Option<String>,
    /// Name of the event or segment for people; or that a system keeps the segment.
    label: Option<String>,
}

impl Because {
    fn parts(&self) -> (&str, &str) {
        self.key.split_once(':').unwrap_or((&self.key, ""))
    }

    /// What was said, in a few words: "Plan", "Tag vip".
    pub fn words(&self) -> String {
        let label = |unknown: &str| self.label.clone().unwrap_or_else(|| unknown.to_owned());
        match self.parts() {
            ("attribute", name) => AttributeName::humanise(name),
            ("tag", "") => "Tags".to_owned(),
            ("tag", tag) => format!("Tag {tag}"),
            ("event", _) => label("An event"),
            ("segment", _) => label("Another segment"),
            ("chosen", _) => label("Chosen by hand"),
            ("seen", _) => "Activity".to_owned(),
            ("search", _) => "Name or address".to_owned(),
            ("profile", _) => "The profile itself".to_owned(),
            (other, _) => {
                ChangeKind::from_stored(other).map_or_else(|| other.to_owned(), |kind| kind.label().to_owned())
            }
        }
    }

    /// Where it can be read, of the profile at `base`: events of that name on the timeline, the other segment, the changes in the history.
    fn way(&self, group: Option<Uuid>, base: &str) -> Option<String> {
        let asked = Pairs::default();
        match self.parts() {
            ("event", _) => {
                let event = self.event.as_deref()?;
                Some(asked.with("event", event).with("period", "all").address(&format!("{base}/activity")))
            }
            ("segment", id) => Some(format!("{base}/segments/{id}")),
            // Times of activity are no changes; events and changes both move them.
            ("seen", _) => Some(format!("{base}/activity")),
            _ => Some(asked.with("group", &group?.to_string()).address(&format!("{base}/history"))),
        }
    }
}

/// Somebody who entered or left a segment.
#[derive(Clone, Debug, QueryableByName)]
pub struct MoveRow {
    #[diesel(sql_type = SqlUuid)]
    pub profile: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub segment: SegmentId,
    /// Name of the segment.
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    pub has_entered: bool,
    #[diesel(sql_type = Text)]
    cause: String,
    #[diesel(sql_type = Jsonb)]
    because: Json,
    /// Group of the changes that were said.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    group: Option<Uuid>,
}

impl MoveRow {
    /// Place in a list by time.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.at, id: self.id }
    }

    /// "Entered" or "Left".
    pub fn verb(&self) -> &'static str {
        if self.has_entered { "Entered" } else { "Left" }
    }

    pub fn cause(&self) -> Cause {
        self.cause.parse().unwrap_or(Cause::Counted)
    }

    /// Why, in words, each part with the way to it on the pages of the profile at `base` where there is one.
    pub fn causes(&self, base: &str) -> Vec<(String, Option<String>)> {
        let said = self.because();
        if said.is_empty() {
            return vec![(self.cause().label().to_owned(), None)];
        }
        said.iter().map(|it| (it.words(), it.way(self.group, base))).collect()
    }

    /// Whether this was said in a group of changes and made the difference.
    pub fn follows(&self, group: Uuid, kind: ChangeKind, subject: &str) -> bool {
        let is_it = |it: &Because| match it.parts() {
            ("chosen", segment) => kind == ChangeKind::Segment && segment == subject,
            ("profile", _) => kind == ChangeKind::Created,
            (said, about) => said == kind.as_str() && (about.is_empty() || about == subject),
        };
        self.group == Some(group) && self.because().iter().any(is_it)
    }

    fn because(&self) -> Vec<Because> {
        serde_json::from_value(self.because.0.clone()).unwrap_or_default()
    }

    /// Why, in one line.
    pub fn why(&self) -> String {
        self.causes("").into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(", ")
    }
}

/// The moves of a segment or of a profile beyond a place, in one direction.
macro_rules! moves {
    ($whose:literal, $order:literal, $beyond:literal) => {
        concat!(
            "SELECT m.profile_id AS profile, m.id, m.segment_id AS segment, s.name, m.moved_at AS at, m.has_entered, m.cause, \
                 m.group_id AS \"group\", coalesce((SELECT jsonb_agg(jsonb_build_object('key', k.key, 'event', d.name, \
                     'label', CASE WHEN k.key LIKE 'chosen:%' AND s.kind = 'kept' THEN 'A system said so' \
                         ELSE coalesce(nullif(d.display_name, ''), d.name, o.name) END) ORDER BY k.place) \
                 FROM unnest(m.keys) WITH ORDINALITY AS k (key, place) \
                 LEFT JOIN event_definitions d ON d.environment_id = $1 \
                     AND d.id = CASE WHEN k.key LIKE 'event:%' THEN substr(k.key, 7)::int END \
                 LEFT JOIN segments o ON o.environment_id = $1 \
                     AND o.id = CASE WHEN k.key LIKE 'segment:%' THEN substr(k.key, 9)::uuid END), '[]') AS because \
             FROM segment_moves m JOIN segments s ON s.environment_id = m.environment_id AND s.id = m.segment_id \
             WHERE m.environment_id = $1 AND ",
            $whose,
            " = $2 AND m.moved_at >= $3 AND m.moved_at < $4 AND (m.moved_at, m.id) ",
            $beyond,
            " ($5, $6) ORDER BY m.moved_at ",
            $order,
            ", m.id ",
            $order,
            " LIMIT $7"
        )
    };
}

fn read(
    conn: &mut PgConnection,
    texts: [&'static str; 2],
    (environment, id): (EnvironmentId, Uuid),
    span: Range<DateTime<Utc>>,
    (way, limit): (Seek<Cursor>, usize),
) -> QueryResult<Vec<MoveRow>> {
    let place = way.place().unwrap_or(Cursor { at: span.end, id: Uuid::nil() });
    sql_query(texts[usize::from(way.is_backwards())])
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(span.start)
        .bind::<Timestamptz, _>(span.end)
        .bind::<Timestamptz, _>(place.at)
        .bind::<SqlUuid, _>(place.id)
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(conn)
}

/// At most `limit` moves of a profile within `span`, of segments that are shown on profiles: the newest first, or the oldest first if `way`
/// seeks backwards. One SQL statement.
pub fn of_profile(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    span: Range<DateTime<Utc>>,
    (way, limit): (Seek<Cursor>, usize),
) -> QueryResult<Vec<MoveRow>> {
    let texts =
        [moves!("s.on_profiles AND m.profile_id", "DESC", "<"), moves!("s.on_profiles AND m.profile_id", "ASC", ">")];
    read(conn, texts, (environment, profile.0), span, (way, limit))
}

/// Moves on one page.
pub const PAGE: usize = 50;

/// Who entered and left a segment until `now`, the newest first.
pub fn of_segment(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
    now: DateTime<Utc>,
    way: Seek<Cursor>,
) -> QueryResult<Page<MoveRow>> {
    let texts = [moves!("m.segment_id", "DESC", "<"), moves!("m.segment_id", "ASC", ">")];
    let rows = read(conn, texts, (environment, segment.0), all_time(now), (way, PAGE + 1))?;
    Ok(Page::from_read(rows, PAGE, &way))
}

/// From the first move to any that a clock that ran ahead wrote.
pub fn all_time(now: DateTime<Utc>) -> Range<DateTime<Utc>> {
    DateTime::UNIX_EPOCH..now + chrono::TimeDelta::days(366)
}
