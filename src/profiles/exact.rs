//! Whom a search for a whole id means.

use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::Reference;
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities,
};

/// The profiles that have exactly this as our own id, as the id of a browser, or as the token of a device, none of which is searched in
/// parts. One to four SQL statements.
pub fn exact(conn: &mut PgConnection, environment: EnvironmentId, typed: &str) -> QueryResult<Vec<ProfileId>> {
    if Uuid::try_parse(typed).is_ok()
        && let Ok(reference) = Reference::read(typed, false, identities::Reading::default())
    {
        let found = reference.find(conn, environment)?;
        if !found.is_empty() {
            return Ok(found.into_keys().collect());
        }
    }
    match identities::find_exact(conn, environment, typed)? {
        Some(found) => Ok(vec![found]),
        None => identities::owners(conn, environment, typed),
    }
}
