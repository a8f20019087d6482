//! Opens links, and revokes them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde::Deserialize;

use super::link::{self, Link, Sent};
use crate::{
    data_requests::RequestKind,
    db::{
        Gathered, With, gather,
        ids::{EnvironmentId, ProfileId, ProfileKey},
        schema::{revoked_links, signing_keys},
    },
    identities::{AddressRow, AddressRows, Channel},
    profiles,
    verdict::{Facts, OwnFacts},
    web::SigningKey,
};

/// The person of a link, with what their page shows.
pub(super) struct Opened {
    pub link: Link,
    /// The person; the survivor of the one that the link names, if that one was merged.
    pub key: ProfileKey,
    pub facts: Facts,
    pub addresses: Vec<AddressRow>,
    /// Tag of the language that the person prefers.
    pub language: Option<String>,
    /// What they asked for and have no answer to.
    pub asked: Vec<RequestKind>,
}

/// How the workspace shows itself; empty: nobody's.
#[derive(Default, Deserialize)]
pub(super) struct Brand {
    pub name: String,
    pub accent: String,
}

impl Gathered for Brand {
    const SQL: &'static str = "(SELECT jsonb_build_object('name', w.name, 'accent', w.accent) \
         FROM environments e JOIN workspaces w ON w.id = e.workspace_id WHERE e.id = p.environment_id)";
}

/// What a profile says about its page.
#[derive(Deserialize)]
struct About {
    /// Tag of the language, by either attribute that systems use for it.
    language: Option<String>,
    revoked: Option<DateTime<Utc>>,
    asked: Vec<RequestKind>,
}

impl Gathered for About {
    const SQL: &'static str = "jsonb_build_object( \
         'language', left(coalesce(p.attributes #>> '{language}', p.attributes #>> '{locale}'), 40), \
         'revoked', (SELECT r.until FROM revoked_links r WHERE r.environment_id = p.environment_id AND r.profile_id = p.id), \
         'asked', (SELECT coalesce(jsonb_agg(DISTINCT d.kind), '[]') FROM data_requests d \
             WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.answered_at IS NULL))";
}

/// The key that signs the links of people; a migration made it.
///
/// # Errors
/// `NotFound`: somebody deleted it.
pub fn signing_key(conn: &mut PgConnection) -> QueryResult<SigningKey> {
    let secret: Vec<u8> = signing_keys::table.find(link::PURPOSE).select(signing_keys::secret).first(conn)?;
    SigningKey::new(&secret).ok_or(diesel::result::Error::NotFound)
}

/// The person of a link; `None` if we did not sign it, it was revoked, is too old, or the person was erased.
pub(super) fn open(conn: &mut PgConnection, sent: &str, now: DateTime<Utc>) -> QueryResult<Option<(Opened, Brand)>> {
    let Some(sent) = Sent::read(sent) else { return Ok(None) };
    let (environment, named) = sent.claimed();
    let asked: BTreeSet<ProfileId> = [named].into();
    let survivor = profiles::store::merged_into(conn, environment, &asked)?.remove(&named);
    let key = ProfileKey { environment, profile: survivor.unwrap_or(named) };
    let found = gather::<With<Brand, (OwnFacts, AddressRows, About)>>(conn, key)?;
    let Some(With(brand, (OwnFacts(facts), AddressRows(addresses), about))) = found else { return Ok(None) };
    let email = addresses.iter().find(|row| row.channel == Channel::Email).map_or("", |row| &row.address);
    let Some(link) = sent.prove(&signing_key(conn)?, email) else { return Ok(None) };
    let before = if survivor.is_some() { revoked_until(conn, environment, named)? } else { None };
    if link.is_over(now) || about.revoked.max(before) >= Some(link.issued_at) {
        return Ok(None);
    }
    let About { language, asked, .. } = about;
    Ok(Some((Opened { link, key, facts, addresses, language, asked }, brand)))
}

fn revoked_until(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
) -> QueryResult<Option<DateTime<Utc>>> {
    revoked_links::table.find((environment.0, profile.0)).select(revoked_links::until).first(conn).optional()
}

/// Makes all links of a profile that were made until now worth nothing, those of people who were merged into it included.
pub fn revoke(conn: &mut PgConnection, key: ProfileKey, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(revoked_links::table)
        .values((
            revoked_links::environment_id.eq(key.environment.0),
            revoked_links::profile_id.eq(key.profile.0),
            revoked_links::until.eq(now),
        ))
        .on_conflict((revoked_links::environment_id, revoked_links::profile_id))
        .do_update()
        .set(revoked_links::until.eq(now))
        .execute(conn)
}
