//! One message to many people: how many may be sent it, and asking for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    Asked, Draft, Status,
    ask::{Verdicts, ask},
    store::{NewStep, add_steps, unknown},
};
use crate::{
    db::{
        Db, Decided,
        ids::{EnvironmentId, MessageId, ProfileId},
        sql_query,
    },
    topics::Catalogue,
    verdict::{self, Layer, Question},
};

/// Waiting messages that one statement cancels.
const CANCELLED_AT_ONCE: i64 = 2_000;

/// How many of some people may be sent a message, and what keeps the others from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    pub may: i64,
    /// By the first layer that blocks.
    pub blocked: BTreeMap<Layer, i64>,
}

impl Forecast {
    /// Adds these people, at most 1,000, in a constant number of SQL statements.
    pub fn add(
        &mut self,
        db: &Db,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        question: &Question,
        people: &[ProfileId],
    ) -> QueryResult<()> {
        let facts = verdict::of_many(conn, environment, people)?;
        let catalogue = Catalogue::remembered_by(conn, db, environment, question.now)?;
        for facts in facts.values() {
            match verdict::verdict(facts, &catalogue.rules, question).first_block() {
                Some((layer, _)) => *self.blocked.entry(layer).or_default() += 1,
                None => self.may += 1,
            }
        }
        Ok(())
    }
}

/// Whether each of these people, at most 1,000, may be sent a message, in a sentence.
pub fn sentences(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    question: &Question,
    people: &[ProfileId],
) -> QueryResult<HashMap<ProfileId, String>> {
    let facts = verdict::of_many(conn, environment, people)?;
    let catalogue = Catalogue::remembered_by(conn, db, environment, question.now)?;
    let verdicts = Verdicts::ask(db, conn, &facts, question, &catalogue.rules, question.now)?;
    let sentence = |verdict| verdicts.told(verdict, question, &catalogue.rules).sentence;
    Ok(verdicts.found.iter().map(|(id, verdict)| (*id, sentence(verdict))).collect())
}

/// The id of the message of a group to somebody: with the time of the group, so that asking again makes no second one.
fn id_in(group: Uuid, ProfileId(profile): ProfileId) -> MessageId {
    let time = u64::try_from(group.as_u128() >> 80).unwrap_or_default();
    let mut rest = [0; 10];
    rest.copy_from_slice(&Uuid::new_v5(&group, profile.as_bytes()).as_bytes()[6..]);
    MessageId(uuid::Builder::from_unix_timestamp_millis(time, &rest).into_uuid())
}

/// Asks for the message to each of these people, at most 1,000, in a constant number of SQL statements. Returns what became of each; the
/// same group again changes nothing.
pub fn ask_each(
    db: &Db,
    conn: &mut PgConnection,
    asked: Asked,
    draft: &Draft,
    people: &[ProfileId],
) -> QueryResult<Vec<(ProfileId, Status)>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        profile_id: ProfileId,
        #[diesel(sql_type = Text)]
        status: String,
    }
    let messages: Vec<_> = people.iter().map(|profile| (id_in(asked.group, *profile), *profile)).collect();
    ask(db, conn, asked, draft, &messages)?;
    let found: Vec<Found> = sql_query(
        "SELECT profile_id, status FROM messages WHERE environment_id = $1 AND profile_id = ANY($2) AND id = ANY($3)",
    )
    .bind::<SmallInt, _>(asked.environment)
    .bind::<Array<SqlUuid>, _>(people)
    .bind::<Array<SqlUuid>, _>(messages.iter().map(|(message, _)| *message).collect::<Vec<_>>())
    .load(conn)?;
    let status = |it: Found| Ok((it.profile_id, Status::from_stored(&it.status).ok_or_else(|| unknown("status"))?));
    found.into_iter().map(status).collect()
}

/// Which of these messages, each with its group and with whom it is for now, are to somebody who gets an earlier one of the group, since
/// both profiles became one: one SQL statement.
pub(super) fn twice(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[(MessageId, Uuid, ProfileId)],
) -> QueryResult<HashSet<MessageId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        id: MessageId,
    }
    let found: Vec<Found> = sql_query(
        "SELECT c.id FROM unnest($2, $3, $4) AS c (id, group_id, current) WHERE EXISTS (SELECT FROM messages m \
             WHERE m.environment_id = $1 AND m.profile_id = ANY(ARRAY(SELECT c.current UNION ALL SELECT l.alias_id \
                 FROM profile_aliases l WHERE l.environment_id = $1 AND l.profile_id = c.current)) \
                 AND m.group_id = c.group_id AND m.id < c.id AND m.status NOT IN ('dropped', 'kept back', 'cancelled', 'failed'))",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(asked.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(asked.iter().map(|(_, group, _)| *group).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(asked.iter().map(|(.., current)| *current).collect::<Vec<_>>())
    .load(conn)?;
    Ok(found.into_iter().map(|it| it.id).collect())
}

/// Cancels messages of a group that wait, 2,000 at most; `words` say who did. Returns how many.
pub fn cancel_some(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    group: Uuid,
    words: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        profile_id: ProfileId,
        #[diesel(sql_type = SqlUuid)]
        id: MessageId,
    }
    let found: Vec<Found> = sql_query(
        "UPDATE messages m SET status = 'cancelled', changed_at = $3 FROM (\
             SELECT profile_id, id FROM messages WHERE environment_id = $1 AND group_id = $2 AND status = 'queued' LIMIT $4) o \
         WHERE m.environment_id = $1 AND m.profile_id = o.profile_id AND m.id = o.id AND m.status = 'queued' \
         RETURNING m.profile_id, m.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(group)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(CANCELLED_AT_ONCE)
    .load(conn)?;
    let step = |it: &Found| NewStep {
        words: Some(words.to_owned()),
        ..NewStep::new(it.profile_id, it.id, Status::Cancelled, now)
    };
    add_steps(conn, environment, &found.iter().map(step).collect::<Vec<_>>())?;
    Ok(found.len())
}

/// Whether messages of a group wait.
pub fn any_waits(conn: &mut PgConnection, environment: EnvironmentId, group: Uuid) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        any: bool,
    }
    let found: Found = sql_query(
        "SELECT EXISTS (SELECT FROM messages WHERE environment_id = $1 AND group_id = $2 AND status = 'queued') AS any",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(group)
    .get_result(conn)?;
    Ok(found.any)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::db::ids::{first_id, new_id};

    #[test]
    fn ids_of_a_group_have_its_time_and_are_the_same_again() {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let (group, one, other) = (new_id(at), ProfileId(new_id(at)), ProfileId(new_id(at)));
        let id = id_in(group, one);
        assert_eq!(id, id_in(group, one));
        assert_ne!(id, id_in(group, other));
        assert_eq!(id.0.as_u128() >> 80, first_id(at).as_u128() >> 80);
        assert_eq!(id.0.get_version_num(), 7);
    }
}
