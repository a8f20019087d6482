//! Subscriptions for the pages.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{Line, Subscription, lines::read};
use crate::db::{ids::ProfileKey, schema::subscriptions};

/// What is said of a line; `None`: nothing.
pub fn of_line(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    line: &Line,
) -> QueryResult<Option<Subscription>> {
    let found: Option<(String, String)> = subscriptions::table
        .find((environment.0, profile.0, line.channel_text(), line.topic_text()))
        .select((subscriptions::state, subscriptions::reason))
        .first(conn)
        .optional()?;
    let said = found.and_then(|(state, reason)| read(line.channel_text(), line.topic_text(), &state, &reason));
    Ok(said.map(|(_, said)| said))
}
