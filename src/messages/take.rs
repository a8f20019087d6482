//! Takes messages that are due: asks the verdict again, renders the words, and decides what is handed over. All in one transaction, which
//! commits that a message is being sent before it is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Status,
    ask::Verdicts,
    draft::{Passes, block},
    many::twice,
    renderer::{Renderer, Wanted},
    store::{self, NewStep, unknown},
};
use crate::{
    db::{
        Db, Decided,
        ids::{EnvironmentId, MessageId, MessageTemplateId, ProfileId, SendingAccountId, WorkspaceId},
        sql_query,
    },
    identities::Channel,
    json::Json,
    sending_accounts::{Account, Outgoing, Provider},
    subscriptions::{Medium, Topic},
    topics::Catalogue,
    verdict::{self, Facts, Layer, MessageKind, Question, Told},
    workspaces::EnvironmentKind,
};

/// An account in one environment: what is sent by it forms a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    pub workspace: WorkspaceId,
    pub environment: EnvironmentId,
    pub kind: EnvironmentKind,
    pub account: SendingAccountId,
}

const DUE: &str = "SELECT a.workspace_id, a.id, e.id AS environment_id, e.kind FROM sending_accounts a \
    JOIN environments e ON e.workspace_id = a.workspace_id \
    WHERE a.is_on AND a.removed_at IS NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.environment_id = e.id \
        AND m.account_id = a.id AND m.status = 'queued' AND m.due_at <= $1) LIMIT 1000";

/// Lanes with messages that are due.
pub fn due(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Lane>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        workspace_id: WorkspaceId,
        #[diesel(sql_type = SqlUuid)]
        id: SendingAccountId,
        #[diesel(sql_type = SmallInt)]
        environment_id: EnvironmentId,
        #[diesel(sql_type = Text)]
        kind: String,
    }
    let rows: Vec<Row> = sql_query(DUE).bind::<Timestamptz, _>(now).load(conn)?;
    let lane = |row: Row| {
        let kind = EnvironmentKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind)?;
        Some(Lane { workspace: row.workspace_id, environment: row.environment_id, kind, account: row.id })
    };
    Ok(rows.into_iter().filter_map(lane).collect())
}

/// A message that was taken to be handed over.
#[derive(Clone, Debug)]
pub struct Ready {
    pub profile: ProfileId,
    /// Attempts before this one.
    pub attempts: i32,
    /// When it was first due.
    pub since: DateTime<Utc>,
    pub outgoing: Outgoing,
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    id: MessageId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    topic: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    template_id: Option<MessageTemplateId>,
    #[diesel(sql_type = Nullable<Integer>)]
    template_version: Option<i32>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    own: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    event: Option<Json>,
    #[diesel(sql_type = Nullable<Text>)]
    unasked: Option<String>,
    #[diesel(sql_type = SqlUuid)]
    group_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    confirms: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    first_due_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

const CLAIM: &str = "UPDATE messages m SET status = 'sending', held_by = $5 FROM (\
        SELECT profile_id, id FROM messages WHERE environment_id = $1 AND account_id = $2 AND status = 'queued' AND due_at <= $3 \
            ORDER BY due_at LIMIT $4) o \
    WHERE m.environment_id = $1 AND m.profile_id = o.profile_id AND m.id = o.id AND m.status = 'queued' \
    RETURNING m.profile_id, m.id, m.kind, m.topic, m.template_id, m.template_version, m.own, m.event, m.unasked, m.confirms, m.group_id, \
        m.first_due_at, m.attempts";

/// What is decided about a message that was claimed.
enum Decision {
    /// It is handed over, with what is kept of its text, and its language.
    Ready(Box<Ready>, Value, String),
    /// It is not, for this reason.
    Ended(Status, Option<Layer>, String),
}

/// Where messages are taken, by whom and when.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub lane: Lane,
    pub account: &'a Account,
    /// Number of the process.
    pub number: i32,
    pub now: DateTime<Utc>,
}

