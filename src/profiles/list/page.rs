//! The page of the list.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    cells::{Cell, Known, Line},
    filter::ListFilter,
    heads::{Head, heads},
    slow,
};
use crate::{
    console::{Request, Shell},
    db::ids::ProfileId,
    error::AppError,
    filter::FilterError,
    profile_page::FromList,
    profiles::{
        Columns, Count, Density, ListCursor, ListRow, ListState, Order, Sort,
        count::count,
        list_state::{LISTED, keep_found},
        lookup::{FoundBy, look_up},
        misspelt, query,
        selection::Selection,
    },
    tags::{self, Colours},
    views::{self, Bar, Ready},
    web::{
        Answer, Icon, Query, page_with,
        pager::{self, Pager},
        respond::see_other_saying,
        see_other,
    },
};

#[derive(Template)]
#[template(path = "profiles/index.html")]
struct ListPage {
    shell: Shell,
    query: Query,
    state: ListState,
    filter: ListFilter,
    heads: Vec<Head>,
    lines: Vec<Line>,
    /// The number of people whom the list has, on all its pages.
    count: Count,
    pager: Pager,
    bar: Bar,
    /// Why the filter was not applied.
    filter_error: Option<FilterError>,
    /// What the people share who were looked up by the whole text; `None`: it was searched for as words.
    looked_up: Option<String>,
    /// Names that are like what was typed, where nobody was found.
    meant: Vec<String>,
    colours: Colours,
}

/// Columns beside the name for which a wide screen has room.
const MOST_IN_PLACE: usize = 7;
/// Tags shown of a row at most, and letters of them together: as many as the column holds.
const MOST_TAGS: usize = 3;
const MOST_LETTERS: usize = 24;
/// Letters for which every column has room.
const SURELY_WHOLE: usize = 20;

/// An order that the list can have.
struct Heading {
    sort: Sort,
    address: String,
    /// For `aria-sort`; `None` if the list is in another order.
    direction: Option<&'static str>,
}

impl ListPage {
    fn heading(&self, sort: Sort) -> Heading {
        let order = self.state.order;
        let is_this = order.sort == sort;
        // Times start with the newest, names with A; another click reverses the order.
        let descending = if is_this { !order.descending } else { sort != Sort::Name };
        let next = Order { sort, descending };
        Heading {
            sort,
            address: pager::from_start(&self.query).with("sort", &next.to_string()).address(&self.path()),
            direction: is_this.then_some(if order.descending { "descending" } else { "ascending" }),
        }
    }

    /// The order of a column, if it has one.
    fn heading_of(&self, head: &Head) -> Option<Heading> {
        head.sort().map(|sort| self.heading(sort))
    }

    /// All orders that have an index.
    fn sorts(&self) -> [Heading; Sort::ALL.len()] {
        Sort::ALL.map(|sort| self.heading(sort))
    }

    /// Whether no heading tells the order.
    fn is_order_unseen(&self) -> bool {
        let order = self.state.order.sort;
        order != Sort::Name && self.heads.iter().all(|head| head.sort() != Some(order))
    }

    fn path(&self) -> String {
        self.shell.scope.path("profiles")
    }

    /// Address of the list of everybody, whatever the list opens with.
    fn everyone(&self) -> String {
        Ready::Everyone.query().address(&self.path())
    }

    /// Address of a page about all that the list shows.
    fn of_all(&self, page: &str) -> String {
        let shown = self.state.pairs().with("all", "yes").without(&["sort", "density"]);
        shown.address(&format!("{}/{page}", self.path()))
    }

    /// Address of the form that keeps those whom the filter finds now in a new segment; `None` without a filter.
    fn kept_as_segment(&self) -> Option<String> {
        (!self.state.typed.is_empty()).then(|| keep_found(&self.path(), &self.state.typed))
    }

    fn columns(&self) -> String {
        pager::from_start(&self.query).address(&self.shell.scope.path("profiles/columns"))
    }

    /// The other density, and the address of the list in it.
    fn density(&self) -> (Density, String) {
        let other = if self.state.density == Density::Dense { Density::Roomy } else { Density::Dense };
        let word = if other == Density::default() { "" } else { other.as_str() };
        (other, self.query.with("density", word).address(&self.path()))
    }

