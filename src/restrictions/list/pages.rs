//! The page of the suppression list, the form that adds to it, and the question before an entry is removed.

use std::collections::{BTreeSet, HashMap};

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    add::AddForm,
    asked::{Asked, Ends, NAMES},
    store::{self, Entry},
};
use crate::{
    console::{Request, Shell},
    db::{
        ids::SourceId,
        keyset::{Cursor, Page, Seek},
    },
    error::AppError,
    ledger,
    profiles::people,
    restrictions::{Cause, form::Wish},
    subscriptions::ChangeForm,
    web::{
        Answer, Query, Timestamp,
        form::Problems,
        page_with,
        pager::{self, Pager},
        pairs::Pairs,
    },
};

/// Entries of a page.
const PAGE: usize = 50;

/// An entry on the page.
struct Row {
    /// The address; empty: it is of a person, whatever their addresses are.
    address: String,
    /// The person, with their page; `None`: whoever has the address, with the list of them.
    person: Option<(String, String)>,
    holders: String,
    state: String,
    why: String,
    source: String,
    when: Timestamp,
    remove: String,
}

#[derive(Template)]
#[template(path = "restrictions/list.html")]
struct ListPage {
    shell: Shell,
    query: Query,
    asked: Asked,
    problems: Problems,
    sources: Vec<(SourceId, String)>,
    rows: Vec<Row>,
    pager: Pager,
}

impl ListPage {
    fn path(&self) -> String {
        self.shell.scope.path("suppressions")
    }

    /// The filters, for the form that downloads the same entries.
    fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        NAMES.into_iter().map(|name| (name, self.query.get(name))).filter(|(_, value)| !value.is_empty())
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, &request.query)
}

/// The page for these filters: with their problems and no entries, if there are any.
pub fn show(request: &Request, conn: &mut PgConnection, query: &Query) -> Result<Answer, AppError> {
    let (scope, way) = (request.scope(), pager::way::<Cursor>(query));
    let read = Asked::parse(query, request.reading(conn)?);
    let found = match &read {
        Ok(asked) => store::page(conn, scope.environment, asked, request.now.at, way, PAGE)?,
        Err(_) => Page::from_read(Vec::new(), PAGE, &Seek::<Cursor>::Start),
    };
    let (asked, problems) = match read {
        Ok(asked) => (asked, Problems::default()),
        Err(problems) => (Asked::default(), problems),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ListPage {
        rows: rows(request, conn, &found.rows)?,
        pager: Pager::new(&found, &scope.path("suppressions"), query, |entry| entry.place, ["Newer", "Older"]),
        sources: store::sources(conn, scope.environment)?,
        shell: request.shell.clone(),
        query: query.clone(),
        asked,
        problems,
    };
    Ok(page_with(status, &shown))
}

/// Entries in words, with the names of people and sources in one statement each.
fn rows(request: &Request, conn: &mut PgConnection, entries: &[Entry]) -> Result<Vec<Row>, AppError> {
    let scope = request.scope();
    let known = people(conn, scope.environment, &entries.iter().filter_map(|entry| entry.profile).collect())?;
    let asked: BTreeSet<SourceId> = entries.iter().map(|entry| entry.restriction.stamp.source).collect();
    let names: HashMap<SourceId, String> = ledger::source_names(&request.state.db, conn, &asked, request.now.at)?;
    let row = |entry: &Entry| {
        let restriction = &entry.restriction;
        let address = restriction.key.contact().map(|contact| contact.address.clone()).unwrap_or_default();
        let of = |profile| scope.path(&format!("profiles/{profile}"));
        let title = |profile| known.get(&profile).map_or_else(String::new, |it| it.title().to_owned());
        Row {
            person: entry.profile.map(|profile| (title(profile), of(profile))),
            holders: Pairs::default().with("q", &address).address(&scope.path("profiles")),
            address,
            state: store::state(restriction),
            why: restriction.held.why(),
            source: names.get(&restriction.stamp.source).cloned().unwrap_or_default(),
            when: Timestamp::new(restriction.stamp.time(), request.now),
            remove: match entry.profile {
                Some(profile) => Wish::Lift(restriction.key.id(profile)).address(&of(profile)),
                None => scope.path(&format!("suppressions/{}/remove", entry.place)),
            },
        }
    };
    Ok(entries.iter().map(row).collect())
}

#[derive(Template)]
#[template(path = "restrictions/add.html")]
struct AddPage {
    shell: Shell,
    form: AddForm,
}

/// The form for new entries, as it was typed.
pub fn add_page(request: &Request, form: AddForm) -> Answer {
    let status = if form.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, &AddPage { shell: request.shell.clone(), form })
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(add_page(request, AddForm::default()))
}

#[derive(Template)]
#[template(path = "restrictions/remove.html")]
struct RemovePage {
    shell: Shell,
    row: Row,
    label: String,
    needs_words: bool,
    form: ChangeForm,
}

/// The place of an entry in the address.
pub fn place(request: &Request) -> Result<Cursor, AppError> {
    request.part("suppression").parse().map_err(|()| AppError::NotFound)
}

/// What is told where nothing is left to remove.
pub const GONE: &str =
    "This entry was removed or changed meanwhile. Search for the address to see what stands there now.";

/// The question before an entry of an address is removed, with the form as it was typed.
pub fn remove_page(request: &Request, conn: &mut PgConnection, form: ChangeForm) -> Result<Answer, AppError> {
    let scope = request.scope();
    let Some(entry) = store::of_address(conn, scope.environment, place(request)?, request.now.at)? else {
        return Err(AppError::SeeOther { address: scope.path("suppressions"), message: Some(GONE.to_owned()) });
    };
    let Some(row) = rows(request, conn, std::slice::from_ref(&entry))?.pop() else { return Err(AppError::NotFound) };
    let status = if form.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = RemovePage {
        shell: request.shell.clone(),
        label: entry.restriction.key.contact().map(|contact| contact.label()).unwrap_or_default(),
        needs_words: entry.restriction.needs_words(),
        row,
        form,
    };
    Ok(page_with(status, &shown))
}

/// The question before an entry of an address is removed.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    remove_page(request, conn, ChangeForm::default())
}
