//! The page of the audit log.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    asked::{Asked, NAMES},
    row::{Names, Part},
    store::{self, Line},
};
use crate::{
    auth::{Topic, operators},
    console::{OwnRequest, Request, Shell},
    db::{
        ids::OperatorId,
        keyset::{Page, Seek},
    },
    error::AppError,
    web::{
        Answer, Now, Query, Timestamp,
        form::Problems,
        page, page_with,
        pager::{self, Pager},
    },
    workspaces::EnvironmentKind,
};

/// Lines of a page.
const PAGE: usize = 50;

/// A line on the page.
struct Told {
    at: Timestamp,
    /// Name of whoever did it; empty for strangers and the command line.
    who: String,
    said: Vec<Part>,
    is_test: bool,
    address: String,
    is_refusal: bool,
}

impl Told {
    fn new(line: &Line, names: &Names, now: Now) -> Self {
        Self {
            at: Timestamp::new(line.at, now),
            who: line.by.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
            said: names.sentence(line),
            is_test: names.environment(line) == Some(EnvironmentKind::Test),
            address: line.address.map(|address| address.to_string()).unwrap_or_default(),
            is_refusal: line.is_refusal,
        }
    }
}

#[derive(Template)]
#[template(path = "audit/organisation.html")]
struct OrganisationLogPage {
    lines: Vec<Told>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct AuditPage {
    shell: Shell,
    query: Query,
    asked: Asked,
    problems: Problems,
    operators: Vec<(OperatorId, String)>,
    lines: Vec<Told>,
    pager: Pager,
}

impl AuditPage {
    fn path(&self) -> String {
        self.shell.scope.path("audit")
    }

    /// The filters, for the form that downloads the same lines.
    fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        NAMES.into_iter().map(|name| (name, self.query.get(name))).filter(|(_, value)| !value.is_empty())
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.problems.0.iter().any(|problem| problem.field == name)
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, &request.query)
}

/// The page for these filters: with their problems and no lines, if there are any.
pub fn show(request: &Request, conn: &mut PgConnection, query: &Query) -> Result<Answer, AppError> {
    let (scope, way) = (request.scope(), pager::way::<Uuid>(query));
    let read = Asked::parse(query, request.now);
    let page = match &read {
        Ok(asked) => store::page(conn, Some(scope.workspace.id), asked, way, PAGE)?,
        Err(_) => Page::from_read(Vec::new(), PAGE, &Seek::<Uuid>::Start),
    };
    let names = Names::load(conn, scope, &page.rows)?;
    let (asked, problems) = match read {
        Ok(asked) => (asked, Problems::default()),
        Err(problems) => (Asked::default(), problems),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = AuditPage {
        lines: page.rows.iter().map(|line| Told::new(line, &names, request.now)).collect(),
        pager: Pager::new(&page, &scope.path("audit"), query, |line| line.id, ["Newer", "Older"]),
        operators: operators::of_workspace(conn, scope.workspace.id)?,
        shell: request.shell.clone(),
        query: query.clone(),
        asked,
        problems,
    };
    Ok(page_with(status, &shown))
}

/// The log of the organisation: lines that belong to no workspace.
pub fn organisation(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let read = store::page(conn, None, &Asked::default(), pager::way::<Uuid>(&request.query), PAGE)?;
    let names = Names::none();
    let lines = read.rows.iter().map(|line| Told::new(line, &names, request.now)).collect();
    let pager = Pager::new(&read, "/organisation/audit", &request.query, |line| line.id, ["Newer", "Older"]);
    Ok(page(&OrganisationLogPage { lines, pager }))
}
