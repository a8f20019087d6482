use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::json;
use uuid::Uuid;

use super::Task;
use crate::db::{
    ids::{EnvironmentId, JobId, ProfileId, SourceId},
    schema::jobs,
};
use crate::json::Json;

/// How long whoever works on a job has it to themselves without saying so again.
const HOLD: TimeDelta = TimeDelta::seconds(60);

/// A job as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct Job {
    /// Where it belongs.
    pub environment_id: EnvironmentId,
    /// Its id, which is also the group of all that it changes.
    pub id: JobId,
    task: Json,
    /// What it does, as people read it.
    pub title: String,
    /// Who asked for it.
    pub source_id: SourceId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The last profile that was looked at.
    pub reached: Option<Uuid>,
    /// Profiles looked at so far.
    pub looked_at: i64,
    /// Things changed so far.
    pub changed: i64,
    /// Things that were left as they are, although they should have been changed.
    pub refused: i64,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
}

impl Job {
    /// What it does; none if a later version of kith made it.
    pub fn task(&self) -> Option<Task> {
        serde_json::from_value(self.task.0.clone()).ok()
    }
}

/// Keeps a job for later.
pub fn insert(
    conn: &mut PgConnection,
    (environment, id): (EnvironmentId, JobId),
    (task, title): (&Task, &str),
    source: SourceId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let new = (
        jobs::environment_id.eq(environment),
        jobs::id.eq(id),
        jobs::task.eq(Json(json!(task))),
        jobs::title.eq(title),
        jobs::source_id.eq(source),
        jobs::created_at.eq(now),
    );
    diesel::insert_into(jobs::table).values(new).execute(conn)
}

/// A job.
pub fn find(conn: &mut PgConnection, (environment, id): (EnvironmentId, JobId)) -> QueryResult<Option<Job>> {
    jobs::table.find((environment, id)).select(Job::as_select()).first(conn).optional()
}

/// The oldest job that is not done and that nobody works on.
pub fn next_open(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Option<(EnvironmentId, JobId)>> {
    jobs::table
        .filter(jobs::finished_at.is_null())
        .filter(jobs::held_until.is_null().or(jobs::held_until.lt(now)))
        .order(jobs::created_at)
        .select((jobs::environment_id, jobs::id))
        .first(conn)
        .optional()
}

/// Takes a job to work on; none if it is done, or somebody else works on it.
pub fn take(
    conn: &mut PgConnection,
    (environment, id): (EnvironmentId, JobId),
    now: DateTime<Utc>,
) -> QueryResult<Option<Job>> {
    diesel::update(jobs::table.find((environment, id)))
        .filter(jobs::finished_at.is_null())
        .filter(jobs::held_until.is_null().or(jobs::held_until.lt(now)))
        .set(jobs::held_until.eq(now + HOLD))
        .returning(Job::as_returning())
        .get_result(conn)
        .optional()
}

/// What became of a portion.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Profiles looked at.
    pub looked_at: i64,
    /// Things changed.
    pub changed: i64,
    /// Things that could not be.
    pub refused: i64,
}

/// Notes how far a job got, and holds it on; without a profile it is done.
pub fn advance(
    conn: &mut PgConnection,
    (environment, id): (EnvironmentId, JobId),
    (reached, progress): (Option<ProfileId>, Progress),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(jobs::table.find((environment, id)))
        .set((
            reached.map(|profile| jobs::reached.eq(profile.0)),
            jobs::looked_at.eq(jobs::looked_at + progress.looked_at),
            jobs::changed.eq(jobs::changed + progress.changed),
            jobs::refused.eq(jobs::refused + progress.refused),
            jobs::held_until.eq(now + HOLD),
            reached.is_none().then_some(jobs::finished_at.eq(now)),
        ))
        .execute(conn)
}

/// Lets others go on with a job.
pub fn let_go(conn: &mut PgConnection, (environment, id): (EnvironmentId, JobId)) -> QueryResult<usize> {
    diesel::update(jobs::table.find((environment, id))).set(jobs::held_until.eq(None::<DateTime<Utc>>)).execute(conn)
}

/// Gives a job up.
pub fn fail(
    conn: &mut PgConnection,
    (environment, id): (EnvironmentId, JobId),
    why: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let given_up = (jobs::finished_at.eq(now), jobs::failure.eq(why));
    diesel::update(jobs::table.find((environment, id))).set(given_up).execute(conn)
}

/// Forgets jobs that were done a month ago.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(jobs::table.filter(jobs::finished_at.lt(now - TimeDelta::days(30)))).execute(conn)
}
