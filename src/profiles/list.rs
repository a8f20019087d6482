//! The list of profiles.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    query::{self, Cursor, ListRow, Order, Sort},
    search::Search,
};
use crate::{
    app::AppState,
    db::keyset::{Page, Place},
    error::AppError,
    web::{
        Moment, Now, Query, Shell, page,
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
    page: Page<ListRow>,
    pager: Pager,
    now: Now,
}

/// A column's heading that sorts.
struct Heading {
    label: &'static str,
    address: String,
    /// For `aria-sort`, when the list is in this order.
    direction: Option<&'static str>,
}

impl ListPage {
    fn heading(&self, label: &'static str, sort: &str) -> Heading {
        let sort = Sort::ALL.into_iter().find(|known| known.slug() == sort).unwrap_or_default();
        let is_this = self.order.sort == sort;
        // Times start with the newest, names with A; another click turns the order round.
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

    fn moment(&self, at: &DateTime<Utc>) -> Moment {
        Moment::new(*at, self.now)
    }

    fn is_seen(&self, at: &DateTime<Utc>) -> bool {
        *at > DateTime::UNIX_EPOCH
    }

    fn link(&self, row: &ListRow) -> String {
        format!("{}/{}", self.path(), row.id)
    }
}

pub async fn index(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let typed = query.get("q").to_owned();
    let order: Order = query.parsed("sort").unwrap_or_default();
    let (search, way, environment) = (Search::parse(&typed), pager::way::<Cursor>(&query), shell.scope.environment);
    let asked = typed.clone();
    let page_of_rows = state.db.read(move |conn| query::page(conn, environment, (&asked, &search), order, way)).await?;
    let words = if order.sort == Sort::Name { ["Previous", "Next"] } else { ["Newer", "Older"] };
    let words = if order.descending || order.sort == Sort::Name { words } else { ["Older", "Newer"] };
    let place = move |row: &ListRow| match order.sort {
        Sort::Name => Cursor::Row(row.id),
        Sort::Created => Cursor::Time(Place { at: row.created_at, id: row.id }),
        Sort::Seen => Cursor::Time(Place { at: row.last_seen_at, id: row.id }),
    };
    let pager = Pager::new(&page_of_rows, &shell.scope.path("profiles"), &query, place, words);
    Ok(page(&ListPage { now: shell.now(&state.clock), shell, query, typed, order, page: page_of_rows, pager }))
}
