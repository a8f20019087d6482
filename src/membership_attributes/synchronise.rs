//! Synchronising: a job that compares all profiles with the segments, and changes those that differ (S6.11). It says so in events (S6.12).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Jsonb, SmallInt, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    matching::{self, Members},
    membership_attribute::{MembershipAttribute, Standing},
    store,
    syncs::{self, Tally},
};
use crate::{
    attributes::AttributeValue,
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, JobId, JobKey, MembershipAttributeId, ProfileId, new_id},
        sql_query,
    },
    error::AppError,
    events::{Event, EventName},
    ingest::{Identify, Item, Person, Statement},
    jobs::{self, Chunk, Counts, Keeping, Said, StoredTask, Task},
    json::Json,
    ledger::{self, Source},
};

/// Profiles that are compared by one statement.
const WINDOW: i64 = 2_000;
/// Profiles that are changed at once: few, because each change is told by two events or more.
const CHANGED_AT_ONCE: usize = 200;
/// How long an attribute that has to wait is left alone.
const WAIT: TimeDelta = TimeDelta::minutes(1);

/// Title of the job.
pub const TITLE: &str = "Membership attributes";

/// Event about each attribute of a profile that changed.
const MOVED: &str = "profile.segmentationMembershipUpdated";
/// Event about all attributes of a profile that one synchronisation changed.
const UPDATED: &str = "profile.updated";

/// Brings the values of attributes into step with their segments.
#[derive(Debug, Serialize, Deserialize)]
pub struct Synchronise {
    /// Id of the job.
    job: JobId,
    attributes: Vec<MembershipAttributeId>,
}

impl StoredTask for Synchronise {
    const KIND: &'static str = "synchronise";
}

impl Task for Synchronise {
    fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Chunk> {
        let mut which = store::all(conn, environment)?;
        which.retain(|it| self.attributes.contains(&it.id) && matches!(it.standing, Standing::Ready(_)));
        if which.is_empty() {
            return Ok(Chunk::default());
        }
        let window = window(conn, environment, &which, after)?;
        let profiles: Vec<Uuid> = window.iter().map(|it| it.id).collect();
        let members = matching::members_among(conn, environment, &which, &profiles)?;
        Ok(compare(&which, &window, &members, self.job))
    }

    fn keep(&self, conn: &mut PgConnection, job: &Keeping<'_>, said: &Said) -> QueryResult<()> {
        let mut tallies: BTreeMap<Uuid, Tally> = BTreeMap::new();
        for ((attribute, word), count) in &said.counts {
            let tally = tallies.entry(*attribute).or_default();
            match *word {
                ENTERED => tally.entered += count,
                LEFT => tally.left += count,
                _ => tally.members += count,
            }
        }
        let tallies: Vec<_> = tallies.into_iter().collect();
        syncs::add(conn, (job.environment, self.job), &tallies).map(drop)
    }
}

const MEMBERS: &str = "members";
const ENTERED: &str = "entered";
const LEFT: &str = "left";

/// A profile with its values of the attributes.
#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Jsonb)]
    values: Json,
}

