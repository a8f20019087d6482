//! The header of every page about a profile: who it is, how to reach them, what colleagues pinned, what can be done, and tabs.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::Deserialize;

use super::FromList;
use crate::{
    auth::Role,
    console::{Request, Shell},
    db::{
        Decided, Gather, Gathered, With, gather,
        ids::{ProfileId, ProfileKey},
    },
    filter::Filter,
    ledger,
    notes::plain,
    restrictions::Key,
    subscriptions::Line,
    tags::Colours,
    text::{is_visible, title},
    topics::Catalogue,
    verdict::{Agreement, Facts, OwnFacts, Summary, Terms},
    web::{Icon, Now, Timestamp, pairs::Pairs},
};

/// Tabs of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Values of the profile, with their sources.
    Info,
    /// Events, messages and changes.
    Activity,
    /// Segments with them, and why.
    Segments,
    /// What can be sent to them, and what they said about it.
    Subscriptions,
    /// What was sent to them, and what became of it.
    Messages,
    /// Notes of operators.
    Notes,
    /// All changes, with time and source.
    History,
}

impl Tab {
    /// All tabs, in order.
    pub const ALL: [Self; 7] =
        [Self::Info, Self::Activity, Self::Segments, Self::Subscriptions, Self::Messages, Self::Notes, Self::History];

    /// Label on the tab bar.
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Activity => "Activity",
            Self::Segments => "Segments",
            Self::Subscriptions => "Subscriptions",
            Self::Messages => "Messages",
            Self::Notes => "Notes",
            Self::History => "History",
        }
    }

    /// Access key of the tab's link: a letter, for digits change the tabs of some browsers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Info => "i",
            Self::Activity => "a",
            Self::Segments => "g",
            Self::Subscriptions => "u",
            Self::Messages => "m",
            Self::Notes => "n",
            Self::History => "h",
        }
    }

    /// End of the tab's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Info => "",
            Self::Activity => "/activity",
            Self::Segments => "/segments",
            Self::Subscriptions => "/subscriptions",
            Self::Messages => "/messages",
            Self::Notes => "/notes",
            Self::History => "/history",
        }
    }
}

/// What every page about a profile starts from.
pub struct View {
    /// The console around the page.
    pub shell: Shell,
    /// Header of the profile.
    pub frame: Header,
    /// Time at which the page is made.
    pub now: Now,
}

impl View {
    /// A time, as told from now.
    pub fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The profile, as tables know it.
    pub fn key(&self) -> ProfileKey {
        self.shell.scope.key(self.frame.id)
    }

    /// Address of the open tab.
    pub fn path(&self) -> String {
        self.frame.path(&self.frame.tab)
    }
}

/// Header of a profile.
#[derive(Clone, Debug, Template)]
#[template(path = "profile_page/_header.html")]
pub struct Header {
    /// Id of the profile.
    pub id: ProfileId,
    /// Display name; empty if there is none.
    pub name: String,
    /// Current id, else the next best identifier; empty if there is none.
    pub identifier: String,
    /// Time of the last activity; `None` if there was none.
    pub last_seen: Option<Timestamp>,
    /// Time of the first event or creation.
    pub first_seen: Timestamp,
    /// Time zone in the attribute `timezone`, cut to 64 characters; `None` if there is none, or it is hidden.
    pub zone: Option<String>,
    /// Number of notes that are not deleted.
    pub notes: i64,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last visible change.
    pub updated_at: DateTime<Utc>,
    /// Name of the source that made the profile.
    pub source: String,
    /// The open tab.
    pub tab: Tab,
    email: Option<String>,
    phone: Option<String>,
    tags: Vec<String>,
    /// The newest pinned note, as text.
    pinned: Option<String>,
    /// What is known about messages to them.
    pub facts: Facts,
    /// Whether messages can be sent, and by what, or why not.
    pub messages: (bool, String),
    /// Role of the operator.
    role: Role,
    /// The list from which the reader came.
    pub list: FromList,
    /// Colours of the tags.
    pub colours: Colours,
    people: String,
    base: String,
}

