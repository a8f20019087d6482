//! `ETag` of a profile, and `If-Match` before a change of it: a sender that has read a profile changes what it has seen, or nothing.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderValue},
};

use super::profile;
use crate::{
    api::{Caller, Fault},
    db::ids::ProfileId,
    ingest::{Person, Seen},
    profiles,
    rejections::codes,
    state::AppState,
};

/// Tag of a version of a profile. It moves with every change, but not with events.
fn tag(profile: ProfileId, version: i64) -> String {
    format!("\"{}-{version}\"", profile.0.simple())
}

/// Writes the tag of a version into the head of an answer.
pub fn show(headers: &mut HeaderMap, profile: ProfileId, version: i64) {
    if let Ok(tag) = HeaderValue::from_str(&tag(profile, version)) {
        headers.insert(header::ETAG, tag);
    }
}

/// The caller, held to the version that `If-Match` names, if there is one: the write itself checks it once more. A tag may have become
/// a weak one on its way, since proxies that compress weaken it.
///
/// # Errors
/// `changed`: the profile has another version, or nobody is meant.
pub async fn held(state: &AppState, caller: Caller, request: &HttpRequest, person: &Person) -> Result<Caller, Fault> {
    let named = request.headers().get_all(header::IF_MATCH).filter_map(|value| value.to_str().ok());
    let named: Vec<String> = named.flat_map(|value| value.split(',').map(|tag| tag.trim().to_owned())).collect();
    if named.is_empty() && !request.headers().contains_key(header::IF_MATCH) {
        return Ok(caller);
    }
    let (environment, person) = (caller.environment(), person.clone());
    let found = state
        .db
        .read(move |conn| {
            let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
            let versions = profiles::store::versions(conn, environment, &BTreeSet::from([profile]))?;
            Ok(versions.get(&profile).map(|version| Seen { profile, version: *version }))
        })
        .await?;
    let is_named = |seen: &Seen| {
        let tag = tag(seen.profile, seen.version);
        named.iter().any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
    };
    match found.filter(is_named) {
        Some(seen) => Ok(caller.having(seen)),
        None => Err(Fault::new(codes::CHANGED, codes::CHANGED.meaning()).field("If-Match")),
    }
}
