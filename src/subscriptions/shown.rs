//! Subscriptions and consents for the pages of a profile.

use serde::Deserialize;

use super::{Consent, Line, Purpose, Subscription, lines::read};
use crate::{db::Gathered, ledger::Stamp};

type Said = (String, String, String, String, Stamp);

/// The first fifty subscriptions of a profile, whole channels before their topics.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Said>")]
pub struct FirstSubscriptions(pub Vec<(Line, Subscription, Stamp)>);

impl Gathered for FirstSubscriptions {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(jsonb_build_array(s.channel, s.topic, s.state, s.reason, s.stamp) ORDER BY s.channel, s.topic), '[]') \
         FROM (SELECT * FROM subscriptions s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id \
             ORDER BY s.topic <> '', s.channel, s.topic LIMIT 50) s)";
}

impl From<Vec<Said>> for FirstSubscriptions {
    fn from(rows: Vec<Said>) -> Self {
        let row = |(channel, topic, state, reason, stamp): Said| {
            let (line, said) = read(&channel, &topic, &state, &reason)?;
            Some((line, said, stamp))
        };
        Self(rows.into_iter().filter_map(row).collect())
    }
}

type Given = (String, bool, Option<String>, Option<String>, Option<String>, Stamp);

/// The first fifty consents of a profile.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Given>")]
pub struct FirstConsents(pub Vec<(Purpose, Consent, Stamp)>);

impl Gathered for FirstConsents {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg( \
             jsonb_build_array(c.purpose, c.given, c.document, c.location, c.hardware_id, c.stamp) ORDER BY c.purpose), '[]') \
         FROM (SELECT * FROM consents c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id \
             ORDER BY c.purpose LIMIT 50) c)";
}

impl From<Vec<Given>> for FirstConsents {
    fn from(rows: Vec<Given>) -> Self {
        let row = |(purpose, given, document, location, hardware_id, stamp): Given| {
            let consent = Consent { given, as_of: None, document, location, hardware_id };
            Some((Purpose::new(&purpose).ok()?, consent, stamp))
        };
        Self(rows.into_iter().filter_map(row).collect())
    }
}
