//! The list of suggested, dismissed and done merges, and the confirmation before a merge is undone.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    list::{self, PastMerge},
    shared::{self, SharedAddress},
    suggested::{self, Pair},
};
use crate::{
    console::{Request, Shell},
    db::keyset::{Cursor, Page},
    error::AppError,
    profile_page::{self, Tab, View},
    profiles::PersonLabel,
    web::{
        self, Answer, Now, Query, Timestamp, page_with,
        pager::{self, Pager},
    },
    words::words,
};

words! {
    /// Which merges the list shows.
    enum Show {
        Suggested = "", "Suggestions";
        Dismissed = "dismissed", "Dismissed";
        Shared = "shared", "Shared emails and phones";
        Done = "done", "Merged";
    }
}

#[derive(Template)]
#[template(path = "merges/index.html")]
struct MergesPage {
    shell: Shell,
    show: Show,
    pairs: Vec<Pair>,
    shared: Vec<SharedAddress>,
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

    /// The list of the people who have an address.
    fn holders(&self, address: &str) -> String {
        Query::default().with("q", address).address(&self.shell.scope.path("profiles"))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The last day on which a merge can be undone.
    fn until(&self, merge: &PastMerge) -> String {
        Timestamp::new(merge.until(), self.now).date()
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment, now) = (&request.query, request.scope().environment, request.now);
    let show = Show::ALL.into_iter().find(|show| show.as_str() == query.get("show")).unwrap_or(Show::Suggested);
    let (shell, path, words) = (request.shell.clone(), request.scope().path("merges"), ["Newer", "Older"]);
    if show == Show::Done {
        let done = list::page(conn, environment, now.at, pager::way::<Cursor>(query))?;
        let pager = Pager::new(&done, &path, query, |merge| Cursor { at: merge.at, id: merge.id.0 }, words);
        let page = MergesPage { shell, show, pairs: Vec::new(), shared: Vec::new(), past: done.rows, pager, now };
        return Ok(web::page(&page));
    }
    if show == Show::Shared {
        let (shared, pager) = (shared::newest(conn, environment)?, Pager::default());
        let page = MergesPage { shell, show, pairs: Vec::new(), shared, past: Vec::new(), pager, now };
        return Ok(web::page(&page));
    }
    let way = pager::way::<suggested::PairCursor>(query);
    let found: Page<Pair> = suggested::page(conn, environment, show == Show::Dismissed, way)?;
    let pager = Pager::new(&found, &path, query, |pair| pair.place, words);
    Ok(web::page(&MergesPage { shell, show, pairs: found.rows, shared: Vec::new(), past: Vec::new(), pager, now }))
}

#[derive(Template)]
#[template(path = "merges/undo.html")]
struct UndoPage {
    at: View,
    merge: PastMerge,
}

pub fn confirm_undo(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    undo_page(request, conn, StatusCode::OK)
}

/// Asks for confirmation; for a merge that cannot be undone, says why. Answers 404 if there is no such profile or merge.
pub fn undo_page(request: &Request, conn: &mut PgConnection, status: StatusCode) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let merge = list::find(conn, at.key(), request.id()?)?;
    Ok(page_with(status, &UndoPage { at, merge: merge.ok_or(AppError::NotFound)? }))
}