impl HtmlSafe for Header {}

/// Tags in the header at most; all of them are on the Info tab.
const MOST_TAGS: usize = 8;
/// Letters of a pinned note in the header.
const LONGEST_NOTE: usize = 280;

/// Bytes of the name of a time zone at most.
const LONGEST_ZONE: usize = 64;

/// What a header is made of, `None` for a profile that was merged.
#[derive(Deserialize)]
struct Found(Option<Row>);

#[derive(Deserialize)]
struct Row {
    name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    source: String,
    notes: i64,
    zone: Option<String>,
    id: Option<String>,
    identifier: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    tags: Vec<String>,
    pinned: Option<String>,
}

impl Gathered for Found {
    const SQL: &'static str = "CASE WHEN p.merged_into IS NULL THEN (SELECT jsonb_build_object( \
             'name', p.name, 'created_at', p.created_at, 'updated_at', p.updated_at, 'tags', p.tags, \
             'first_seen_at', a.first_seen_at, 'last_seen_at', a.last_seen_at, \
             'source', (SELECT s.name FROM sources s WHERE s.id = p.source_id), \
             'notes', (SELECT count(*) FROM notes n \
                 WHERE n.environment_id = $1 AND n.profile_id = $2 AND n.deleted_at IS NULL), \
             'zone', CASE WHEN NOT EXISTS (SELECT FROM attribute_definitions d \
                 WHERE d.environment_id = $1 AND d.name = 'timezone' AND d.is_sensitive) THEN p.attributes->>'timezone' END, \
             'id', (SELECT i.value FROM profile_identifiers i WHERE i.environment_id = $1 AND i.profile_id = $2 \
                 AND i.kind = 'id' AND i.retired_at IS NULL ORDER BY i.value DESC LIMIT 1), \
             'identifier', (SELECT i.value FROM profile_identifiers i WHERE i.environment_id = $1 AND i.profile_id = $2 \
                 AND i.kind <> 'id' ORDER BY i.kind DESC, i.value DESC LIMIT 1), \
             'email', (SELECT e.address FROM addresses e \
                 WHERE e.environment_id = $1 AND e.profile_id = $2 AND e.channel = 'email'), \
             'phone', (SELECT e.address FROM addresses e \
                 WHERE e.environment_id = $1 AND e.profile_id = $2 AND e.channel = 'sms'), \
             'pinned', (SELECT n.body FROM notes n WHERE n.environment_id = $1 AND n.profile_id = $2 \
                 AND n.deleted_at IS NULL AND n.pinned ORDER BY n.created_at DESC, n.id DESC LIMIT 1)) \
         FROM profile_activity a WHERE a.environment_id = $1 AND a.profile_id = $2) END";
}

impl Header {
    /// Loads the header, and what areas store about the profile, in one SQL statement; `None` if the environment has no such profile, or it
    /// was merged.
    pub fn load<G: Gather>(
        conn: &mut PgConnection,
        request: &Request,
        id: ProfileId,
        tab: Tab,
    ) -> QueryResult<Option<(Self, G)>> {
        let found: Option<With<Found, With<OwnFacts, G>>> = gather(conn, request.scope().key(id))?;
        let Some(With(Found(Some(row)), With(OwnFacts(facts), others))) = found else { return Ok(None) };
        let messages = messages(request, conn, &facts)?;
        Ok(Some((Self { facts, messages, ..Self::of(row, request, id, tab) }, others)))
    }

