//! Traces of erased people outside the write path: answers for repeats of calls, and refused items.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Address, Identifier},
    keys::answers,
    rejections,
};

/// Removes what names these profiles by an identifier, an address or their own id.
pub fn forget<'a>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
    identifiers: &[(ProfileId, Identifier)],
    addresses: impl Iterator<Item = &'a Address>,
) -> QueryResult<()> {
    // What was refused or answered has the sender's writing.
    let mut values: BTreeSet<String> = BTreeSet::new();
    for (_, Identifier { kind, value }) in identifiers {
        let writings = identities::writings(value);
        // As kith's own format refers to them.
        values.extend(writings.iter().map(|writing| format!("{}:{writing}", kind.as_str())));
        values.extend(writings);
    }
    for Address { shown, normalised } in addresses {
        values.extend([shown, normalised].iter().flat_map(|it| identities::writings(it)));
    }
    values.extend(profiles.iter().map(ToString::to_string));
    let texts: Vec<String> = values.iter().filter_map(|value| escaped(value)).flatten().collect();
    let values: Vec<String> = values.into_iter().collect();
    answers::forget(conn, environment, profiles, &values, &texts)?;
    rejections::forget(conn, environment, &values, &texts)?;
    Ok(())
}

/// A value as a text in JSON, and in a message in JSON; `None` if JSON writes it as it is.
fn escaped(value: &str) -> Option<[String; 2]> {
    let quoted = |text: &str| Value::from(text).to_string();
    let once = quoted(value);
    let is_plain = once.len() == value.len() + 2;
    let twice = quoted(&once);
    (!is_plain).then(|| [once, twice[1..twice.len() - 1].to_owned()])
}