    /// What a search keeps of the list.
    fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        let others = LISTED.iter().filter(|name| **name != "q");
        others.map(|name| (*name, self.query.get(name))).filter(|(_, value)| !value.is_empty())
    }

    fn link(&self, row: &ListRow) -> String {
        FromList::of(&self.query).on(&format!("{}/{}", self.path(), row.id))
    }

    /// The whole of what may end in an ellipsis, as the title of the row: its one link lies over all cells.
    fn whole(&self, line: &Line) -> String {
        let row = &line.row;
        let all = [row.title(), row.identifier(), row.email.as_deref().unwrap_or_default()];
        let long = |text: &&str| text.chars().count() > SURELY_WHOLE;
        let why = line.obstacle.as_ref().map(|why| format!("Cannot be messaged: {why}"));
        let texts = all.into_iter().take(if row.is_nameless() { 1 } else { 2 }).chain(all.into_iter().skip(2));
        let cells = line.cells.iter().filter_map(Cell::whole);
        texts.chain(cells).filter(long).chain(why.as_deref()).collect::<Vec<_>>().join("\n")
    }

    /// Whether there are so many columns that the table scrolls sideways. Tags stand under the name then: what is clickable beside a name
    /// that stays in place would scroll over it.
    fn is_wide(&self) -> bool {
        self.heads.len() > MOST_IN_PLACE
    }

    /// Whether tags are shown and stand under the name.
    fn has_tags_below(&self) -> bool {
        self.is_wide() && self.heads.iter().any(Head::is_tags)
    }

    /// The columns that have cells of their own, each with its place among all.
    fn in_place(&self) -> impl Iterator<Item = (usize, &Head)> {
        self.heads.iter().enumerate().filter(|(_, head)| !(self.is_wide() && head.is_tags()))
    }

    /// What a narrow screen has no cell for, in one line.
    fn folded(&self, line: &Line) -> String {
        let cells = self.heads.iter().zip(&line.cells).filter(|(head, _)| head.is_folded());
        let told = cells.map(|(head, cell)| (head.label(), cell.plain())).filter(|(_, text)| !text.is_empty());
        told.map(|(label, text)| format!("{label} {text}")).collect::<Vec<_>>().join(" · ")
    }

    /// Address of the list with the value of a cell added to the filter. Nothing beside the names is clickable where the table scrolls under
    /// them.
    fn adding(&self, cell: &Cell) -> Option<String> {
        match cell {
            Cell::Value(_, Some(condition)) if !self.is_wide() => Some(self.filter.and(condition.clone())),
            _ => None,
        }
    }

    /// Address of the list with another text searched for.
    fn searching(&self, typed: &str) -> String {
        pager::from_start(&self.query).without(&["open"]).with("q", typed).address(&self.path())
    }

    /// Address of the list with the text searched for as words.
    fn as_words(&self) -> String {
        self.searching(&format!("\"{}\"", self.state.typed))
    }

    /// The filter with the error corrected, and the address of its list; `None`: nothing is known to be meant.
    fn corrected(&self, error: &FilterError) -> Option<(String, String)> {
        let typed = error.corrected(&self.state.typed)?;
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

/// Opens the one person whom a text finds, and says by what. The way back leads to the list, and not here again.
fn opened(request: &Request, profile: ProfileId, by: &FoundBy) -> Answer {
    let list = FromList::of(&request.query.with("open", "no"));
    let address = list.on(&request.scope().path(&format!("profiles/{profile}")));
    see_other_saying(&address, &format!("Found by {}.", by.words()))
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    match list(request, conn) {
        Err(AppError::TooSlow(cause)) => slow::page(request, AppError::TooSlow(cause)),
        answer => answer,
    }
}

fn list(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment, now) = (&request.query, request.scope().environment, request.now);
    let (reader, path) = (views::reader(request), request.scope().path("profiles"));
    let views = views::remembered(conn, &request.state.db, reader, now.at)?;
    if query.names().next().is_none()
        && let Some(view) = views.opening()
    {
        return Ok(see_other(&view.query().address(&path)));
    }
    let state = ListState::read(query);
    let reading = request.reading(conn)?;
    let found = look_up(conn, environment, &state.typed, reading)?;
    if let Some((profile, by)) = found.only().filter(|_| query.get("open") != "no") {
        return Ok(opened(request, profile, by));
    }
    let order = state.order;
    let colours = tags::colours(&request.state.db, conn, environment, now.at)?;
    let heads = heads(request, conn, state.columns.as_ref())?;
    let names: Vec<String> = heads.iter().filter_map(|head| head.column.attribute()).map(str::to_owned).collect();
    let (selection, filter_error) = Selection::of(conn, environment, &found, &state.typed, now.at)?;
    let listed = query::page(conn, environment, &selection, &names, order, pager::way::<ListCursor>(query))?;
    let (page, all) = (listed.page, listed.all);
    let count = match (all, &selection) {
        (None, Selection::By(predicate)) => count(&request.state.db, conn, predicate, &state.typed, now.at)?,
        (all, _) => Count::Exactly(all.and_then(|all| i64::try_from(all).ok()).unwrap_or(0)),
    };
    // What is no filter was searched for as words: if they find profiles, those are shown.
    let filter_error = filter_error.filter(|_| page.rows.is_empty());
    let is_nobody = page.rows.is_empty() && filter_error.is_none();
    let meant = if is_nobody { misspelt::names(conn, environment, &state.typed)? } else { Vec::new() };
    let words = if order.sort == Sort::Name { ["Previous", "Next"] } else { ["Newer", "Older"] };
    let words = if order.descending || order.sort == Sort::Name { words } else { ["Older", "Newer"] };
    let pager = Pager::new(&page, &path, query, |row: &ListRow| row.place(order), words);
    let status = if filter_error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let known = Known::read(request, conn, &page.rows, &Columns::new(heads.iter().map(|head| head.column.clone())))?;
    let lines = page.rows.into_iter().map(|row| known.line(row, &heads)).collect();
    let (shell, bar) = (request.shell.clone(), Bar::new(request, &views, query, &state));
    let filter = ListFilter::read(conn, environment, path, query, heads.iter().filter_map(|head| head.known.as_ref()))?;
    let (query, looked_up) = (query.clone(), found.sentence());
    let shown = ListPage {
        shell,
        query,
        state,
        filter,
        heads,
        lines,
        count,
        pager,
        bar,
        filter_error,
        looked_up,
        meant,
        colours,
    };
    Ok(page_with(status, &shown))
}
