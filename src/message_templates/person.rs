//! What templates can say of people, read for many at once.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::render::{Known, Links};
use crate::{
    attributes,
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    json::Json,
    ledger::{Sensitive, Stamp},
    preferences::Signer,
    subscriptions::{Line, Medium, awaits},
    web::time,
    workspaces::Workspace,
};

/// A person, as templates know them.
#[derive(Clone, Debug)]
pub struct Person {
    pub profile: ProfileId,
    /// Sensitive ones too: the person gets their own data.
    pub attributes: Map<String, Value>,
    /// Display name; empty if there is none.
    pub name: String,
    /// The sender's id.
    pub id: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Tag of the language, by either attribute that systems use for it.
    pub language: Option<String>,
    pub zone: Tz,
    /// When they were asked to confirm their email, if they have not answered yet.
    pub awaiting: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Stored {
    attributes: Map<String, Value>,
    name: String,
    id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    awaiting: Option<Stamp>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: ProfileId,
    #[diesel(sql_type = Jsonb)]
    known: Json,
}

/// What is known of these people, at most a thousand, in one statement. Merged and unknown ones are left out.
pub fn known(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
) -> QueryResult<HashMap<ProfileId, Person>> {
    let found: Vec<Found> = sql_query(concat!(
        "SELECT p.id, jsonb_build_object('attributes', p.attributes, 'name', p.name, \
             'id', (SELECT i.value FROM profile_identifiers i WHERE i.environment_id = p.environment_id AND i.profile_id = p.id \
                 AND i.kind = 'id' AND i.retired_at IS NULL ORDER BY i.value DESC LIMIT 1), \
             'email', (SELECT a.address FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.channel = 'email'), \
             'phone', (SELECT a.address FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.channel = 'sms'), \
             'awaiting', (SELECT s.stamp FROM subscriptions s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id \
                 AND s.channel = 'email' AND s.topic = '' AND (s.state = 'pending' OR ",
        awaits!(before "p"),
        "(SELECT (extract(epoch FROM r.confirms_since) * 1000000)::bigint FROM channel_rules r \
             JOIN environments e ON e.workspace_id = r.workspace_id \
             WHERE e.id = p.environment_id AND r.channel = 'email' AND r.confirms)",
        awaits!(after "p"),
        "))) AS known \
         FROM profiles p WHERE p.environment_id = $1 AND p.id = ANY($2) AND p.merged_into IS NULL LIMIT 1000",
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(profiles.iter().map(|profile| profile.0).collect::<Vec<Uuid>>())
    .load(conn)?;
    found.into_iter().map(|Found { id, known }| Ok((id, Person::new(id, known.read()?)))).collect()
}

/// Attributes that are used under these names of templates and that the environment has never seen: one SQL statement.
pub fn undefined(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    used: impl Iterator<Item = String>,
) -> QueryResult<Vec<String>> {
    let used: BTreeSet<String> = used.filter_map(|name| name.strip_prefix("user.").map(str::to_owned)).collect();
    let nobody = Person::nobody().user();
    let asked: Vec<&str> = used.iter().map(String::as_str).filter(|name| !nobody.contains_key(*name)).collect();
    // A name with a point may be one attribute, or a field of one.
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let firsts: Vec<String> = asked.iter().map(|name| first(name)).collect();
    let both: Vec<&str> = asked.iter().copied().chain(firsts.iter().map(String::as_str)).collect();
    let found = attributes::definitions(conn, environment, &both)?;
    let is_known = |name: &&str| found.contains_key(*name) || found.contains_key(&first(name));
    Ok(asked.iter().filter(|name| !is_known(name)).map(|name| format!("user.{name}")).collect())
}

impl Person {
    fn new(profile: ProfileId, stored: Stored) -> Self {
        let Stored { attributes, name, id, email, phone, awaiting } = stored;
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).filter(|text| text.len() <= 64);
        let language = text("language").or_else(|| text("locale")).map(str::to_owned);
        let zone = text("timezone").and_then(time::zone).unwrap_or(Tz::UTC);
        let awaiting = awaiting.map(|stamp| stamp.time());
        Self { profile, name, id, email, phone, language, zone, awaiting, attributes }
    }

    /// What `user` is in a template: the attributes, and what kith itself knows.
    pub fn user(&self) -> Map<String, Value> {
        let mut user = self.attributes.clone();
        let name = Some(&self.name).filter(|name| !name.is_empty());
        let own = [
            ("name", name),
            ("id", self.id.as_ref()),
            ("email", self.email.as_ref()),
            ("phone", self.phone.as_ref()),
            ("language", self.language.as_ref()),
        ];
        for (key, value) in own {
            let value = value.map_or(Value::Null, |text| Value::from(text.as_str()));
            // Everybody might have it, so it is no unknown name.
            if !value.is_null() || !user.contains_key(key) {
                user.insert(key.to_owned(), value);
            }
        }
        user
    }

    /// Somebody of whom nothing is known.
    pub fn nobody() -> Self {
        Self {
            profile: ProfileId(Uuid::nil()),
            attributes: Map::new(),
            name: String::new(),
            id: None,
            email: None,
            phone: None,
            language: None,
            zone: Tz::UTC,
            awaiting: None,
        }
    }

    /// The person with sensitive values hidden, as on every page and whatever the role: the message has them, what is shown of it has not.
    pub fn hidden(self, sensitive: &Sensitive) -> Self {
        let mut fields = Value::Object(self.attributes.clone());
        sensitive.hide_in(&mut fields);
        let Value::Object(attributes) = fields else { return self };
        let is_hidden = |name: &str| attributes.get(name) != self.attributes.get(name);
        let zone = if is_hidden("timezone") { Tz::UTC } else { self.zone };
        let language = self.language.clone().filter(|_| !is_hidden("language") && !is_hidden("locale"));
        let shown = |name: &str, value: Option<String>| if is_hidden(name) { None } else { value };
        let (id, email, phone) =
            (shown("id", self.id.clone()), shown("email", self.email.clone()), shown("phone", self.phone.clone()));
        let name = shown("name", Some(self.name.clone())).unwrap_or_default();
        Self { attributes, zone, language, id, email, phone, name, ..self }
    }

    /// The links in a message to them about this line.
    pub fn links(&self, signer: &Signer, line: &Line) -> Links {
        let confirm = |(asked_at, email): (DateTime<Utc>, &String)| signer.confirmation(self.profile, asked_at, email);
        Links {
            unsubscribe_url: signer.unsubscribe(self.profile, line),
            preferences_url: signer.preferences(self.profile, line),
            // By another channel it would confirm an email that it did not reach.
            confirm_url: self
                .awaiting
                .zip(self.email.as_ref())
                .filter(|_| line.channel == Some(Medium::Email))
                .map(confirm),
        }
    }

    /// What a message to them is rendered with. `event`: what it is about, if it is about one.
    pub fn with(
        &self,
        workspace: &Workspace,
        event: Option<&Map<String, Value>>,
        links: Option<Links>,
        now: DateTime<Utc>,
    ) -> Known {
        Known {
            user: self.user(),
            event: event.cloned().unwrap_or_default(),
            workspace: Map::from_iter([("name".to_owned(), Value::from(workspace.name.as_str()))]),
            links,
            zone: self.zone,
            now,
        }
    }
}
