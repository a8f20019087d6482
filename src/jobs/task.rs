use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    attributes::{self, AttributeType},
    db::ids::{EnvironmentId, ProfileId},
    history,
    ingest::Item,
    tags,
};

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Task {
    /// Takes back all that one form, import, call or job did, where nothing newer depends on it.
    Undo {
        /// What ties it together.
        group: Uuid,
    },
    /// Takes a tag off everybody, and puts another one on instead if there is one.
    Retag {
        /// The tag to take off.
        from: String,
        /// The tag to put on.
        to: Option<String>,
    },
    /// Turns the values of an attribute into those of a type, where they can be.
    Retype {
        /// The attribute.
        name: String,
        /// Of which type its values shall be.
        to: AttributeType,
    },
}

/// What comes next in a job.
#[derive(Debug, Default)]
pub struct Portion {
    /// What to say.
    pub items: Vec<Item>,
    /// How many profiles were looked at for it.
    pub looked_at: usize,
    /// The last of them, after which the next portion begins; none: there was nobody left.
    pub reached: Option<ProfileId>,
    /// How many things cannot be done, which is known already.
    pub refused: usize,
}

/// Profiles of one portion.
pub const AT_ONCE: i64 = 500;

impl Task {
    /// Since when what it says is true, if it is done at `now`.
    pub fn as_of(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Undo { .. } | Self::Retag { .. } => now,
            // A value in another form is as old as it was: a correction is never older than what it corrects.
            Self::Retype { .. } => DateTime::UNIX_EPOCH,
        }
    }

    /// Looks up what to do about the next profiles after `after`, in the order of their ids, at most [`AT_ONCE`].
    pub fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Portion> {
        match self {
            Self::Undo { group } => history::undo_portion(conn, environment, *group, after),
            Self::Retag { from, to } => tags::retag_portion(conn, environment, (from, to.as_deref()), after),
            Self::Retype { name, to } => attributes::retype_portion(conn, environment, (name, *to), after),
        }
    }
}
