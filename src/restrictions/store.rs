//! Restrictions in force, for pages, the API and verdicts.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Cause, Held, Key};
use crate::{db::Gathered, ledger::Stamp};

/// SQL of the restrictions in force on the row `p` of `profiles`, as [`InForce`] reads them: those of addresses only while the person has
/// the address. Ended ones are among them: whoever reads them knows the time.
macro_rules! in_force {
    () => {
        "(SELECT coalesce(jsonb_agg(jsonb_build_array(concat_ws('/', r.kind, nullif(r.channel, ''), \
                 CASE WHEN r.address <> '' THEN r.address_channel || ':' || r.address END), r.cause, r.until, r.words, r.stamp) \
             ORDER BY r.kind, r.channel, r.address_channel, r.address), '[]') \
         FROM (SELECT * FROM restrictions r WHERE r.environment_id = p.environment_id AND r.profile_id = p.id \
                 AND r.cause IS NOT NULL AND (r.address = '' OR EXISTS (SELECT FROM addresses d \
                     WHERE d.environment_id = r.environment_id AND d.profile_id = r.profile_id \
                         AND d.channel = r.address_channel AND d.normalised = r.address)) \
             ORDER BY r.kind, r.channel, r.address_channel, r.address LIMIT 1000) r)"
    };
}

pub(crate) use in_force;

/// A restriction in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    pub key: Key,
    pub held: Held,
    pub stamp: Stamp,
}

type Stored = (String, Cause, Option<DateTime<Utc>>, Option<String>, Stamp);

/// The restrictions in force on a profile: at most a thousand. Ended ones are among them.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Vec<Stored>")]
pub struct InForce(pub Vec<Restriction>);

impl Gathered for InForce {
    const SQL: &'static str = in_force!();
}

impl From<Vec<Stored>> for InForce {
    fn from(rows: Vec<Stored>) -> Self {
        let row = |(key, cause, until, words, stamp): Stored| {
            Some(Restriction { key: key.parse().ok()?, held: Held { cause, until, words }, stamp })
        };
        Self(rows.into_iter().filter_map(row).collect())
    }
}
