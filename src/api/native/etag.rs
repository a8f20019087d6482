//! `ETag` of a profile, and `If-Match` before a change of it: a sender that has read a profile changes what it has seen, or nothing.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderValue},
};
use uuid::Uuid;

use super::profile;
use crate::{
    api::{Caller, Fault},
    db::ids::{ProfileId, ProfileKey},
    ingest::{Person, Seen},
    ledger, profiles,
    rejections::codes,
    state::AppState,
};

/// Tags of a call whose profiles are looked for.
const MOST: usize = 8;

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

/// The version in which a person's profile is; `None` if nobody is meant.
pub async fn version(state: &AppState, caller: &Caller, person: &Person) -> Result<Option<Seen>, Fault> {
    let (environment, person) = (caller.environment(), person.clone());
    let found = state.senders.read(move |conn| {
        let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
        let versions = profiles::store::versions(conn, environment, &BTreeSet::from([profile]))?;
        Ok(versions.get(&profile).map(|version| Seen { profile, version: *version }))
    });
    Ok(found.await?)
}

/// The caller, held to the version that `If-Match` names, if there is one: the write itself checks it once more.
///
/// # Errors
/// - `changed`: the profile has another version, or nobody is meant.
/// - `not_allowed`: the key is one for browsers, and the answer would tell everybody who exists.
pub async fn held(state: &AppState, caller: Caller, request: &HttpRequest, person: &Person) -> Result<Caller, Fault> {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Ok(caller);
    }
    let now = if caller.is_browser() { None } else { version(state, &caller, person).await? };
    held_to(state, caller, request, now).await
}

/// [`held`], of a profile that is in the version `now`. Fails as it does.
pub async fn held_to(
    state: &AppState,
    caller: Caller,
    request: &HttpRequest,
    now: Option<Seen>,
) -> Result<Caller, Fault> {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Ok(caller);
    }
    if caller.is_browser() {
        let rule = "If-Match is for keys for servers: its answer tells who exists.";
        return Err(Fault::new(codes::NOT_ALLOWED, rule).field("If-Match"));
    }
    let named = named(request.headers().get_all(header::IF_MATCH));
    match now {
        // Whoever exists, in whatever version.
        Some(_) if named.iter().any(|named| named == "*") => Ok(caller),
        Some(seen) if named.contains(&tag(seen.profile, seen.version)) => Ok(caller.having(seen)),
        _ if caller.is_repeat && is_done(state, &caller, &named).await? => Ok(caller),
        _ => Err(changed()),
    }
}

/// The fault of a profile that is in another version.
pub fn changed() -> Fault {
    Fault::new(codes::CHANGED, codes::CHANGED.meaning()).field("If-Match")
}

/// The tags in a header. One may have become a weak one on its way, since proxies that compress weaken it.
fn named<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Vec<String> {
    let tags = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',').map(str::trim));
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()).collect()
}

/// Whether the call changed one of these profiles when it came before: then it is that change that moved the tag.
async fn is_done(state: &AppState, caller: &Caller, named: &[String]) -> Result<bool, Fault> {
    let profile = |tag: &String| Uuid::try_parse(tag.trim_matches('"').split_once('-')?.0).ok();
    let profiles: BTreeSet<Uuid> = named.iter().filter_map(profile).take(MOST).collect();
    let (environment, at, source) = (caller.environment(), caller.received_at, caller.source());
    let found = state.senders.read(move |conn| {
        for profile in &profiles {
            if ledger::is_written(conn, ProfileKey { environment, profile: ProfileId(*profile) }, at, source)? {
                return Ok(true);
            }
        }
        Ok(false)
    });
    Ok(found.await?)
}
