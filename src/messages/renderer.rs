//! Renders the words of messages for their people.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Content, SentText, take::Lane};
use crate::{
    db::{
        ids::{MessageId, MessageTemplateId, ProfileId, WorkspaceId},
        sql_query,
    },
    identities::{Address, Channel},
    json::Json,
    ledger::Sensitive,
    message_templates::{self, Fault, Links, Person, Prepared, Rendered, Variant, Words},
    preferences::Signer,
    sending_accounts::{Outgoing, Unsubscribe},
    subscriptions::{Line, Medium, Topic},
    workspaces,
};

/// A message whose words are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub profile: ProfileId,
    pub content: Content,
    pub event: Map<String, Value>,
    pub is_campaign: bool,
    pub topic: Option<Topic>,
    /// The normalised email that the message asks to be confirmed.
    pub confirms: Option<String>,
}

/// The words for one person.
#[derive(Clone, Debug)]
pub struct Done {
    /// What the person gets.
    words: SentText,
    /// The same to be shown and kept: with sensitive values hidden, and with links of nobody.
    pub kept: SentText,
    pub language: String,
    unsubscribe: Option<Unsubscribe>,
}

impl Done {
    /// The message to an address, and what is kept of it.
    pub fn outgoing(self, id: MessageId, to: String) -> (Outgoing, SentText) {
        let SentText { subject, text, html } = self.words;
        (Outgoing { id, to, subject, text, html, unsubscribe: self.unsubscribe }, self.kept)
    }
}

/// Makes words for people.
pub struct Renderer<'a> {
    /// Start of the addresses in messages, such as `https://kith.example`.
    pub origin: &'a str,
}

type Versions = HashMap<(MessageTemplateId, i32), Vec<Variant>>;

impl Renderer<'_> {
    /// The words of each message, in order; or what is wrong with them. Equal words are read once. A constant number of SQL statements.
    pub fn render<'w>(
        &self,
        conn: &mut PgConnection,
        lane: Lane,
        channel: Medium,
        wanted: &'w [Wanted],
        now: DateTime<Utc>,
    ) -> QueryResult<Vec<Result<Done, String>>> {
        let people: Vec<ProfileId> = wanted.iter().map(|it| it.profile).collect::<BTreeSet<_>>().into_iter().collect();
        let known = message_templates::known(conn, lane.environment, &people)?;
        let Some(workspace) = workspaces::by_id(conn, lane.workspace)? else { return Ok(Vec::new()) };
        let versions = versions(conn, lane.workspace, wanted)?;
        let signer = Signer::read(conn, self.origin, lane.environment, now)?;
        let (sensitive, examples) = (Sensitive::load(conn, lane.environment)?, Links::examples(self.origin));
        let mut prepared: Vec<(&Words, Result<Prepared, Fault>)> = Vec::new();
        let one = |wanted: &'w Wanted| -> Result<Done, String> {
            let person = known.get(&wanted.profile).ok_or("The person was erased.")?;
            let (language, words) = match &wanted.content {
                Content::Own(words) => ("", words),
                Content::Template { id, version } => {
                    let variants = versions.get(&(*id, *version)).ok_or("The template no longer exists.")?;
                    let variant = message_templates::chosen(variants, person.language.as_deref());
                    (variant.language.as_str(), &variant.words)
                }
            };
            let line = Line { channel: Some(channel), topic: wanted.topic.clone() };
            let links = person.links(&signer, &line);
            // Something may have been said between the two looks at the person; a link must not confirm what it does not reach.
            if let Some(asked) = &wanted.confirms {
                let own = person.email.as_deref().and_then(|email| Address::new(Channel::Email, email).ok());
                if links.confirm_url.is_none() || own.is_none_or(|it| it.normalised != *asked) {
                    return Err("There is nothing to confirm any more.".to_owned());
                }
            }
            let unsubscribe = wanted.is_campaign.then(|| Unsubscribe { url: links.unsubscribe_url.clone() });
            let place = prepared.iter().position(|(known, _)| *known == words).unwrap_or_else(|| {
                prepared.push((words, message_templates::prepare(words)));
                prepared.len() - 1
            });
            let ready = prepared[place].1.as_ref().map_err(ToString::to_string)?;
            let render = |person: &Person, links: Links| {
                let known = person.with(&workspace, Some(&wanted.event), Some(links), now);
                let Rendered { subject, text, html, .. } = ready.render(&known).map_err(|fault| fault.to_string())?;
                Ok::<_, String>(SentText { subject, text, html })
            };
            let words = render(person, links)?;
            let kept = render(&person.clone().hidden(&sensitive), examples.clone())?;
            Ok(Done { words, kept, language: language.to_owned(), unsubscribe })
        };
        Ok(wanted.iter().map(one).collect())
    }
}

/// The versions of templates that messages name.
fn versions(conn: &mut PgConnection, workspace: WorkspaceId, wanted: &[Wanted]) -> QueryResult<Versions> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        template_id: MessageTemplateId,
        #[diesel(sql_type = Integer)]
        version: i32,
        #[diesel(sql_type = Jsonb)]
        variants: Json,
    }
    let named =
        |it: &Wanted| if let Content::Template { id, version } = it.content { Some((id.0, version)) } else { None };
    let named: BTreeSet<(Uuid, i32)> = wanted.iter().filter_map(named).collect();
    if named.is_empty() {
        return Ok(Versions::new());
    }
    let (ids, numbers): (Vec<Uuid>, Vec<i32>) = named.into_iter().unzip();
    let found: Vec<Found> = sql_query(
        "SELECT v.template_id, v.version, v.variants FROM message_template_versions v \
         JOIN unnest($2, $3) AS u (template_id, version) ON u.template_id = v.template_id AND u.version = v.version \
         WHERE v.workspace_id = $1",
    )
    .bind::<SmallInt, _>(workspace)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Integer>, _>(numbers)
    .load(conn)?;
    found.into_iter().map(|row| Ok(((row.template_id, row.version), row.variants.read()?))).collect()
}