/// Takes messages of a lane that are due, at most `most`. `None`: none is due.
pub fn take(
    db: &Db,
    conn: &mut PgConnection,
    place: &Place<'_>,
    most: usize,
    renderer: &Renderer<'_>,
) -> QueryResult<Option<Vec<Ready>>> {
    let Place { lane, account, number, now } = *place;
    let claimed: Vec<Claimed> = sql_query(CLAIM)
        .bind::<SmallInt, _>(lane.environment)
        .bind::<SqlUuid, _>(lane.account)
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(most as i64)
        .bind::<Integer, _>(number)
        .load(conn)?;
    if claimed.is_empty() {
        return Ok(None);
    }
    let people = People::load(db, conn, lane.environment, &claimed, account.channel, now)?;
    let wanted: Vec<Wanted> = claimed.iter().map(|it| it.wanted(&people)).collect::<QueryResult<_>>()?;
    let rendered = renderer.render(conn, lane, account.channel, &wanted, now)?;
    let (mut ready, mut rows, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (message, rendered) in claimed.iter().zip(rendered) {
        let (told, decision) = people.decide(message, lane, account, rendered);
        let mut row = json!({ "profile_id": message.profile_id, "id": message.id, "verdict": told });
        match decision {
            Decision::Ready(it, text, language) => {
                row["status"] = Status::Sending.as_str().into();
                row["address"] = it.outgoing.to.clone().into();
                row["language"] = language.into();
                row["sent_text"] = text;
                ready.push(*it);
            }
            Decision::Ended(status, layer, words) => {
                row["status"] = status.as_str().into();
                let step = NewStep::new(message.profile_id, message.id, status, now);
                let code = layer.map(|layer| layer.as_str().to_owned());
                steps.push(NewStep { code, words: Some(words), attempt: message.attempts, ..step });
            }
        }
        rows.push(row);
    }
    write(conn, lane.environment, rows, now)?;
    store::add_steps(conn, lane.environment, &steps)?;
    Ok(Some(ready))
}

fn write(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    rows: Vec<Value>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(
        "UPDATE messages m SET status = u.status, verdict = u.verdict, address = u.address, language = u.language, \
             sent_text = u.sent_text, changed_at = CASE WHEN u.status = 'sending' THEN m.changed_at ELSE $3 END, \
             held_by = CASE WHEN u.status = 'sending' THEN m.held_by END \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, status text, verdict jsonb, address text, language text, sent_text jsonb) \
         WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(Value::Array(rows)))
    .bind::<Timestamptz, _>(now)
    .execute(conn)
}

impl Claimed {
    fn is_service(&self) -> bool {
        MessageKind::from_stored(&self.kind) == Some(MessageKind::Service)
    }

    fn question(&self, channel: Medium, now: DateTime<Utc>) -> Question {
        let kind = if self.is_service() { MessageKind::Service } else { MessageKind::Campaign };
        let topic = self.topic.as_deref().and_then(|topic| Topic::new(topic).ok());
        Question { channel, kind, topic, now }
    }

    fn wanted(&self, people: &People) -> QueryResult<Wanted> {
        let event = self.event.as_ref().and_then(|event| event.0.as_object()).cloned().unwrap_or_default();
        let content = store::content(self.template_id.zip(self.template_version), self.own.clone())?;
        // What waits keeps its words.
        let content = content.ok_or_else(|| unknown("content"))?;
        let topic = self.topic.as_deref().and_then(|topic| Topic::new(topic).ok());
        let (profile, confirms) = (people.current(self.profile_id), self.confirms.clone());
        Ok(Wanted { profile, content, event, is_campaign: !self.is_service(), topic, confirms })
    }
}

/// Addresses by channel, as written and as compared.
type Addresses = BTreeMap<Channel, (String, String)>;

/// What is known of the people of claimed messages.
struct People {
    /// The survivor of each who was merged.
    survivors: HashMap<ProfileId, ProfileId>,
    addresses: HashMap<ProfileId, Addresses>,
    verdicts: HashMap<MessageId, (Option<Layer>, Told)>,
    /// Who still has to confirm the email that they have.
    awaiting: HashSet<ProfileId>,
    /// Messages that go to the same person from another one of their profiles.
    twice: HashSet<MessageId>,
}

impl People {
    fn load(
        db: &Db,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        claimed: &[Claimed],
        channel: Medium,
        now: DateTime<Utc>,
    ) -> QueryResult<Self> {
        let survivors = survivors(conn, environment, claimed)?;
        let current: Vec<ProfileId> = survivors.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let facts = verdict::of_many(conn, environment, &current)?;
        let catalogue = Catalogue::remembered_by(conn, db, environment, now)?;
        let rules = &catalogue.rules;
        let addresses = addresses(conn, environment, &current)?;
        let mut verdicts = HashMap::new();
        let mut by_question: Vec<(Question, Vec<&Claimed>)> = Vec::new();
        for message in claimed {
            let question = message.question(channel, now);
            let same = |(known, _): &&mut (Question, Vec<&Claimed>)| {
                known.kind == question.kind && known.topic == question.topic
            };
            match by_question.iter_mut().find(same) {
                Some((_, those)) => those.push(message),
                None => by_question.push((question, vec![message])),
            }
        }
        for (question, those) in by_question {
            let asked = Verdicts::ask(db, conn, &facts, &question, rules, now)?;
            for message in those {
                let person = survivors.get(&message.profile_id);
                let Some(verdict) = person.and_then(|person| asked.found.get(person)) else { continue };
                let layer = block(verdict, Passes::of(message.unasked.is_some(), message.confirms.is_some()));
                verdicts.insert(message.id, (layer, asked.told(verdict, &question, rules)));
            }
        }
        let awaits = |facts: &Facts| {
            let said = facts.awaits_confirmation(rules.confirms_since);
            said.is_some_and(|said| !facts.left_everything_since(said.at))
        };
        let awaiting = facts.iter().filter(|(_, facts)| awaits(facts)).map(|(person, _)| *person).collect();
        let current = |it: &Claimed| Some((it.id, it.group_id, *survivors.get(&it.profile_id)?));
        let asked: Vec<_> = claimed.iter().filter_map(current).collect();
        let twice = twice(conn, environment, &asked)?;
        Ok(Self { survivors, addresses, verdicts, awaiting, twice })
    }

    fn current(&self, profile: ProfileId) -> ProfileId {
        self.survivors.get(&profile).copied().unwrap_or(profile)
    }

    fn decide(
        &self,
        message: &Claimed,
        lane: Lane,
        account: &Account,
        rendered: Result<super::renderer::Done, String>,
    ) -> (Option<Told>, Decision) {
        let Some((layer, told)) = self.verdicts.get(&message.id) else {
            return (None, Decision::Ended(Status::Cancelled, None, "The person was erased.".to_owned()));
        };
        let ended = |status, layer, words| (Some(told.clone()), Decision::Ended(status, layer, words));
        if let Some(layer) = layer {
            return ended(Status::Cancelled, Some(*layer), told.sentence.clone());
        }
        if self.twice.contains(&message.id) {
            return ended(Status::Cancelled, None, "Another profile of this person gets the same message.".to_owned());
        }
        let Some((to, normalised)) = self.destination(message.profile_id, account.channel) else {
            return ended(Status::Cancelled, Some(Layer::Address), "There is no address any more.".to_owned());
        };
        if let Some(asked) = &message.confirms {
            let is_wanted = *asked == normalised && self.awaiting.contains(&self.current(message.profile_id));
            if !is_wanted {
                let words =
                    "There is nothing to confirm any more: it was confirmed, or they have another email, or want none.";
                return ended(Status::Cancelled, None, words.to_owned());
            }
        }
        let may_leave = lane.kind == EnvironmentKind::Live || account.provider == Provider::Kept;
        if !may_leave && !account.may_test(&normalised) && !account.may_test(&to) {
            let words = "The test environment sends only to the addresses on the account's test list.".to_owned();
            return ended(Status::KeptBack, None, words);
        }
        match rendered {
            Err(fault) => ended(Status::Failed, None, fault),
            Ok(done) => {
                let language = done.language.clone();
                let (outgoing, kept) = done.outgoing(message.id, to);
                let Claimed { profile_id: profile, attempts, first_due_at: since, .. } = *message;
                let ready = Ready { profile, attempts, since, outgoing };
                (Some(told.clone()), Decision::Ready(Box::new(ready), json!(kept), language))
            }
        }
    }

    /// Where a message goes: as the person wrote it, and as it is compared. A device has no address here.
    fn destination(&self, profile: ProfileId, channel: Medium) -> Option<(String, String)> {
        if channel.is_device() {
            return Some(("a device".to_owned(), String::new()));
        }
        let own = self.addresses.get(&self.current(profile))?;
        channel.address(|channel| own.get(&channel).cloned())
    }
}

/// Who each person is now; whoever was erased is left out.
fn survivors(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    claimed: &[Claimed],
) -> QueryResult<HashMap<ProfileId, ProfileId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        id: ProfileId,
        #[diesel(sql_type = SqlUuid)]
        current: ProfileId,
    }
    let found: Vec<Found> = sql_query(
        "SELECT id, coalesce(merged_into, id) AS current FROM profiles WHERE environment_id = $1 AND id = ANY($2)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(claimed.iter().map(|it| it.profile_id.0).collect::<Vec<Uuid>>())
    .load(conn)?;
    Ok(found.into_iter().map(|found| (found.id, found.current)).collect())
}

/// Addresses of people by channel, as written and as compared.
fn addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    people: &[ProfileId],
) -> QueryResult<HashMap<ProfileId, Addresses>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        profile_id: ProfileId,
        #[diesel(sql_type = Text)]
        channel: String,
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = Text)]
        normalised: String,
    }
    let found: Vec<Found> = sql_query(
        "SELECT profile_id, channel, address, normalised FROM addresses \
         WHERE environment_id = $1 AND profile_id = ANY($2) AND address IS NOT NULL",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(people.iter().map(|id| id.0).collect::<Vec<Uuid>>())
    .load(conn)?;
    let mut all: HashMap<ProfileId, Addresses> = HashMap::new();
    for row in found {
        let Some(channel) = Channel::from_stored(&row.channel) else { continue };
        all.entry(row.profile_id).or_default().insert(channel, (row.address, row.normalised));
    }
    Ok(all)
}