    fn of(row: Row, request: &Request, id: ProfileId, tab: Tab) -> Self {
        let (scope, now) = (request.scope(), request.now);
        let seen = Some(row.last_seen_at).filter(|at| *at > DateTime::UNIX_EPOCH);
        Self {
            id,
            name: row.name,
            identifier: row.id.or(row.identifier).unwrap_or_default(),
            last_seen: seen.map(|at| Timestamp::new(at, now)),
            first_seen: Timestamp::new(row.first_seen_at, now),
            notes: row.notes,
            zone: row.zone.filter(|zone| zone.len() <= LONGEST_ZONE),
            created_at: row.created_at,
            updated_at: row.updated_at,
            source: row.source,
            tab,
            email: row.email,
            phone: row.phone,
            tags: row.tags,
            pinned: row.pinned.map(|body| plain(&body, LONGEST_NOTE)),
            facts: Facts::default(),
            messages: Default::default(),
            role: scope.role,
            list: FromList::default(),
            colours: Colours::default(),
            people: scope.path("profiles"),
            base: scope.path(&format!("profiles/{id}")),
        }
    }

    /// The name, else the identifier.
    pub fn title(&self) -> &str {
        title([self.name.as_str(), &self.identifier])
    }

    /// Whether the title is the identifier, for want of a name.
    fn is_nameless(&self) -> bool {
        !is_visible(&self.name)
    }

    /// Tags that are shown, and how many others there are.
    fn shown_tags(&self) -> (&[String], usize) {
        let shown = &self.tags[..self.tags.len().min(MOST_TAGS)];
        (shown, self.tags.len() - shown.len())
    }

    fn having(&self, tag: &str) -> String {
        Pairs::default().with("q", &Filter::tagged(tag).to_string()).address(&self.people)
    }

    /// What admins can do about all messages to the person, each with the address of its question.
    fn of_messages(&self) -> [(&'static str, String); 3] {
        let ask = |tab: &str, name: &str, value: &str| {
            Pairs::default().with(name, value).address(&format!("{}/{tab}", self.base))
        };
        let has_left =
            matches!(self.facts.lines.get(&Line::everything()), Some((Agreement::No(_) | Agreement::Awaiting, _)));
        let (label, to) =
            if has_left { ("Resubscribe…", "subscribe") } else { ("Unsubscribe from everything…", "unsubscribe") };
        let everything = Pairs::default().with("line", &Line::everything().to_string()).with("to", to);
        [
            (label, everything.address(&format!("{}/subscriptions/change", self.base))),
            match self.facts.disabled {
                Some(_) => ("Turn on messages…", ask("restrictions", "lift", &Key::Disabled.id(self.id).to_string())),
                None => ("Turn off all messages…", ask("restrictions", "do", "turn-off")),
            },
            ("Suppress…", ask("restrictions", "do", "suppress")),
        ]
    }

    /// Address of the neighbour in the list; it is looked for when somebody goes there.
    fn step(&self, way: &str) -> String {
        let tab = if self.tab == Tab::Info { "" } else { self.tab.path().trim_start_matches('/') };
        self.list.on(&Pairs::default().with("tab", tab).address(&format!("{}/{way}", self.base)))
    }

    /// Address of a tab.
    pub fn path(&self, tab: &Tab) -> String {
        format!("{}{}", self.base, tab.path())
    }

    /// Address of a tab that keeps the list.
    fn tab_link(&self, tab: &Tab) -> String {
        self.list.on(&self.path(tab))
    }

    /// The tabs, each with the number that it shows.
    pub fn tabs(&self) -> [(Tab, Option<i64>); Tab::ALL.len()] {
        Tab::ALL.map(|tab| (tab, Some(self.notes).filter(|count| tab == Tab::Notes && *count > 0)))
    }
}

/// Whether campaigns can reach somebody, and by what, or why not.
fn messages(request: &Request, conn: &mut PgConnection, facts: &Facts) -> QueryResult<(bool, String)> {
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let summary = Summary::new(facts, &catalogue.rules, request.now.at);
    let said = summary.block.iter().filter_map(|(_, obstacle)| Some(obstacle.said?.by)).collect();
    let names = ledger::source_names(&request.state.db, conn, &said, request.now.at)?;
    let day = |at| Timestamp::new(at, request.now).date();
    let terms =
        Terms { day: &day, source: &|source| names.get(&source).cloned().unwrap_or_default(), rules: &catalogue.rules };
    Ok((!summary.can.is_empty(), summary.sentence(&terms)))
}