fn window(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    which: &[MembershipAttribute],
    after: Option<ProfileId>,
) -> QueryResult<Vec<Compared>> {
    sql_query(
        "SELECT p.id, coalesce((SELECT jsonb_object_agg(n, p.attributes -> n) FROM unnest($3) n WHERE p.attributes ? n), '{}') AS values \
         FROM (SELECT id, attributes FROM profiles WHERE environment_id = $1 AND id > $2 AND merged_into IS NULL \
             ORDER BY id LIMIT $4) p ORDER BY p.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(after.map_or(Uuid::nil(), |profile| profile.0))
    .bind::<Array<Text>, _>(which.iter().map(|it| it.attribute.as_str()).collect::<Vec<_>>())
    .bind::<BigInt, _>(WINDOW)
    .load(conn)
}

/// What is to be said of the profiles of a window, up to [`CHANGED_AT_ONCE`] that differ.
fn compare(which: &[MembershipAttribute], window: &[Compared], members: &Members, job: JobId) -> Chunk {
    let (mut chunk, mut changed) = (Chunk::default(), 0);
    for profile in window {
        if changed == CHANGED_AT_ONCE {
            return chunk;
        }
        let mut differing = Vec::new();
        for attribute in which {
            let is_member = members.get(&attribute.id).is_some_and(|of| of.contains(&profile.id));
            // Nothing is said of those who never belonged to it.
            let was = profile.values.0.get(attribute.attribute.as_str()).and_then(Value::as_bool);
            if is_member != was.unwrap_or(false) {
                differing.push((attribute, is_member));
            }
            tally(&mut chunk.counts, attribute, is_member, was.unwrap_or(false));
        }
        if !differing.is_empty() {
            chunk.items.extend(said(ProfileId(profile.id), &differing, job));
            changed += 1;
        }
        chunk.looked_at += 1;
        chunk.reached = Some(ProfileId(profile.id));
    }
    // The last window is followed by an empty one, which ends the job.
    chunk
}

fn tally(counts: &mut Counts, attribute: &MembershipAttribute, is_member: bool, was: bool) {
    let mut count = |word| *counts.entry((attribute.id.0, word)).or_default() += 1;
    if is_member {
        count(MEMBERS);
    }
    match (was, is_member) {
        (false, true) => count(ENTERED),
        (true, false) => count(LEFT),
        _ => {}
    }
}

/// The new values of a profile, and the events that tell of them.
fn said(profile: ProfileId, differing: &[(&MembershipAttribute, bool)], job: JobId) -> Vec<Item> {
    let about = |statement| Item {
        person: Person::Profile(profile),
        // The job replaces this time by that of its chunk.
        as_of: DateTime::UNIX_EPOCH,
        statement,
    };
    let value = |(attribute, is_member): &(&MembershipAttribute, bool)| {
        (attribute.attribute.clone(), Some(AttributeValue::stored(Value::Bool(*is_member))))
    };
    let attributes = differing.iter().map(value).collect();
    let mut items = vec![about(Statement::Identify(Identify { attributes, ..Identify::default() }))];
    for (attribute, is_member) in differing {
        items.extend(event(MOVED, json!({
            "attribute": attribute.attribute.as_str(), "is_member": is_member, "segment": attribute.segment_name,
            "segment_id": attribute.segment, "workspace": attribute.from_workspace.name,
        })).map(about));
    }
    let names: Vec<&str> = differing.iter().map(|(attribute, _)| attribute.attribute.as_str()).collect();
    items.extend(event(UPDATED, json!({ "attributes": names, "sync": job })).map(about));
    items
}

/// An event of kith itself; none if its properties are larger than any event may be.
fn event(name: &str, properties: Value) -> Option<Statement> {
    let properties: Map<String, Value> = properties.as_object().cloned().unwrap_or_default();
    let event = Event::new(EventName::new(name).ok()?, DateTime::UNIX_EPOCH, None, properties);
    event.ok().map(Statement::Event)
}

/// Which attributes are synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those whose time has come.
    Due,
    /// All, because somebody asks for it.
    All,
    /// One, because somebody asks for it.
    One(MembershipAttributeId),
}

/// What became of the wish to synchronise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The job is stored.
    Job(JobKey),
    /// Another synchronisation of the environment is under way; this one is due after it.
    Running,
    /// All of them have to wait.
    Nothing,
}

/// Begins to synchronise attributes of an environment, in one transaction.
pub fn begin(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    which: Which,
    now: DateTime<Utc>,
) -> QueryResult<Begun> {
    let is_free = syncs::hold(conn, environment)?;
    let all = store::all(conn, environment)?;
    let is_meant = |it: &&MembershipAttribute| match which {
        Which::Due => it.due_at.is_some_and(|due| due <= now),
        Which::All => true,
        Which::One(id) => it.id == id,
    };
    let meant = all.iter().filter(is_meant);
    if !is_free {
        let meant: Vec<_> = meant.collect();
        syncs::set_due(conn, environment, &meant, meant.iter().map(|_| Some(now)))?;
        return Ok(Begun::Running);
    }
    let (ready, waiting): (Vec<_>, Vec<_>) = meant.partition(|it| matches!(it.standing, Standing::Ready(_)));
    let later = waiting.iter().map(|it| it.due_at.map(|_| now + WAIT));
    syncs::set_due(conn, environment, &waiting, later)?;
    if ready.is_empty() {
        return Ok(Begun::Nothing);
    }
    let at = JobKey { environment, job: JobId(new_id(now)) };
    let task = Synchronise { job: at.job, attributes: ready.iter().map(|it| it.id).collect() };
    let source = ledger::source_id(conn, environment, &Source::job("membership attributes", TITLE))?;
    syncs::begin(conn, (environment, at.job), &ready, which != Which::Due, now)?;
    jobs::enqueue(conn, at, source, &task, TITLE, now)?;
    Ok(Begun::Job(at))
}

/// Begins what is due. Housekeeping runs it after that.
pub fn begin_due_now(db: &Db, clock: &Clock) -> Result<(), AppError> {
    let now = clock.now();
    for environment in db.read_now(|conn| store::due(conn, now))? {
        db.tx_now(|conn| begin(conn, environment, Which::Due, now))?;
    }
    Ok(())
}
