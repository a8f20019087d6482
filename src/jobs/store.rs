//! Rows of jobs. Table: `jobs`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::task::{Kind, Task};
use crate::{
    db::{
        ids::{EnvironmentId, JobId, JobKey, ProfileId, SourceId},
        presence,
        schema::jobs,
    },
    json::Json,
};

/// A stored job.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct Job {
    /// Environment of the job.
    pub environment_id: EnvironmentId,
    /// Id of the job, which is also the group of all its changes.
    pub id: JobId,
    task: Json,
    /// Title for people.
    pub title: String,
    /// Source that started the job, and of its changes.
    pub source_id: SourceId,
    /// Time of the start.
    pub created_at: DateTime<Utc>,
    /// The last profile that was looked at; `None` before the first.
    pub reached: Option<Uuid>,
    /// Number of profiles looked at so far.
    pub looked_at: i64,
    /// Number of changes so far.
    pub changed: i64,
    /// Number of values that could not be changed, and stay.
    pub refused: i64,
    /// Time of the end; `None` while unfinished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the job was given up; `None` otherwise.
    pub failure: Option<String>,
    held_by: Option<i32>,
}

impl Job {
    /// The task of the job; `None` if its kind is not among `kinds`: a later version of kith may have made it.
    pub fn task(&self, kinds: &[Kind]) -> Option<Box<dyn Task>> {
        Kind::read(kinds, &self.task.0)
    }
}

/// Stores a new job; zero rows if there is one of this id.
pub fn insert(
    conn: &mut PgConnection,
    JobKey { environment, job: id }: JobKey,
    task: &Value,
    title: &str,
    source: SourceId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let new = (
        jobs::environment_id.eq(environment),
        jobs::id.eq(id),
        jobs::task.eq(Json(task.clone())),
        jobs::title.eq(title),
        jobs::source_id.eq(source),
        jobs::created_at.eq(now),
    );
    diesel::insert_into(jobs::table).values(new).on_conflict_do_nothing().execute(conn)
}

/// A job, finished or not.
pub fn find(conn: &mut PgConnection, JobKey { environment, job: id }: JobKey) -> QueryResult<Option<Job>> {
    jobs::table.find((environment, id)).select(Job::as_select()).first(conn).optional()
}

/// The oldest unfinished job that none of the processes `others` works on, and that is not among `but`.
pub fn next_open(conn: &mut PgConnection, others: &[i32], but: &[JobId]) -> QueryResult<Option<JobKey>> {
    jobs::table
        .filter(jobs::finished_at.is_null())
        .filter(jobs::held_by.is_null().or(jobs::held_by.ne_all(others)))
        .filter(jobs::id.ne_all(but))
        .order(jobs::created_at)
        .select((jobs::environment_id, jobs::id))
        .first(conn)
        .optional()
}

/// Whether any job is unfinished.
pub fn any_open(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::finished_at.is_null()))).get_result(conn)
}

/// Claims a job for the process with the number `own`; `None` if it has finished, or another live process works on it.
pub fn take(conn: &mut PgConnection, JobKey { environment, job: id }: JobKey, own: i32) -> QueryResult<Option<Job>> {
    let Some(job) = find(conn, JobKey { environment, job: id })?.filter(|job| job.finished_at.is_none()) else {
        return Ok(None);
    };
    if let Some(holder) = job.held_by.filter(|holder| *holder != own)
        && presence::living(conn)?.contains(&holder)
    {
        return Ok(None);
    }
    // Of several processes that find it free, one is first.
    diesel::update(jobs::table.find((environment, id)))
        .filter(jobs::finished_at.is_null())
        .filter(jobs::held_by.is_not_distinct_from(job.held_by))
        .set(jobs::held_by.eq(own))
        .returning(Job::as_returning())
        .get_result(conn)
        .optional()
}

/// Progress of one chunk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Number of profiles looked at.
    pub looked_at: i64,
    /// Number of changes.
    pub changed: i64,
    /// Number of values that could not be changed.
    pub refused: i64,
}

/// Stores the progress of the process `own`, unless another one has claimed the job; without a profile the job has finished.
pub fn advance(
    conn: &mut PgConnection,
    JobKey { environment, job: id }: JobKey,
    own: i32,
    reached: Option<ProfileId>,
    progress: Progress,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(jobs::table.find((environment, id)))
        .filter(jobs::held_by.eq(own))
        .set((
            reached.map(|profile| jobs::reached.eq(profile.0)),
            jobs::looked_at.eq(jobs::looked_at + progress.looked_at),
            jobs::changed.eq(jobs::changed + progress.changed),
            jobs::refused.eq(jobs::refused + progress.refused),
            reached.is_none().then_some(jobs::finished_at.eq(now)),
        ))
        .execute(conn)
}

/// Releases a job, so that other processes can continue it.
pub fn release(conn: &mut PgConnection, JobKey { environment, job: id }: JobKey, own: i32) -> QueryResult<usize> {
    let held = jobs::table.find((environment, id)).filter(jobs::held_by.eq(own));
    diesel::update(held).set(jobs::held_by.eq(None::<i32>)).execute(conn)
}

/// Gives up a job, for the reason `why`.
pub fn fail(
    conn: &mut PgConnection,
    JobKey { environment, job: id }: JobKey,
    why: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let given_up = (jobs::finished_at.eq(now), jobs::failure.eq(why));
    diesel::update(jobs::table.find((environment, id))).set(given_up).execute(conn)
}

/// Stops a job that was not finished; `why` says who did.
pub fn stop(conn: &mut PgConnection, at: JobKey, why: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    let stopped = (jobs::finished_at.eq(now), jobs::failure.eq(why), jobs::held_by.eq(None::<i32>));
    let open = jobs::table.find((at.environment, at.job)).filter(jobs::finished_at.is_null());
    diesel::update(open).set(stopped).execute(conn)
}

/// Removes jobs that finished more than a month ago.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(jobs::table.filter(jobs::finished_at.lt(now - TimeDelta::days(30)))).execute(conn)
}
