//! The page of a job: its progress.

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{Job, store};
use crate::{
    console::{Request, Shell},
    db::ids::JobKey,
    error::AppError,
    web::{Answer, Now, Timestamp, page},
};

#[derive(Template)]
#[template(path = "jobs/show.html")]
struct JobPage {
    shell: Shell,
    job: Job,
    now: Now,
}

impl JobPage {
    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

/// The page reloads itself every two seconds until the job has finished.
pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let key = JobKey { environment: request.scope().environment, job: request.id()? };
    let job = store::find(conn, key)?.ok_or(AppError::NotFound)?;
    let is_done = job.finished_at.is_some();
    let answer = page(&JobPage { shell: request.shell.clone(), job, now: request.now });
    Ok(if is_done { answer } else { answer.again_soon() })
}
