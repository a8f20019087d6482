//! The Activity tab.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    entry::{Renderer, shown},
    entry_filter::EntryFilter,
    entry_id::EntryId,
    period::{Period, Preset},
    query::{Asked, Zones},
    statistics::{Statistics, statistics},
    timeline::{self, Day, Loaded, Row},
    visit::Visit,
};
use crate::{
    console::Request,
    db::{
        ids::{EnvironmentId, ScreenViewId},
        keyset::Seek,
    },
    error::AppError,
    events::definitions,
    profile_page::{self, Tab, View},
    screen_views,
    web::{
        Answer, Field, Timestamp,
        form::{Control, Problems},
        page,
        pager::{self, Pager},
        pairs::Pairs,
    },
};

/// Most names of events that are offered.
const MOST_NAMES: usize = 200;

#[derive(Template)]
#[template(path = "activity/index.html")]
struct ActivityPage {
    at: View,
    asked: Asked,
    zones: Zones,
    /// The days as they were typed.
    typed: [String; 2],
    fields: [Field; 2],
    problems: Problems,
    names: Arc<Vec<String>>,
    statistics: Option<Statistics>,
    days: Vec<Day>,
    pager: Pager,
    news: Option<News>,
    /// Whether the entry that a link leads to does not exist.
    is_gone: bool,
}

/// Entries that arrived since the reader's last visit.
struct News {
    count: usize,
    since: Timestamp,
    /// Whether other pages may have more of them.
    has_more: bool,
}

impl ActivityPage {
    fn link(&self, pairs: Pairs) -> String {
        pairs.address(&self.at.path())
    }

    fn period(&self, preset: &Preset) -> String {
        self.link(self.asked.period(*preset))
    }

    fn toggled(&self, filter: &EntryFilter) -> String {
        self.link(self.asked.toggled(*filter))
    }

    /// The chosen sorts of entries, in one line.
    fn kinds(&self) -> String {
        let chosen: Vec<&str> =
            EntryFilter::ALL.into_iter().filter(|filter| self.is_chosen(filter)).map(EntryFilter::label).collect();
        if chosen.is_empty() { "Everything".to_owned() } else { chosen.join(", ") }
    }

    fn is_chosen(&self, filter: &EntryFilter) -> bool {
        self.asked.filters.is_chosen(*filter)
    }

    /// Clocks to read by: whether chosen, label, address.
    fn clocks(&self) -> Vec<(bool, String, String)> {
        let offered = self.zones.offered().into_iter();
        offered.map(|(clock, label)| (clock == self.zones.chosen, label, self.link(self.asked.clock(clock)))).collect()
    }

    /// Names to choose from, chosen ones included: name, whether only it is shown, whether it is left out.
    fn choices(&self) -> Vec<(&str, bool, bool)> {
        let offered = self.names.iter().take(MOST_NAMES);
        let all = self.asked.names.iter().chain(&self.asked.not).chain(offered);
        let mut all: Vec<&str> = all.map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        let has = |list: &[String], name: &str| list.iter().any(|other| other == name);
        all.into_iter().map(|name| (name, has(&self.asked.names, name), has(&self.asked.not, name))).collect()
    }

    fn has_more_names(&self) -> bool {
        self.names.len() > MOST_NAMES
    }

    fn chosen_names(&self) -> usize {
        self.asked.names.len() + self.asked.not.len()
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let view = profile_page::open(request, conn, Tab::Activity)?;
    let (query, at) = (&request.query, view.key());
    let visit = Visit::read(request.visit.as_deref(), (request.scope().operator.id, at.profile), request.now.at);
    let zones = Zones::new(query, request.now.zone, view.frame.zone.as_deref());
    let now = request.now.in_zone(zones.main());
    let (asked, way) = (Asked::parse(query, now), pager::way::<EntryId>(query));
    let loaded = timeline::load(conn, at, &asked, way)?;
    let screen_views = screen_views(conn, at.environment, &loaded)?;
    let names = definitions::names(&request.state.db, conn, at.environment, now.at)?;
    // The numbers stand on the first page, where events are asked for; further on people read.
    let is_counted = way == Seek::Start && asked.entry.is_none() && asked.events().is_some();
    let statistics = if is_counted { Some(statistics(conn, at, &asked.period, now)?) } else { None };
    let typed = ["from", "to"].map(|name| query.get(name).to_owned());
    let problems = Period::problems(query);
    let view = View { now, ..view };
    let path = view.path();
    let answer = page(&Found { view, zones, asked, loaded, screen_views, names, statistics }.into_page(
        typed,
        problems,
        visit.previous,
    ));
    // The path and text of a visit have no character that a cookie cannot hold.
    Ok(answer.with_cookie(request.state.jar().keep_visit(path, visit.text())))
}

/// Names of the screen views that events on the page say were shown: one SQL statement, none if no event does.
fn screen_views(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    loaded: &Loaded,
) -> QueryResult<BTreeMap<ScreenViewId, String>> {
    let shown = loaded.page.rows.iter().filter_map(|row| if let Row::Event(row) = row { shown(row) } else { None });
    let shown: Vec<ScreenViewId> = shown.collect();
    if shown.is_empty() { Ok(BTreeMap::new()) } else { screen_views::names(conn, environment, &shown) }
}

/// Everything that the page is made of.
struct Found {
    view: View,
    zones: Zones,
    asked: Asked,
    loaded: Loaded,
    screen_views: BTreeMap<ScreenViewId, String>,
    names: Arc<Vec<String>>,
    statistics: Option<Statistics>,
}

impl Found {
    fn into_page(self, typed: [String; 2], problems: Problems, since: Option<DateTime<Utc>>) -> ActivityPage {
        let Self { view: at, zones, asked, loaded, screen_views, names, statistics } = self;
        let (path, now) = (at.path(), at.now);
        let pager = Pager::new(&loaded.page, &path, asked.kept(), |row| row.entry_id(), ["Newer", "Older"]);
        let has_more = loaded.page.has_next || loaded.page.has_previous;
        let renderer = Renderer {
            now,
            other: zones.other(),
            teller: &loaded.teller,
            since,
            asked: asked.entry,
            is_open: asked.is_open,
            path,
            base: at.frame.path(&Tab::Info),
            segments: at.shell.scope.path("segments"),
            screen_views: (at.shell.scope.path("screen-views"), screen_views),
        };
        let is_gone = asked.entry.is_some_and(|entry| loaded.page.rows.iter().all(|row| row.entry_id() != entry));
        let days = timeline::by_day(loaded.page.rows, &renderer);
        let count = days.iter().flat_map(|day| &day.entries).filter(|entry| entry.is_new).count();
        let news = since.map(|since| News { count, since: Timestamp::new(since, now), has_more });
        let day = |name, label, typed: &str| {
            // A browser shows nothing of a text that is no day in a control for days.
            let is_day = typed.is_empty() || typed.parse::<NaiveDate>().is_ok();
            let control = if is_day { Control::Date } else { Control::Text };
            Field::new(name, label, control).value(typed).problem(&problems.0)
        };
        let fields = [day("from", "From", &typed[0]), day("to", "To", &typed[1])];
        ActivityPage { at, asked, zones, typed, fields, problems, names, statistics, days, pager, news, is_gone }
    }
}
