//! Stores what came of handing messages over.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Jsonb, SmallInt, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Value, json};

use super::{
    Status,
    store::{self, NewStep},
    take::Ready,
};
use crate::{
    db::{
        ids::{EnvironmentId, MessageId},
        sql_query,
    },
    json::Json,
    sending_accounts::HandedOver,
};

/// Waits after each attempt that a provider put off; the last one is repeated until the account gives up.
const WAITS: [TimeDelta; 7] = [
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
    TimeDelta::hours(1),
    TimeDelta::hours(2),
    TimeDelta::hours(4),
];

/// What comes after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Next {
    status: Status,
    /// When it is tried again, of one that is queued.
    due_at: Option<DateTime<Utc>>,
    code: Option<String>,
    words: String,
    provider_id: Option<String>,
}

impl Next {
    fn of(ready: &Ready, came: &HandedOver, give_up: TimeDelta, now: DateTime<Utc>) -> Self {
        let next = |status, code: &Option<String>, words: &str| Self {
            status,
            due_at: None,
            code: code.clone(),
            words: words.to_owned(),
            provider_id: None,
        };
        match came {
            HandedOver::Taken { provider_id, words } => {
                Self { provider_id: provider_id.clone(), ..next(Status::Sent, &None, words) }
            }
            HandedOver::Refused { code, words } => next(Status::Failed, code, words),
            HandedOver::NoSuchAddress { code, words } => next(Status::Undelivered, code, words),
            HandedOver::Unknown { words } => next(Status::Uncertain, &None, words),
            HandedOver::Later { code, words, wait, .. } => {
                let place = usize::try_from(ready.attempts).unwrap_or(0).min(WAITS.len() - 1);
                let due_at = now + WAITS[place].max(wait.unwrap_or_default());
                let is_over = due_at > ready.since + give_up;
                let status = if is_over { Status::Failed } else { Status::Queued };
                Self { due_at: (!is_over).then_some(due_at), ..next(status, code, words) }
            }
        }
    }
}

/// Stores what came of each message, with the step. Of people who were erased meanwhile nothing is stored.
pub fn settle(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    came: &[(Ready, HandedOver)],
    give_up: TimeDelta,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if came.is_empty() {
        return Ok(());
    }
    #[derive(QueryableByName)]
    struct Settled {
        #[diesel(sql_type = SqlUuid)]
        id: MessageId,
    }
    let (mut rows, mut steps) = (Vec::with_capacity(came.len()), Vec::with_capacity(came.len()));
    for (ready, came) in came {
        let next = Next::of(ready, came, give_up, now);
        let (profile, message, attempt) = (ready.profile, ready.outgoing.id, ready.attempts + 1);
        rows.push(json!({
            "profile_id": profile, "id": message, "status": next.status.as_str(), "attempts": attempt,
            "due_at": next.due_at, "provider_id": next.provider_id,
        }));
        let words = Some(next.words).filter(|words| !words.is_empty());
        steps.push(NewStep { attempt, code: next.code, words, ..NewStep::new(profile, message, next.status, now) });
    }
    let settled: Vec<Settled> = sql_query(
        "UPDATE messages m SET status = CASE WHEN m.status IN ('sending', 'uncertain') THEN u.status ELSE m.status END, \
             attempts = u.attempts, due_at = coalesce(u.due_at, m.due_at), provider_id = coalesce(u.provider_id, m.provider_id), \
             changed_at = $3, held_by = NULL \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, status text, attempts integer, due_at timestamptz, provider_id text) \
         WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id RETURNING m.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(Value::Array(rows)))
    .bind::<Timestamptz, _>(now)
    .load(conn)?;
    let settled: HashSet<MessageId> = settled.into_iter().map(|it| it.id).collect();
    steps.retain(|step| settled.contains(&step.message_id));
    store::add_steps(conn, environment, &steps)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::ids::ProfileId, sending_accounts::Outgoing};

    fn next(attempts: i32, came: &HandedOver, hours_ago: i64) -> Next {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let outgoing = Outgoing {
            id: MessageId(uuid::Uuid::nil()),
            to: "ann@example.com".to_owned(),
            subject: String::new(),
            text: String::new(),
            html: None,
            unsubscribe: None,
        };
        let since = now - TimeDelta::hours(hours_ago);
        let ready = Ready { profile: ProfileId(uuid::Uuid::nil()), attempts, since, outgoing };
        Next::of(&ready, came, TimeDelta::hours(24), now)
    }

    #[test]
    fn what_is_put_off_is_tried_again_ever_more_rarely_until_the_account_gives_up() {
        let later = |wait| HandedOver::Later { code: None, words: "busy".to_owned(), wait, is_of_account: false };
        let wait =
            |attempts| next(attempts, &later(None), 0).due_at.map(|due| due - next(0, &later(None), 0).due_at.unwrap());
        assert_eq!(wait(0), Some(TimeDelta::zero()));
        assert!(wait(1) > wait(0) && wait(6) > wait(5) && wait(50) == wait(6));
        assert_eq!(next(3, &later(None), 24).status, Status::Failed);
        assert_eq!(next(3, &later(None), 23).status, Status::Queued);
        let asked = next(0, &later(Some(TimeDelta::hours(3))), 0);
        assert_eq!(asked.due_at, next(0, &later(None), 0).due_at.map(|due| due + TimeDelta::hours(3) - WAITS[0]));
    }

    #[test]
    fn nothing_but_what_certainly_has_not_left_is_tried_again() {
        let words = || "x".to_owned();
        for (came, status) in [
            (HandedOver::Taken { provider_id: None, words: words() }, Status::Sent),
            (HandedOver::Refused { code: None, words: words() }, Status::Failed),
            (HandedOver::NoSuchAddress { code: None, words: words() }, Status::Undelivered),
            (HandedOver::Unknown { words: words() }, Status::Uncertain),
        ] {
            let next = next(0, &came, 0);
            assert_eq!((next.status, next.due_at), (status, None));
        }
    }
}
