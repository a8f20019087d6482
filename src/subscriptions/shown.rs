//! What a profile's page shows of them.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{Consent, Line, Purpose, Subscription, lines::read};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::{consents, subscriptions},
    },
    json::Json,
    ledger::Stamp,
};

/// The subscriptions of a profile, whole channels before their topics, at most `limit`.
pub fn subscriptions_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    limit: i64,
) -> QueryResult<Vec<(Line, Subscription, Stamp)>> {
    use subscriptions as s;
    let rows: Vec<(String, String, String, String, Json)> = subscriptions::table
        .filter(s::environment_id.eq(environment.0).and(s::profile_id.eq(profile.0)))
        .order((s::channel, s::topic))
        .select((s::channel, s::topic, s::state, s::reason, s::stamp))
        .limit(limit)
        .load(conn)?;
    let row = |(channel, topic, state, reason, stamp): (String, String, String, String, Json)| {
        let (line, said) = read(&channel, &topic, &state, &reason)?;
        Some((line, said, serde_json::from_value(stamp.0).ok()?))
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The consents of a profile, at most `limit`.
pub fn consents_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    limit: i64,
) -> QueryResult<Vec<(Purpose, Consent, Stamp)>> {
    use consents as c;
    type Row = (String, bool, Option<String>, Option<String>, Option<String>, Json);
    let rows: Vec<Row> = consents::table
        .filter(c::environment_id.eq(environment.0).and(c::profile_id.eq(profile.0)))
        .order(c::purpose)
        .select((c::purpose, c::given, c::document, c::location, c::hardware_id, c::stamp))
        .limit(limit)
        .load(conn)?;
    let row = |(purpose, given, document, location, hardware_id, stamp): Row| {
        let consent = Consent { given, as_of: None, document, location, hardware_id };
        Some((Purpose::new(&purpose).ok()?, consent, serde_json::from_value(stamp.0).ok()?))
    };
    Ok(rows.into_iter().filter_map(row).collect())
}
