//! The header of every page about a profile: who it is, how to reach them, what colleagues pinned, what can be done, and tabs.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    dsl::{case_when, exists, not},
    prelude::*,
};

use super::FromList;
use crate::{
    auth::Role,
    console::{Scope, Shell},
    db::{
        ids::{ProfileId, ProfileKey},
        schema::{addresses, attribute_definitions, notes, profile_activity, profile_identifiers, profiles, sources},
    },
    identities::{Channel, Kind},
    notes::plain,
    tags::Colours,
    text::{is_visible, title},
    web::{Icon, Now, Timestamp, pairs::Pairs},
};

/// Tabs of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Values of the profile, with their sources.
    Info,
    /// Events, messages and changes.
    Activity,
    /// Notes of operators.
    Notes,
    /// All changes, with time and source.
    History,
}

impl Tab {
    /// All tabs, in order.
    pub const ALL: [Self; 4] = [Self::Info, Self::Activity, Self::Notes, Self::History];

    /// Label on the tab bar.
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Activity => "Activity",
            Self::Notes => "Notes",
            Self::History => "History",
        }
    }

    /// Access key of the tab's link: a letter, for digits change the tabs of some browsers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Info => "i",
            Self::Activity => "a",
            Self::Notes => "n",
            Self::History => "h",
        }
    }

    /// End of the tab's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Info => "",
            Self::Activity => "/activity",
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

impl Header {
    /// Loads the header; `None` if the environment has no such profile, or it was merged.
    pub fn load(
        conn: &mut PgConnection,
        scope: &Scope,
        id: ProfileId,
        tab: Tab,
        now: Now,
    ) -> QueryResult<Option<Self>> {
        #[derive(Queryable)]
        struct Row {
            name: String,
            created_at: DateTime<Utc>,
            updated_at: DateTime<Utc>,
            first_seen_at: DateTime<Utc>,
            last_seen_at: DateTime<Utc>,
            source: String,
            notes: Option<i64>,
            zone: Option<String>,
            identifiers: (Option<String>, Option<String>),
            addresses: (Option<String>, Option<String>),
            tags: Vec<String>,
            pinned: Option<String>,
        }
        let key = (scope.environment.0, id.0);
        let notes = notes::table
            .filter(notes::environment_id.eq(key.0).and(notes::profile_id.eq(key.1)).and(notes::deleted_at.is_null()))
            .count();
        let pinned = notes::table
            .filter(notes::environment_id.eq(key.0).and(notes::profile_id.eq(key.1)))
            .filter(notes::deleted_at.is_null().and(notes::pinned))
            .order((notes::created_at.desc(), notes::id.desc()))
            .select(notes::body)
            .limit(1);
        let address = |channel: Channel| {
            addresses::table
                .filter(addresses::environment_id.eq(key.0).and(addresses::profile_id.eq(key.1)))
                .filter(addresses::channel.eq(channel.as_str()))
                .select(addresses::address)
                .single_value()
        };
        let identifier = || {
            profile_identifiers::table
                .filter(profile_identifiers::environment_id.eq(key.0).and(profile_identifiers::profile_id.eq(key.1)))
                .order((profile_identifiers::kind.desc(), profile_identifiers::value.desc()))
                .select(profile_identifiers::value)
        };
        let is_hidden = attribute_definitions::table
            .filter(attribute_definitions::environment_id.eq(key.0).and(attribute_definitions::name.eq("timezone")))
            .filter(attribute_definitions::is_sensitive);
        let found: Option<Row> = profiles::table
            .find(key)
            .inner_join(sources::table.on(sources::id.eq(profiles::source_id)))
            .inner_join(
                profile_activity::table.on(profile_activity::environment_id
                    .eq(profiles::environment_id)
                    .and(profile_activity::profile_id.eq(profiles::id))),
            )
            .filter(profiles::merged_into.is_null())
            .select((
                profiles::name,
                profiles::created_at,
                profiles::updated_at,
                profile_activity::first_seen_at,
                profile_activity::last_seen_at,
                sources::name,
                notes.single_value(),
                case_when(not(exists(is_hidden)), profiles::attributes.retrieve_as_text("timezone")),
                (
                    identifier()
                        .filter(profile_identifiers::kind.eq(Kind::Id.as_str()))
                        .filter(profile_identifiers::retired_at.is_null())
                        .limit(1)
                        .single_value(),
                    identifier().filter(profile_identifiers::kind.ne(Kind::Id.as_str())).limit(1).single_value(),
                ),
                (address(Channel::Email), address(Channel::Sms)),
                profiles::tags,
                pinned.single_value(),
            ))
            .first(conn)
            .optional()?;
        let Some(row) = found else { return Ok(None) };
        let seen = Some(row.last_seen_at).filter(|at| *at > DateTime::UNIX_EPOCH);
        Ok(Some(Self {
            id,
            name: row.name,
            identifier: row.identifiers.0.or(row.identifiers.1).unwrap_or_default(),
            last_seen: seen.map(|at| Timestamp::new(at, now)),
            first_seen: Timestamp::new(row.first_seen_at, now),
            notes: row.notes.unwrap_or(0),
            zone: row.zone.filter(|zone| zone.len() <= LONGEST_ZONE),
            created_at: row.created_at,
            updated_at: row.updated_at,
            source: row.source,
            tab,
            email: row.addresses.0,
            phone: row.addresses.1,
            tags: row.tags,
            pinned: row.pinned.map(|body| plain(&body, LONGEST_NOTE)),
            role: scope.role,
            list: FromList::default(),
            colours: Colours::default(),
            people: scope.path("profiles"),
            base: scope.path(&format!("profiles/{id}")),
        }))
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
        Pairs::default().with("q", &format!("tag:{tag}")).address(&self.people)
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
    pub fn tabs(&self) -> [(Tab, Option<i64>); 4] {
        Tab::ALL.map(|tab| (tab, Some(self.notes).filter(|count| tab == Tab::Notes && *count > 0)))
    }
}
