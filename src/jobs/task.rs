//! Tasks: a kind of task plans the next chunk of a job.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    db::{
        Db,
        ids::{EnvironmentId, ProfileId, SourceId},
    },
    ingest::{Item, Trust},
    ledger::Effect,
};

/// What a job does.
pub trait Task {
    /// Time since which the statements of a chunk made at `now` are true.
    fn as_of(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now
    }

    /// Who says the statements: a job, unless it does for an operator what they decided about each value.
    fn trust(&self) -> Trust {
        Trust::Job
    }

    /// Plans the statements about the next profiles after `after`, in the order of their ids, at most [`AT_ONCE`].
    fn next(&self, conn: &mut PgConnection, environment: EnvironmentId, after: Option<ProfileId>)
    -> QueryResult<Chunk>;

    /// Keeps what became of the people of a chunk, in the transaction in which the job moves on. A chunk may come twice, if the process
    /// ended between its changes and this.
    fn keep(&self, _: &mut PgConnection, _: &Keeping<'_>, _: &Said) -> QueryResult<()> {
        Ok(())
    }
}

/// The job that keeps what became of people.
pub struct Keeping<'a> {
    pub db: &'a Db,
    pub environment: EnvironmentId,
    pub source: SourceId,
    pub now: DateTime<Utc>,
}

/// What became of the people of a chunk.
#[derive(Debug, Default)]
pub struct Said {
    /// The effect of each item that names a profile.
    pub effects: Vec<(ProfileId, Effect)>,
    /// [`Chunk::left_alone`].
    pub left_alone: Vec<(ProfileId, &'static str)>,
    /// [`Chunk::counts`].
    pub counts: Counts,
}

/// Numbers that a task counts, by the id of what they are about and a word of the task.
pub type Counts = BTreeMap<(Uuid, &'static str), i64>;

/// A task that is stored in the row of its job.
pub trait StoredTask: Task + Serialize + DeserializeOwned + 'static {
    /// Name of the kind in the row.
    const KIND: &'static str;

    /// JSON in the row.
    fn to_json(&self) -> Value {
        let mut stored = json!(self);
        stored["do"] = Self::KIND.into();
        stored
    }
}

/// A kind of task that this version of kith knows.
#[derive(Clone, Copy)]
pub struct Kind {
    name: &'static str,
    read: fn(&Value) -> Option<Box<dyn Task>>,
}

impl Kind {
    /// The kind of the task `T`.
    pub const fn of<T: StoredTask>() -> Self {
        Self { name: T::KIND, read: |stored| Some(Box::new(T::deserialize(stored).ok()?)) }
    }

    /// Parses the row of a job; `None` if its kind is not among these.
    pub(super) fn read(kinds: &[Self], stored: &Value) -> Option<Box<dyn Task>> {
        let named = stored.get("do")?.as_str()?;
        kinds.iter().find(|kind| kind.name == named).and_then(|kind| (kind.read)(stored))
    }
}

/// The next chunk of a job.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Items to submit.
    pub items: Vec<Item>,
    /// Number of profiles looked at.
    pub looked_at: usize,
    /// The last of these profiles, after which the next chunk begins; `None` if there are no more.
    pub reached: Option<ProfileId>,
    /// Number of values that cannot be changed, known before submitting.
    pub refused: usize,
    /// Profiles of which nothing is said, each with a word of the task for why.
    pub left_alone: Vec<(ProfileId, &'static str)>,
    /// What the task counts of these profiles, for [`Task::keep`].
    pub counts: Counts,
}

/// Profiles of one chunk at most.
pub const AT_ONCE: i64 = 500;
