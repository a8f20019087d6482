//! What is suggested, what was dismissed and what was done; and the question before a merge is undone.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    list::{self, PastMerge},
    suggested::{self, Pair},
};
use crate::{
    console::Shell,
    db::{
        ids::{MergeId, ProfileId},
        keyset::{Cursor, Page},
    },
    error::AppError,
    profile_page::{self, Header, Tab, View},
    profiles::PersonLabel,
    state::AppState,
    web::{
        Now, PathId, Query, Timestamp, page, page_with,
        pager::{self, Pager},
    },
    words::words,
};

words! {
    /// Which list.
    enum Show {
        Suggested = "", "Suggestions";
        Dismissed = "dismissed", "Dismissed";
        Done = "done", "Merged";
    }
}

#[derive(Template)]
#[template(path = "merges/index.html")]
struct MergesPage {
    shell: Shell,
    show: Show,
    pairs: Vec<Pair>,
    past: Vec<PastMerge>,
    pager: Pager,
    now: Now,
}

impl MergesPage {
    fn path(&self) -> String {
        self.shell.scope.path("merges")
    }

    fn tab(&self, show: &Show) -> String {
        Query::default().with("show", show.as_str()).address(&self.path())
    }

    fn person(&self, row: &PersonLabel) -> String {
        self.shell.scope.path(&format!("profiles/{}", row.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The last day on which a merge can be undone.
    fn until(&self, merge: &PastMerge) -> String {
        Timestamp::new(merge.until(), self.now).date()
    }
}

pub async fn index(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let show = Show::ALL.into_iter().find(|show| show.as_str() == query.get("show")).unwrap_or(Show::Suggested);
    let (environment, now, path) = (shell.scope.environment, shell.now(&state.clock), shell.scope.path("merges"));
    let words = ["Newer", "Older"];
    if show == Show::Done {
        let way = pager::way::<Cursor>(&query);
        let done = state.db.read(move |conn| list::page(conn, environment, now.at, way)).await?;
        let pager = Pager::new(&done, &path, &query, |merge| Cursor { at: merge.at, id: merge.id.0 }, words);
        return Ok(page(&MergesPage { shell, show, pairs: Vec::new(), past: done.rows, pager, now }));
    }
    let way = pager::way::<suggested::PairCursor>(&query);
    let found: Page<Pair> =
        state.db.read(move |conn| suggested::page(conn, environment, show == Show::Dismissed, way)).await?;
    let pager = Pager::new(&found, &path, &query, |pair| pair.place, words);
    Ok(page(&MergesPage { shell, show, pairs: found.rows, past: Vec::new(), pager, now }))
}

#[derive(Template)]
#[template(path = "merges/undo.html")]
struct UndoPage {
    at: View,
    merge: PastMerge,
}

pub async fn confirm_undo(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    undo_page(&request, &state, shell, StatusCode::OK).await
}

/// The question; or, for a merge that cannot be undone, the reason.
pub async fn undo_page(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (id, merge, now) = (ProfileId::from_path(request)?, MergeId::from_path(request)?, shell.now(&state.clock));
    let scope = shell.scope.clone();
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Info, now)? else { return Ok(None) };
        Ok(list::find(conn, (scope.environment, id), merge)?.map(|merge| (frame, merge)))
    });
    let Some((frame, merge)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await;
    };
    Ok(page_with(status, &UndoPage { at: View { shell, frame, now }, merge }))
}
