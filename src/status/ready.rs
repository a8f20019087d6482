//! Whether this process can serve, for whatever stands in front of it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_types::Bool};

use super::pulse::Beat;
use crate::db::{migrate, sql_query};

/// Time without a look of housekeeping after which it is dead: a look takes seconds, and a large one minutes.
const DEAD: TimeDelta = TimeDelta::hours(1);

/// Why requests should go elsewhere: tables of another version, a database that takes no changes, or housekeeping that ended; `None` if it can serve.
pub fn obstacle(conn: &mut PgConnection, beat: Beat, now: DateTime<Utc>) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        answer: bool,
    }
    if let Some(why) = migrate::obstacle(conn)? {
        return Ok(Some(why));
    }
    let asked = sql_query("SELECT current_setting('transaction_read_only') = 'on' AS answer");
    if asked.get_result::<Answer>(conn)?.answer {
        return Ok(Some("the database is read-only".to_owned()));
    }
    let is_dead = beat.looked_at.is_some_and(|at| now - at > DEAD);
    Ok(is_dead.then(|| "housekeeping of this process has ended: start it again".to_owned()))
}
