//! What values were before they became what they are.

use std::collections::HashMap;

use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;

use super::ChangeKind;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::changes,
    },
    json::Json,
};

/// Rows of the ledger looked at: a value whose last change lies further back says nothing of what it was.
const NEWEST: i64 = 1000;

/// What attributes and addresses of a profile were before their last change, by kind and subject, where that was not nothing. One
/// statement, which looks at the newest thousand changes.
pub fn previous(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
) -> QueryResult<HashMap<(ChangeKind, String), Value>> {
    let kinds = [ChangeKind::Attribute, ChangeKind::Address];
    let rows: Vec<(String, String, Option<Json>)> = changes::table
        .filter(changes::environment_id.eq(environment.0).and(changes::profile_id.eq(profile.0)))
        .filter(changes::kind.eq_any(kinds.map(ChangeKind::as_str)))
        .order((changes::recorded_at.desc(), changes::id.desc()))
        .select((changes::kind, changes::subject, changes::before))
        .limit(NEWEST)
        .load(conn)?;
    let mut last: HashMap<(ChangeKind, String), Option<Value>> = HashMap::new();
    for (kind, subject, before) in rows {
        if let Some(kind) = kinds.into_iter().find(|known| known.as_str() == kind) {
            last.entry((kind, subject)).or_insert(before.map(Value::from));
        }
    }
    Ok(last.into_iter().filter_map(|(key, before)| Some((key, before?))).collect())
}
