//! The list of profiles.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    query::{self, ListCursor, ListRow, Order, Sort},
    selection::Selection,
};
use crate::{
    attributes::{self, Definition},
    console::{Request, Shell},
    db::{
        Decided,
        ids::ProfileId,
        keyset::{Cursor, Page},
    },
    error::AppError,
    filter::FilterError,
    ledger::{self, Shown, shown},
    profile_page::FromList,
    tags::{self, Colours},
    topics::Catalogue,
    verdict::{self, Summary, Terms},
    web::{
        Answer, Icon, Now, Query, Timestamp, page_with,
        pager::{self, Pager},
    },
};

#[derive(Template)]
#[template(path = "profiles/index.html")]
struct ListPage {
    shell: Shell,
    query: Query,
    typed: String,
    order: Order,
    columns: Vec<Definition>,
    page: Page<ListRow>,
    pager: Pager,
    /// Why the filter was not applied.
    filter_error: Option<FilterError>,
    colours: Colours,
    /// Why no campaign can reach people of the page; others can be reached, or have nothing to be reached by.
    unreachable: HashMap<ProfileId, String>,
    now: Now,
}

/// Columns of attributes for which a wide screen has room.
const MOST_IN_PLACE: usize = 3;
/// Tags shown of a row at most, and letters of them together: as many as the column holds.
const MOST_TAGS: usize = 3;
const MOST_LETTERS: usize = 24;
/// Letters for which every column has room.
const SURELY_WHOLE: usize = 20;

/// A column's heading that sorts the list.
struct Heading {
    label: &'static str,
    address: String,
    /// For `aria-sort`; `None` if the list is in another order.
    direction: Option<&'static str>,
}

impl ListPage {
    fn heading(&self, label: &'static str, sort: &str) -> Heading {
        let sort = Sort::ALL.into_iter().find(|known| known.as_str() == sort).unwrap_or_default();
        let is_this = self.order.sort == sort;
        // Times start with the newest, names with A; another click reverses the order.
        let descending = if is_this { !self.order.descending } else { sort != Sort::Name };
        let order = Order { sort, descending };
        Heading {
            label,
            address: pager::from_start(&self.query).with("sort", &order.to_string()).address(&self.path()),
            direction: is_this.then_some(if self.order.descending { "descending" } else { "ascending" }),
        }
    }

