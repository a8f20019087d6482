//! Changes: the rows to write to the ledger.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use diesel::{
    ExecuteCopyFromDsl, ExpressionMethods, PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use uuid::Uuid;

use super::{Batch, Leave, Stamp};
use crate::{
    db::{
        ids::{ProfileId, new_ids},
        schema::changes,
        sql_query,
    },
    json::{Json, JsonRef},
};

/// What a change is about. Changes of one time are shown in the order of their kinds, so that a profile's creation comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Creation of the profile.
    Created,
    /// Erasure of the profile with everything before.
    Erased,
    /// A merge or its undoing; the subject is the other profile, the value is the survivor.
    Merge,
    /// An identifier; the subject is its kind.
    Identifier,
    /// A channel address; the subject is the channel.
    Address,
    /// A device; the subject is its token.
    Device,
    /// An attribute; the subject is its name.
    Attribute,
    /// A tag, off to on or on to off; the subject is the tag.
    Tag,
    /// A subscription; the subject is its line: `channel` or `channel/topic`.
    Subscription,
    /// A consent; the subject is its purpose.
    Consent,
    /// That an email was confirmed; the subject is the normalised email.
    Confirmation,
    /// What keeps messages from the person whatever they want; the subject is its key, such as `blocked/email:ann@example.com`.
    Restriction,
    /// Whether somebody was chosen for a segment, or is kept in it by a system; the subject is its id.
    Segment,
    /// A note; the subject is its id, the value is its version and whether it is pinned. Its texts are in `note_versions`.
    Note,
    /// A register without a kind of its own here; holds its word.
    Other(&'static str),
}

/// Words of [`ChangeKind::Other`] that rows of the ledger may have.
static OTHERS: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());

impl ChangeKind {
    /// All kinds but [`Self::Other`], those that people look for first at the front.
    pub const ALL: [Self; 14] = [
        Self::Attribute,
        Self::Tag,
        Self::Address,
        Self::Subscription,
        Self::Consent,
        Self::Confirmation,
        Self::Restriction,
        Self::Identifier,
        Self::Device,
        Self::Segment,
        Self::Note,
        Self::Merge,
        Self::Created,
        Self::Erased,
    ];

    /// All kinds but [`Self::Other`], in the order in which changes of one time are shown.
    pub fn in_order() -> [Self; 14] {
        let mut all = Self::ALL;
        all.sort_unstable();
        all
    }

    /// The kind with this name in the database and in addresses; `None` if there is no such kind.
    pub fn from_stored(name: &str) -> Option<Self> {
        let other = || OTHERS.read().unwrap_or_else(PoisonError::into_inner).get(name).copied().map(Self::Other);
        Self::ALL.into_iter().find(|known| known.as_str() == name).or_else(other)
    }

    /// Makes [`Self::from_stored`] accept this kind, if it is none of [`Self::ALL`].
    pub fn make_known(self) {
        if let Self::Other(word) = self {
            OTHERS.write().unwrap_or_else(PoisonError::into_inner).insert(word);
        }
    }

    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Created => "Profile created",
            Self::Erased => "Erased",
            Self::Merge => "Merge",
            Self::Identifier => "Identifier",
            Self::Address => "Contact detail",
            Self::Device => "Device",
            Self::Attribute => "Attribute",
            Self::Tag => "Tag",
            Self::Subscription => "Subscription",
            Self::Consent => "Consent",
            Self::Confirmation => "Confirmed email",
            Self::Restriction => "Restriction",
            Self::Segment => "Segment",
            Self::Note => "Note",
            Self::Other(word) => word,
        }
    }

    /// Whether it is what the person wants to receive or agreed to, or what keeps messages from them.
    pub fn is_an_answer(self) -> bool {
        matches!(self, Self::Subscription | Self::Consent | Self::Restriction)
    }

    /// Whether changes of this kind have values before and after that can be shown.
    pub fn has_values(self) -> bool {
        !matches!(self, Self::Created | Self::Erased | Self::Merge)
    }

    /// Name in the database and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Erased => "erased",
            Self::Merge => "merge",
            Self::Identifier => "identifier",
            Self::Address => "address",
            Self::Device => "device",
            Self::Attribute => "attribute",
            Self::Tag => "tag",
            Self::Subscription => "subscription",
            Self::Consent => "consent",
            Self::Confirmation => "confirmation",
            Self::Restriction => "restriction",
            Self::Segment => "segment",
            Self::Note => "note",
            Self::Other(word) => word,
        }
    }
}

impl Serialize for ChangeKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ChangeKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::from_stored(&name).ok_or_else(|| Error::custom(format!("{name} is no kind of change")))
    }
}

/// A row to write to the ledger.
#[derive(Clone, Debug)]
pub struct Change {
    profile: ProfileId,
    as_of: DateTime<Utc>,
    kind: ChangeKind,
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
    refused: Option<Value>,
}

/// Profile and time of a change.
pub trait Said {
    /// The profile that a change is about, and the time since when the change is true.
    fn said(&self) -> (ProfileId, DateTime<Utc>);
}

impl Said for (ProfileId, DateTime<Utc>) {
    fn said(&self) -> (ProfileId, DateTime<Utc>) {
        *self
    }
}

/// Profile and stamp of a change, and what its source may loosen.
#[derive(Clone, Copy)]
pub struct Context {
    pub profile: ProfileId,
    pub stamp: Stamp,
    pub leave: Leave,
}

impl Said for Context {
    fn said(&self) -> (ProfileId, DateTime<Utc>) {
        (self.profile, self.stamp.time())
    }
}

