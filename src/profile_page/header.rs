//! What stands above every tab of a profile: who it is, when they were last there, and the tabs.

use std::collections::BTreeSet;

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    dsl::sql,
    prelude::*,
    sql_types::{Nullable, Text},
};

use crate::{
    console::{Request, Scope, Shell},
    db::{
        ids::{ProfileId, ProfileKey},
        schema::{notes, profile_activity, profile_identifiers, profiles, sources},
    },
    error::AppError,
    identities::Kind,
    profiles::{people, store},
    web::{Now, Timestamp, pairs::Pairs},
};

/// Tabs of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Who they are.
    Info,
    /// What they did.
    Activity,
    /// What colleagues know of them.
    Notes,
    /// Who changed what, when and from where.
    History,
}

impl Tab {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Info, Self::Activity, Self::Notes, Self::History];

    /// As the tab bar says it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Activity => "Activity",
            Self::Notes => "Notes",
            Self::History => "History",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Info => "",
            Self::Activity => "/activity",
            Self::Notes => "/notes",
            Self::History => "/history",
        }
    }
}

/// What every page about one profile starts from.
pub struct View {
    /// What surrounds it.
    pub shell: Shell,
    /// The profile's own frame.
    pub frame: Header,
    /// When it is made.
    pub now: Now,
}

impl View {
    /// A moment, told from now.
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

/// The frame of one profile.
#[derive(Clone, Debug, Template)]
#[template(path = "profile_page/_header.html")]
pub struct Header {
    /// Its id.
    pub id: ProfileId,
    /// Its name; empty for people who gave none.
    pub name: String,
    /// The sender's key, or the next best identifier.
    pub identifier: String,
    /// The last sign of life, if there was one.
    pub last_seen: Option<Timestamp>,
    /// The first time anything was heard of them.
    pub first_seen: Timestamp,
    /// The time zone that their attribute `timezone` names, unless that is hidden.
    pub zone: Option<String>,
    /// How many notes there are.
    pub notes: i64,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When a value last changed.
    pub updated_at: DateTime<Utc>,
    /// Who made it.
    pub source: String,
    /// The tab that is open.
    pub tab: Tab,
    /// Whether merging is offered.
    can_merge: bool,
    base: String,
}

impl HtmlSafe for Header {}

/// The profile's time zone. What is hidden stays so.
const ZONE: &str = "left(CASE WHEN NOT EXISTS (SELECT FROM attribute_definitions d \
     WHERE d.environment_id = profiles.environment_id AND d.name = 'timezone' AND d.is_sensitive) \
     THEN profiles.attributes ->> 'timezone' END, 64)";

impl Header {
    /// Loads the frame; none if there is no such profile in this environment.
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
            key: Option<String>,
            other: Option<String>,
        }
        let key = (scope.environment.0, id.0);
        let notes = notes::table
            .filter(notes::environment_id.eq(key.0).and(notes::profile_id.eq(key.1)).and(notes::deleted_at.is_null()))
            .count();
        let identifier = || {
            profile_identifiers::table
                .filter(profile_identifiers::environment_id.eq(key.0).and(profile_identifiers::profile_id.eq(key.1)))
                .order((profile_identifiers::kind.desc(), profile_identifiers::value.desc()))
                .select(profile_identifiers::value)
        };
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
                sql::<Nullable<Text>>(ZONE),
                identifier()
                    .filter(profile_identifiers::kind.eq(Kind::Id.as_str()))
                    .filter(profile_identifiers::retired_at.is_null())
                    .limit(1)
                    .single_value(),
                identifier().filter(profile_identifiers::kind.ne(Kind::Id.as_str())).limit(1).single_value(),
            ))
            .first(conn)
            .optional()?;
        let Some(row) = found else { return Ok(None) };
        let seen = Some(row.last_seen_at).filter(|at| *at > DateTime::UNIX_EPOCH);
        Ok(Some(Self {
            id,
            name: row.name,
            identifier: row.key.or(row.other).unwrap_or_default(),
            last_seen: seen.map(|at| Timestamp::new(at, now)),
            first_seen: Timestamp::new(row.first_seen_at, now),
            notes: row.notes.unwrap_or(0),
            zone: row.zone,
            created_at: row.created_at,
            updated_at: row.updated_at,
            source: row.source,
            tab,
            can_merge: scope.role.can_merge(),
            base: scope.path(&format!("profiles/{id}")),
        }))
    }

    /// What to call this person: name, else identifier.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.identifier } else { &self.name }
    }

    /// First letters of the name, for the picture that nobody gave us.
    pub fn initials(&self) -> String {
        let letters = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let all: Vec<char> = letters.collect();
        match all.as_slice() {
            [] => "·".to_owned(),
            [only] => only.to_string(),
            [first, .., last] => format!("{first}{last}"),
        }
    }

    /// Address of a tab.
    pub fn path(&self, tab: &Tab) -> String {
        format!("{}{}", self.base, tab.path())
    }

    /// The tabs with what they count.
    pub fn tabs(&self) -> [(Tab, Option<i64>); 4] {
        Tab::ALL.map(|tab| (tab, Some(self.notes).filter(|count| tab == Tab::Notes && *count > 0)))
    }
}

/// What a page of the profile in the address starts from.
///
/// # Errors
/// There is no such profile; where it was merged into another one, the way to the same tab of that.
pub fn open(request: &Request, conn: &mut PgConnection, tab: Tab) -> Result<View, AppError> {
    open_at(request, conn, request.id()?, tab)
}

/// [`open`] for another profile than that in the address, as after a merge.
///
/// # Errors
/// Those of [`open`].
pub fn open_at(request: &Request, conn: &mut PgConnection, id: ProfileId, tab: Tab) -> Result<View, AppError> {
    match Header::load(conn, request.scope(), id, tab, request.now)? {
        Some(frame) => Ok(View { shell: request.shell.clone(), frame, now: request.now }),
        None => Err(merged(request, conn, id, tab)?),
    }
}

fn merged(request: &Request, conn: &mut PgConnection, id: ProfileId, tab: Tab) -> QueryResult<AppError> {
    let (scope, asked) = (request.scope(), BTreeSet::from([id]));
    let survivor = store::merged_into(conn, scope.environment, &asked)?.remove(&id);
    let Some((survivor, merged)) = survivor.zip(people(conn, scope.environment, &asked)?.remove(&id)) else {
        return Ok(AppError::NotFound);
    };
    // An event goes along with its person when two become one, and so does a link to it.
    let entry = Pairs::default().with("entry", request.query.get("entry"));
    let address = entry.address(&scope.path(&format!("profiles/{survivor}{}", tab.path())));
    // Unless there is something to say already.
    let message = match request.shell.flash {
        Some(_) => None,
        None => Some(format!("{} was merged into this profile.", merged.title())),
    };
    Ok(AppError::SeeOther { address, message })
}
