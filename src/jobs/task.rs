//! What a job does: a kind of task says what comes next, some profiles at a time.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    db::ids::{EnvironmentId, ProfileId},
    ingest::Item,
};

/// What a job does.
pub trait Task {
    /// Since when what it says is true, if it is done at `now`.
    fn as_of(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now
    }

    /// Looks up what to do about the next profiles after `after`, in the order of their ids, at most [`AT_ONCE`].
    fn next(&self, conn: &mut PgConnection, environment: EnvironmentId, after: Option<ProfileId>)
    -> QueryResult<Chunk>;
}

/// A task that is kept in the row of its job.
pub trait StoredTask: Task + Serialize + DeserializeOwned + 'static {
    /// As the row names it.
    const KIND: &'static str;

    /// As the row holds it.
    fn to_json(&self) -> Value {
        let mut stored = json!(self);
        stored["do"] = Self::KIND.into();
        stored
    }
}

/// A kind of task that this version of kith can do.
#[derive(Clone, Copy)]
pub struct Kind {
    name: &'static str,
    read: fn(&Value) -> Option<Box<dyn Task>>,
}

impl Kind {
    /// That of a task.
    pub const fn of<T: StoredTask>() -> Self {
        Self { name: T::KIND, read: |stored| Some(Box::new(T::deserialize(stored).ok()?)) }
    }

    /// Reads the row of a job; none if none of these kinds can do it.
    pub(super) fn read(kinds: &[Self], stored: &Value) -> Option<Box<dyn Task>> {
        let named = stored.get("do")?.as_str()?;
        kinds.iter().find(|kind| kind.name == named).and_then(|kind| (kind.read)(stored))
    }
}

/// What comes next in a job.
#[derive(Debug, Default)]
pub struct Chunk {
    /// What to say.
    pub items: Vec<Item>,
    /// How many profiles were looked at for it.
    pub looked_at: usize,
    /// The last of them, after which the next chunk begins; none: there was nobody left.
    pub reached: Option<ProfileId>,
    /// How many things cannot be done, which is known already.
    pub refused: usize,
}

/// Profiles of one chunk.
pub const AT_ONCE: i64 = 500;
