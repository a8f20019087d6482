//! Asks for messages: the verdict first, then a row for each person, queued or dropped.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Content, Draft, Status,
    draft::block,
    store::{NewStep, add_steps},
};
use crate::{
    db::{
        Db, Decided,
        ids::{EnvironmentId, MessageId, ProfileId, SourceId},
        sql_query,
    },
    json::Json,
    ledger,
    topics::Catalogue,
    verdict::{self, Facts, Question, Rules, Terms, Told, Verdict, verdict},
};

/// Who asks for messages.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub environment: EnvironmentId,
    pub by: SourceId,
    /// The form, call or job.
    pub group: Uuid,
    pub at: DateTime<Utc>,
}

/// Verdicts about people, with their words.
pub(super) struct Verdicts {
    pub found: HashMap<ProfileId, Verdict>,
    names: HashMap<SourceId, String>,
}

impl Verdicts {
    /// Asks for those of whom facts are known.
    pub fn ask(
        db: &Db,
        conn: &mut PgConnection,
        facts: &HashMap<ProfileId, Facts>,
        question: &Question,
        rules: &Rules,
        now: DateTime<Utc>,
    ) -> QueryResult<Self> {
        let found: HashMap<ProfileId, Verdict> =
            facts.iter().map(|(id, facts)| (*id, verdict(facts, rules, question))).collect();
        let sources: BTreeSet<SourceId> = found.values().flat_map(Verdict::sources).collect();
        let names = ledger::source_names(db, conn, &sources, now)?;
        Ok(Self { found, names })
    }

    /// A verdict in words.
    pub fn told(&self, verdict: &Verdict, question: &Question, rules: &Rules) -> Told {
        let name = |source: SourceId| self.names.get(&source).cloned().unwrap_or_default();
        let day = |at: DateTime<Utc>| at.format("%-d %b %Y").to_string();
        verdict.told(question, &Terms { day: &day, source: &name, rules })
    }
}

/// Asks for the message to each of these people, who are no merged ones, at most 1,000, in a constant number of SQL statements: each is
/// queued, or dropped with the reason. Whoever is unknown is left out. The same ids again change nothing.
pub fn ask(
    db: &Db,
    conn: &mut PgConnection,
    asked: Asked,
    draft: &Draft,
    people: &[(MessageId, ProfileId)],
) -> QueryResult<()> {
    let ids: Vec<ProfileId> = people.iter().map(|(_, profile)| *profile).collect();
    let facts = verdict::of_many(conn, asked.environment, &ids)?;
    let catalogue = Catalogue::remembered_by(conn, db, asked.environment, asked.at)?;
    let question = draft.question();
    let verdicts = Verdicts::ask(db, conn, &facts, &question, &catalogue.rules, asked.at)?;
    let (mut rows, mut steps) = (Vec::with_capacity(people.len()), Vec::with_capacity(people.len()));
    for (message, profile) in people {
        let Some(verdict) = verdicts.found.get(profile) else { continue };
        let told = verdicts.told(verdict, &question, &catalogue.rules);
        let blocked = block(verdict, draft.passes());
        let status = if blocked.is_some() { Status::Dropped } else { Status::Queued };
        let words = blocked.map(|_| told.sentence.clone());
        let confirms = facts.get(profile).map(|facts| &facts.email.normalised).filter(|_| draft.is_confirmation);
        rows.push(json!({ "profile_id": profile, "id": message, "status": status.as_str(), "verdict": told, "confirms": confirms }));
        let step = NewStep::new(*profile, *message, status, asked.at);
        // Derived from the message, so that asking again makes no second one.
        let id = Uuid::new_v5(&message.0, b"asked");
        steps.push(NewStep { id, code: blocked.map(|layer| layer.as_str().to_owned()), words, ..step });
    }
    insert(conn, asked, draft, rows)?;
    add_steps(conn, asked.environment, &steps).map(drop)
}

/// Which of several messages somebody may be sent, the first in their order; the first of all if none may. `None`: nobody is known.
pub fn first_that_may(
    db: &Db,
    conn: &mut PgConnection,
    asked: Asked,
    drafts: &[Draft],
    profile: ProfileId,
) -> QueryResult<Option<usize>> {
    let Some(facts) = verdict::of_many(conn, asked.environment, &[profile])?.remove(&profile) else { return Ok(None) };
    let catalogue = Catalogue::remembered_by(conn, db, asked.environment, asked.at)?;
    let may = |draft: &Draft| block(&verdict(&facts, &catalogue.rules, &draft.question()), draft.passes()).is_none();
    Ok(Some(drafts.iter().position(may).unwrap_or(0)))
}

fn insert(conn: &mut PgConnection, asked: Asked, draft: &Draft, rows: Vec<Value>) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let (template, version, own) = match &draft.content {
        Content::Template { id, version } => (Some(*id), Some(*version), None),
        Content::Own(words) => (None, None, Some(Json(json!(words)))),
    };
    let event = (!draft.event.is_empty()).then(|| Json(Value::Object(draft.event.clone())));
    sql_query(
        "INSERT INTO messages (environment_id, profile_id, id, channel, kind, topic, account_id, template_id, template_version, name, \
             own, event, source_id, group_id, unasked, status, asked_at, first_due_at, due_at, changed_at, attempts, verdict, confirms) \
         SELECT $1, u.profile_id, u.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, u.status, $15, $16, $16, $15, 0, u.verdict, u.confirms \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, status text, verdict jsonb, confirms text) ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(asked.environment)
    .bind::<Jsonb, _>(Json(Value::Array(rows)))
    .bind::<Text, _>(draft.channel.as_str())
    .bind::<Text, _>(draft.kind.as_str())
    .bind::<Nullable<Text>, _>(draft.topic.as_ref().map(|topic| topic.as_str().to_owned()))
    .bind::<SqlUuid, _>(draft.account)
    .bind::<Nullable<SqlUuid>, _>(template)
    .bind::<Nullable<Integer>, _>(version)
    .bind::<Text, _>(draft.name.clone())
    .bind::<Nullable<Jsonb>, _>(own)
    .bind::<Nullable<Jsonb>, _>(event)
    .bind::<Integer, _>(asked.by)
    .bind::<SqlUuid, _>(asked.group)
    .bind::<Nullable<Text>, _>(draft.unasked.clone())
    .bind::<Timestamptz, _>(asked.at)
    .bind::<Timestamptz, _>(draft.due_at)
    .execute(conn)
}