    fn path(&self) -> String {
        self.shell.scope.path("profiles")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn is_seen(&self, at: &DateTime<Utc>) -> bool {
        *at > DateTime::UNIX_EPOCH
    }

    fn link(&self, row: &ListRow) -> String {
        FromList::of(&self.query).on(&format!("{}/{}", self.path(), row.id))
    }

    /// The whole of what may end in an ellipsis, as the title of the row: its one link lies over all cells.
    fn whole(&self, row: &ListRow) -> String {
        let cells = self.cells(row).into_iter().flatten().filter(|shown| !shown.is_hidden());
        let cells: Vec<String> = cells.map(|shown| shown.text().to_owned()).collect();
        let all = [row.title(), row.identifier(), row.email.as_deref().unwrap_or_default()];
        let long = |text: &&str| text.chars().count() > SURELY_WHOLE;
        let reach = self.unreachable(row).map(|why| format!("Cannot be messaged: {why}"));
        let texts = all.into_iter().take(if row.is_nameless() { 1 } else { 2 }).chain(all.into_iter().skip(2));
        texts
            .chain(cells.iter().map(String::as_str))
            .filter(long)
            .chain(reach.as_deref())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Why no campaign can reach the person of a row, who has an email, a phone or a device; `None`: one can, or they have none.
    fn unreachable(&self, row: &ListRow) -> Option<&str> {
        self.unreachable.get(&ProfileId(row.id)).map(String::as_str)
    }

    /// Headings that sort.
    fn sorts(&self) -> [Heading; 3] {
        [("Name", "name"), ("Created", "created"), ("Last seen", "seen")].map(|(label, sort)| self.heading(label, sort))
    }

    /// Whether so many attributes are columns that the table scrolls sideways. Tags stand under the name then: what is clickable beside
    /// a name that stays in place would scroll over it.
    fn is_wide(&self) -> bool {
        self.columns.len() > MOST_IN_PLACE
    }

    /// Address of the list with a tag added to the filter.
    fn with_tag(&self, tag: &str) -> String {
        let term = format!("tag:{tag}");
        let is_there = self.typed.split_whitespace().any(|word| word == term);
        let typed = if is_there { self.typed.clone() } else { format!("{} {term}", self.typed) };
        pager::from_start(&self.query).with("q", typed.trim()).address(&self.path())
    }

    /// The row's values of the attributes that have columns.
    fn cells(&self, row: &ListRow) -> Vec<Option<Shown>> {
        let values = self.columns.iter().zip(&row.values);
        values.map(|(column, value)| value.as_ref().map(|value| shown(Some(column), value))).collect()
    }

    /// The filter with the error corrected, and the address of its list; `None`: nothing is known to be meant.
    fn corrected(&self, error: &FilterError) -> Option<(String, String)> {
        let typed = error.corrected(&self.typed)?;
        let address = self.query.with("q", &typed).address(&self.path());
        Some((typed, address))
    }
}

/// The tags of a row that are shown, and the others in one line: what is cut off could be reached by the keyboard and not be seen.
fn shown_tags(tags: &[String]) -> (&[String], &[String]) {
    let mut letters = 0;
    let fits = tags.iter().take(MOST_TAGS).take_while(|tag| {
        letters += tag.len();
        letters <= MOST_LETTERS
    });
    tags.split_at(fits.count().max(1).min(tags.len()))
}

/// Why no campaign can reach these people, where something is in the way: one SQL statement, and one for names of sources that are not
/// remembered.
fn unreachable(
    request: &Request,
    conn: &mut PgConnection,
    rows: &[ListRow],
) -> Result<HashMap<ProfileId, String>, AppError> {
    let (environment, now) = (request.scope().environment, request.now);
    let people: Vec<ProfileId> = rows.iter().map(|row| ProfileId(row.id)).collect();
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, environment, now.at)?;
    let facts = verdict::of_many(conn, environment, &people)?;
    let summaries: Vec<(ProfileId, Summary)> =
        facts.iter().map(|(person, facts)| (*person, Summary::new(facts, &catalogue.rules, now.at))).collect();
    let said = summaries.iter().filter_map(|(_, summary)| Some(summary.block.as_ref()?.1.said?.by)).collect();
    let names = ledger::source_names(&request.state.db, conn, &said, now.at)?;
    let day = |at| Timestamp::new(at, now).date();
    let source = |source| names.get(&source).cloned().unwrap_or_default();
    let terms = Terms { day: &day, source: &source, rules: &catalogue.rules };
    let blocked = summaries.iter().filter(|(_, summary)| summary.block.is_some());
    Ok(blocked.map(|(person, summary)| (*person, summary.sentence(&terms))).collect())
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment, now) = (&request.query, request.scope().environment, request.now);
    let typed = query.get("q").to_owned();
    let order: Order = query.parsed("sort").unwrap_or_default();
    let colours = tags::colours(&request.state.db, conn, environment, now.at)?;
    let columns = attributes::columns(&request.state.db, conn, environment, now.at)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let (selection, filter_error) = Selection::of(conn, environment, &typed, now.at)?;
    let page = query::page(conn, environment, &selection, &names, order, pager::way::<ListCursor>(query))?;
    // What is no filter was searched for as words: if they find profiles, those are shown.
    let filter_error = filter_error.filter(|_| page.rows.is_empty());
    let words = if order.sort == Sort::Name { ["Previous", "Next"] } else { ["Newer", "Older"] };
    let words = if order.descending || order.sort == Sort::Name { words } else { ["Older", "Newer"] };
    let place = move |row: &ListRow| match order.sort {
        Sort::Name => ListCursor::Row(row.id),
        Sort::Created => ListCursor::Time(Cursor { at: row.created_at, id: row.id }),
        Sort::Seen => ListCursor::Time(Cursor { at: row.last_seen_at, id: row.id }),
    };
    let pager = Pager::new(&page, &request.scope().path("profiles"), query, place, words);
    let status = if filter_error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let unreachable = unreachable(request, conn, &page.rows)?;
    let (shell, query) = (request.shell.clone(), query.clone());
    let shown = ListPage { shell, query, typed, order, columns, page, pager, colours, unreachable, filter_error, now };
    Ok(page_with(status, &shown))
}
