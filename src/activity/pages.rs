//! The Activity tab.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    entry::Renderer,
    entry_filter::EntryFilter,
    entry_id::EntryId,
    period::Preset,
    query::{Asked, Zones},
    statistics::{Statistics, statistics},
    store,
    timeline::{self, Day, Loaded},
    visit::Visit,
};
use crate::{
    console::Shell,
    db::{ids::ProfileId, keyset::Seek},
    error::AppError,
    events::definitions,
    profile_page::{self, Header, Tab, View},
    state::AppState,
    web::{
        Now, PathId, Query, Timestamp, page,
        pager::{self, Pager},
        pairs::Pairs,
    },
};

/// Names of events that are offered for choosing.
const MOST_NAMES: usize = 200;

#[derive(Template)]
#[template(path = "activity/index.html")]
struct ActivityPage {
    at: View,
    asked: Asked,
    zones: Zones,
    /// What the days were typed as.
    typed: [String; 2],
    names: Vec<String>,
    statistics: Option<Statistics>,
    days: Vec<Day>,
    pager: Pager,
    news: Option<News>,
    /// The entry that a link leads to is not there.
    is_gone: bool,
}

/// What came since the reader was here last.
struct News {
    count: usize,
    since: Timestamp,
    /// There are other pages, which may have more.
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

    fn is_chosen(&self, filter: &EntryFilter) -> bool {
        self.asked.filters.is_chosen(*filter)
    }

    /// The other clocks, and the one that is read by.
    fn clocks(&self) -> Vec<(bool, String, String)> {
        let offered = self.zones.offered().into_iter();
        offered.map(|(clock, label)| (clock == self.zones.chosen, label, self.link(self.asked.clock(clock)))).collect()
    }

    /// Names that may be chosen, those that are chosen among them, with whether only they are shown, or all but they.
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

/// What the page is made of.
struct Found {
    frame: Header,
    zones: Zones,
    now: Now,
    asked: Asked,
    loaded: Loaded,
    names: Vec<String>,
    statistics: Option<Statistics>,
}

fn find(conn: &mut PgConnection, shell: &Shell, id: ProfileId, query: &Pairs, now: Now) -> QueryResult<Option<Found>> {
    let Some(frame) = Header::load(conn, &shell.scope, id, Tab::Activity, now)? else { return Ok(None) };
    let at = (shell.scope.environment, id);
    let timezone = store::timezone(conn, at)?;
    let zones = Zones::new(query, now.zone, timezone.as_deref());
    let now = now.in_zone(zones.main());
    let (asked, way) = (Asked::parse(query, now), pager::way::<EntryId>(query));
    let loaded = timeline::load(conn, at, &asked, way)?;
    let names = definitions::names(conn, at.0)?;
    // The numbers stand on the first page, where events are asked for; further on people read.
    let is_counted = way == Seek::Start && asked.entry.is_none() && asked.events().is_some();
    let statistics = if is_counted { Some(statistics(conn, at, &asked.period, now)?) } else { None };
    Ok(Some(Found { frame, zones, now, asked, loaded, names, statistics }))
}

pub async fn index(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let cookie = state.jar().read_visit(&request);
    let visit = Visit::read(cookie.as_deref(), (shell.scope.operator.id, id), now.at);
    let typed = ["from", "to"].map(|name| query.get(name).to_owned());
    // An event goes along with its person when two become one, and so does a link to it.
    let entry = Pairs::default().with("entry", query.get("entry"));
    let asking = shell.clone();
    let found = state.db.read(move |conn| find(conn, &asking, id, &query, now));
    let Some(found) = found.await? else {
        return profile_page::redirect_if_merged_asking(&state, &shell, id, (Tab::Activity, &entry)).await;
    };
    let path = found.frame.path(&Tab::Activity);
    let mut answer = page(&found.into_page(shell, typed, visit.previous));
    // Nothing that it holds could not stand in a cookie.
    let _ = answer.add_cookie(&state.jar().keep_visit(path, visit.text()));
    Ok(answer)
}

impl Found {
    fn into_page(self, shell: Shell, typed: [String; 2], since: Option<DateTime<Utc>>) -> ActivityPage {
        let Self { frame, zones, now, asked, loaded, names, statistics } = self;
        let path = frame.path(&Tab::Activity);
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
            base: frame.path(&Tab::Info),
        };
        let is_gone = asked.entry.is_some_and(|entry| loaded.page.rows.iter().all(|row| row.entry_id() != entry));
        let days = timeline::by_day(loaded.page.rows, &renderer);
        let count = days.iter().flat_map(|day| &day.entries).filter(|entry| entry.is_new).count();
        let news = since.map(|since| News { count, since: Timestamp::new(since, now), has_more });
        let at = View { shell, frame, now };
        ActivityPage { at, asked, zones, typed, names, statistics, days, pager, news, is_gone }
    }
}