impl Change {
    /// The change with `before` as the value that it replaces.
    pub fn replacing(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// Whether the change sets `subject` of `profile` to `after`.
    pub fn says(&self, profile: ProfileId, kind: ChangeKind, subject: &str, after: &str) -> bool {
        let after = self.after.as_ref().and_then(Value::as_str) == Some(after);
        self.profile == profile && self.kind == kind && self.subject == subject && after
    }

    /// Whether the change is one of `subject`.
    pub fn is_of(&self, kind: ChangeKind, subject: &str) -> bool {
        self.kind == kind && self.subject == subject
    }

    /// What kind of fact the change is about.
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// What it is about: see [`ChangeKind`].
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Profile that the change is about.
    pub fn profile(&self) -> ProfileId {
        self.profile
    }

    /// A change of `subject` from `before` to `after`; `None`: there is no value.
    pub fn new(said: impl Said, kind: ChangeKind, subject: &str, before: Option<Value>, after: Option<Value>) -> Self {
        let (profile, as_of) = said.said();
        Self { profile, as_of, kind, subject: subject.to_owned(), before, after, refused: None }
    }

    /// A statement that was not taken: `kept` stays, because it is stricter.
    pub fn refused(said: impl Said, kind: ChangeKind, subject: &str, kept: Option<Value>, refused: Value) -> Self {
        Self { refused: Some(refused), ..Self::new(said, kind, subject, kept.clone(), kept) }
    }

    /// Whether the statement was not taken, so that nothing changed.
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The change as one of another profile.
    pub fn of(self, profile: ProfileId) -> Self {
        Self { profile, ..self }
    }

    /// Name that senders use for what the change is about; without an address that a restriction is of.
    pub fn field(&self) -> String {
        let subject = match self.kind {
            ChangeKind::Restriction => self.subject.split_once('/').map_or(&*self.subject, |(kind, _)| kind),
            _ => &self.subject,
        };
        format!("{} {subject}", self.kind.as_str())
    }
}

/// Writes the changes of one batch, in one SQL statement. Returns the number of rows. Rows of a profile are recorded in the order in which
/// they took effect: a batch that waited for a later one is recorded just after that.
pub fn append(conn: &mut PgConnection, batch: &Batch, changes: &[Change]) -> QueryResult<usize> {
    // Ids keep the order of a call's rows, however the call was cut into batches.
    let ids = new_ids(batch.received_at, batch.before, changes.len());
    let column = |pick: fn(&Change) -> Option<&Value>| {
        changes.iter().map(|change| pick(change).map(JsonRef)).collect::<Vec<_>>()
    };
    sql_query(
        "WITH late AS ( \
             SELECT w.profile_id, l.recorded_at + interval '1 microsecond' AS recorded_at \
             FROM (SELECT DISTINCT profile_id FROM unnest($5) AS w (profile_id)) w CROSS JOIN LATERAL ( \
                 SELECT c.recorded_at FROM changes c \
                 WHERE c.environment_id = $1 AND c.profile_id = w.profile_id AND c.recorded_at > $2 \
                 ORDER BY c.recorded_at DESC LIMIT 1) l) \
         INSERT INTO changes (environment_id, profile_id, recorded_at, id, as_of, kind, subject, before, after, source_id, group_id, reason, refused) \
         SELECT $1, u.profile_id, coalesce(late.recorded_at, $2), u.id, u.as_of, u.kind, u.subject, u.before, u.after, $3, $4, $12, u.refused \
         FROM unnest($5, $6, $7, $8, $9, $10, $11, $13) AS u (profile_id, id, as_of, kind, subject, before, after, refused) \
         LEFT JOIN late ON late.profile_id = u.profile_id",
    )
    .bind::<SmallInt, _>(batch.environment)
    .bind::<Timestamptz, _>(batch.received_at)
    .bind::<Integer, _>(batch.source)
    .bind::<SqlUuid, _>(batch.group)
    .bind::<Array<SqlUuid>, _>(changes.iter().map(|change| change.profile.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Timestamptz>, _>(changes.iter().map(|change| change.as_of).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(changes.iter().map(|change| change.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(changes.iter().map(|change| change.subject.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(column(|change| change.before.as_ref()))
    .bind::<Array<Nullable<Jsonb>>, _>(column(|change| change.after.as_ref()))
    .bind::<Nullable<Text>, _>(&batch.reason)
    .bind::<Array<Nullable<Jsonb>>, _>(column(|change| change.refused.as_ref()))
    .execute(conn)
}

/// [`append`] through `COPY`.
pub fn copy(conn: &mut PgConnection, batch: &Batch, new: Vec<Change>) -> QueryResult<usize> {
    let ids = new_ids(batch.received_at, batch.before, new.len());
    let row = |(change, id): (Change, Uuid)| {
        (
            changes::environment_id.eq(batch.environment),
            changes::profile_id.eq(change.profile),
            changes::recorded_at.eq(batch.received_at),
            changes::id.eq(id),
            changes::as_of.eq(change.as_of),
            changes::kind.eq(change.kind.as_str()),
            changes::subject.eq(change.subject),
            changes::before.eq(change.before.map(Json)),
            changes::after.eq(change.after.map(Json)),
            changes::source_id.eq(batch.source),
            changes::group_id.eq(batch.group),
            changes::reason.eq(batch.reason.clone()),
            changes::refused.eq(change.refused.map(Json)),
        )
    };
    diesel::copy_from(changes::table)
        .from_insertable(new.into_iter().zip(ids).map(row).collect::<Vec<_>>())
        .execute(conn)
}
