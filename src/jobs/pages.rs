//! How far a job is.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Job, store};
use crate::{
    console::Shell,
    db::ids::JobId,
    error::AppError,
    state::AppState,
    web::{Now, PathId, Timestamp, page},
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

/// While it is not done, the page loads itself again every two seconds.
pub async fn show(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let at = (shell.scope.environment, JobId::from_path(&request)?);
    let job = state.db.read(move |conn| store::find(conn, at)).await?.ok_or(AppError::NotFound)?;
    let is_done = job.finished_at.is_some();
    let mut answer = page(&JobPage { now: shell.now(&state.clock), shell, job });
    if !is_done {
        answer.headers_mut().insert(header::REFRESH, header::HeaderValue::from_static("2"));
    }
    Ok(answer)
}
