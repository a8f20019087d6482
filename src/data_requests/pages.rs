//! The page of requests that have no answer.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use chrono::TimeDelta;
use diesel::PgConnection;

use super::store::{self, Open, RequestKind};
use crate::{
    console::{Request, Shell},
    db::{
        ids::ProfileId,
        keyset::{Cursor, Page},
    },
    error::AppError,
    profiles::{PersonLabel, people},
    web::{
        Answer, Now, Timestamp, page,
        pager::{self, Pager},
    },
};

/// Days within which the law wants an answer.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "data_requests/index.html")]
struct RequestsPage {
    shell: Shell,
    page: Page<Open>,
    people: HashMap<ProfileId, PersonLabel>,
    pager: Pager,
    now: Now,
}

impl RequestsPage {
    fn asked(&self, row: &Open) -> Timestamp {
        Timestamp::new(row.asked_at, self.now)
    }

    /// The last day for an answer, and whether that has passed.
    fn due(&self, row: &Open) -> (Timestamp, bool) {
        let due = row.asked_at + TimeDelta::days(DAYS);
        (Timestamp::new(due, self.now), due < self.now.at)
    }

    fn title(&self, row: &Open) -> &str {
        self.people.get(&row.profile).map_or("somebody", PersonLabel::title)
    }

    fn profile(&self, row: &Open, rest: &str) -> String {
        self.shell.scope.path(&format!("profiles/{}{rest}", row.profile))
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment) = (&request.query, request.scope().environment);
    let way = pager::way::<Cursor>(query);
    let rows = store::open(conn, environment, way)?;
    let asked: BTreeSet<ProfileId> = rows.rows.iter().map(|row| row.profile).collect();
    let people = people(conn, environment, &asked)?;
    let path = request.scope().path("requests");
    let place = |row: &Open| Cursor { at: row.asked_at, id: row.profile.0 };
    let pager = Pager::new(&rows, &path, query, place, ["Earlier", "Later"]);
    Ok(page(&RequestsPage { shell: request.shell.clone(), page: rows, people, pager, now: request.now }))
}
