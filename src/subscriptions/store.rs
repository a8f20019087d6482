//! Subscriptions for the pages.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{Line, Subscription, lines::read};
use crate::{
    db::{ids::ProfileKey, schema::subscriptions},
    json::Json,
    ledger::Stamp,
};

/// What is said of a line, with its stamp; `None`: nothing.
pub fn of_line(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    line: &Line,
) -> QueryResult<Option<(Subscription, Stamp)>> {
    let found: Option<(String, String, Json)> = subscriptions::table
        .find((environment.0, profile.0, line.channel_text(), line.topic_text()))
        .select((subscriptions::state, subscriptions::reason, subscriptions::stamp))
        .first(conn)
        .optional()?;
    let said = found.and_then(|(state, reason, stamp)| {
        let (_, said) = read(line.channel_text(), line.topic_text(), &state, &reason)?;
        Some((said, stamp.read().ok()?))
    });
    Ok(said)
}
