//! Names in the catalogues, as far as a filter uses them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Integer, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    ast::{Choice, Condition, Filter},
    check::Problem,
    nearest::nearest,
    print::quoted,
};
use crate::{
    activity::status_of,
    attributes::{self, Definition},
    db::{Decided, ids::EnvironmentId, sql_query},
    tags,
    text::fold,
    topics::Catalogue,
    verdict::Rules,
};

/// What the catalogues have of the names in a filter.
#[derive(Default)]
pub(super) struct KnownNames {
    attributes: BTreeMap<String, Definition>,
    all_attributes: Vec<Definition>,
    tags: BTreeMap<String, Vec<String>>,
    events: Vec<EventName>,
    sources: Vec<(String, i32)>,
    topics: Option<Catalogue>,
    segments: Vec<SegmentName>,
}

#[derive(QueryableByName)]
struct SegmentName {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct EventName {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    #[diesel(sql_type = Bool)]
    is_message: bool,
}

impl KnownNames {
    /// Reads what the conditions of a filter name.
    pub fn read(conn: &mut PgConnection, environment: EnvironmentId, filter: &Filter) -> QueryResult<Self> {
        let (mut known, conditions) = (Self::default(), filter.conditions());
        let names: BTreeSet<&str> = conditions
            .iter()
            .filter_map(|it| if let Condition::Attribute { name, .. } = it { Some(name.as_str()) } else { None })
            .collect();
        if !names.is_empty() {
            known.read_attributes(conn, environment, &names)?;
        }
        let tags: Vec<&str> = conditions
            .iter()
            .filter_map(|it| if let Condition::Tag(Choice::OneOf(tags)) = it { Some(tags) } else { None })
            .flatten()
            .map(String::as_str)
            .collect();
        if !tags.is_empty() {
            known.tags = tags::spellings(conn, environment, &tags)?;
        }
        if conditions
            .iter()
            .any(|it| matches!(it, Condition::Did { .. } | Condition::Figure { .. } | Condition::Was { .. }))
        {
            known.events = sql_query(
                "SELECT id, name, display_name, is_message FROM event_definitions WHERE environment_id = $1 ORDER BY id LIMIT 5000",
            )
            .bind::<SmallInt, _>(environment)
            .load(conn)?;
        }
        let sources: Vec<String> = conditions
            .iter()
            .filter_map(|it| if let Condition::Source(names) = it { Some(names) } else { None })
            .flatten()
            .map(|name| name.to_lowercase())
            .collect();
        if !sources.is_empty() {
            known.sources = read_sources(conn, environment, &sources)?;
        }
        if conditions.iter().any(|it| matches!(it, Condition::Segment(_))) {
            known.segments = sql_query(
                "SELECT id, name FROM segments WHERE environment_id = $1 AND archived_at IS NULL ORDER BY id LIMIT 1000",
            )
            .bind::<SmallInt, _>(environment)
            .load(conn)?;
        }
        if conditions.iter().any(|it| matches!(it, Condition::Can(_) | Condition::Answer { topic: Some(_), .. })) {
            known.topics = Some(Catalogue::read(conn, environment)?);
        }
        Ok(known)
    }

    fn read_attributes(
        &mut self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        names: &BTreeSet<&str>,
    ) -> QueryResult<()> {
        self.attributes = attributes::definitions(conn, environment, &names.iter().copied().collect::<Vec<_>>())?;
        if names.iter().all(|name| self.attributes.contains_key(*name)) {
            return Ok(());
        }
        // A name that is not exactly one of a sender's: it may be a heading of the list, or a mistake.
        self.all_attributes = attributes::all(conn, environment)?;
        for name in names {
            let asked = fold(name);
            let is_it = |known: &&Definition| fold(&known.name) == asked || fold(&known.label()) == asked;
            let meant = self.all_attributes.iter().filter(is_it).min_by_key(|known| !known.in_table);
            if let Some(meant) = meant.filter(|_| !self.attributes.contains_key(*name)) {
                self.attributes.insert((*name).to_owned(), meant.clone());
            }
        }
        Ok(())
    }

    /// The attribute that is called so, by its name or its heading.
    pub fn attribute(&self, name: &str) -> Option<&Definition> {
        self.attributes.get(name)
    }

    /// Names of all attributes.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.all_attributes.iter().map(|known| known.name.as_str())
    }

    /// Tags as they are written in the catalogue.
    pub fn spellings(&self, tags: &[String]) -> Vec<String> {
        let spelled = |tag: &String| self.tags.get(tag).cloned().unwrap_or_else(|| vec![tag.clone()]);
        tags.iter().flat_map(spelled).collect()
    }

    /// Definitions of the events of a name.
    pub fn events(&self, name: &str) -> Result<Vec<i32>, Problem> {
        let asked = fold(name);
        let exact = |known: &&EventName| known.name == name;
        let alike = |known: &&EventName| fold(&known.name) == asked || fold(&known.display_name) == asked;
        let mut found: Vec<i32> = self.events.iter().filter(exact).map(|known| known.id).collect();
        if found.is_empty() {
            found = self.events.iter().filter(alike).map(|known| known.id).collect();
        }
        if found.is_empty() {
            let message = format!("No event is called “{name}”.");
            let like = nearest(name, self.events.iter().map(|known| known.name.as_str()));
            return Err(match like {
                Some(like) => format!("{message} Did you mean {}?", quoted(like)).into(),
                None => message.into(),
            });
        }
        Ok(found)
    }

    /// Definitions of the events that tell one of these statuses of a message.
    pub fn messages(&self, statuses: &[String]) -> Result<Vec<i32>, Problem> {
        let mut found = Vec::new();
        for status in statuses {
            let Some((place, _)) = status_of(status) else {
                let usual = "sent, delivered, opened, clicked, bounced, unsubscribed or complained";
                return Err(format!("“{status}” is no status of a message. Usual ones are {usual}.").into());
            };
            let tells = |known: &&EventName| {
                known.is_message && status_of(&known.name).is_some_and(|(other, _)| other == place)
            };
            found.extend(self.events.iter().filter(tells).map(|known| known.id));
        }
        Ok(found)
    }

    /// Sources of these kinds or names.
    pub fn sources(&self, names: &[String]) -> Result<Vec<i32>, Problem> {
        let mut found = Vec::new();
        for name in names {
            let of: Vec<i32> =
                self.sources.iter().filter(|(known, _)| *known == name.to_lowercase()).map(|(_, id)| *id).collect();
            let is_kind = KINDS.iter().any(|(kind, _)| *kind == name.to_lowercase());
            if of.is_empty() && !is_kind {
                return Err(
                    format!("No source is called “{name}”. Kinds are import, api, hand, job and person.").into()
                );
            }
            found.extend(of);
        }
        Ok(found)
    }

    /// Segments of these names.
    pub fn segments(&self, names: &[String]) -> Result<Vec<Uuid>, Problem> {
        let of = |name: &String| {
            let asked = fold(name);
            let found = self.segments.iter().find(|known| fold(&known.name) == asked);
            found.map(|known| known.id).ok_or_else(|| {
                let message = format!("No segment is called “{name}”.");
                let like = nearest(name, self.segments.iter().map(|known| known.name.as_str()));
                match like {
                    Some(like) => format!("{message} Did you mean {}?", quoted(like)).into(),
                    None => message.into(),
                }
            })
        };
        names.iter().map(of).collect()
    }

    /// Keys of the topics that are called so, by key or name.
    pub fn topics(&self, name: &str) -> Vec<String> {
        let asked = fold(name);
        let all = self.topics.iter().flat_map(|known| &known.topics);
        let mut keys: Vec<String> =
            all.filter(|topic| fold(&topic.name) == asked).map(|topic| topic.topic.as_str().to_owned()).collect();
        if !keys.iter().any(|key| key == name) {
            keys.push(name.to_owned());
        }
        keys
    }

    /// What the workspace decided about messages.
    pub fn rules(&self) -> Rules {
        self.topics.as_ref().map(|known| known.rules.clone()).unwrap_or_default()
    }
}

/// Words for kinds of sources, and how they are stored.
const KINDS: [(&str, &str); 8] = [
    ("import", "import"),
    ("api", "key"),
    ("key", "key"),
    ("hand", "operator"),
    ("operator", "operator"),
    ("job", "job"),
    ("person", "person"),
    ("preferences", "person"),
];

/// Sources whose kind or name is one of these, each under what was asked: at most a thousand.
fn read_sources(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    names: &[String],
) -> QueryResult<Vec<(String, i32)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let kinds: Vec<&str> =
        KINDS.iter().filter(|(word, _)| names.iter().any(|name| name == word)).map(|(_, kind)| *kind).collect();
    let rows: Vec<Row> = sql_query(
        "SELECT id, kind, lower(name) AS name FROM sources WHERE environment_id = $1 AND (kind = ANY($2) OR lower(name) = ANY($3)) \
         ORDER BY id LIMIT 1000",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Text>, _>(names)
    .load(conn)?;
    let under = |row: Row| {
        let words: Vec<String> =
            KINDS.iter().filter(|(_, kind)| *kind == row.kind).map(|(word, _)| (*word).to_owned()).collect();
        words.into_iter().chain([row.name]).map(move |word| (word, row.id)).collect::<Vec<_>>()
    };
    Ok(rows.into_iter().flat_map(under).collect())
}
