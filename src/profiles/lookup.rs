//! Whom a whole text finds that is one exact thing: an identifier, an address, the token of a device, our own id, a look-up key of an event.
//! It is looked for in narrow indexes before any word is.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{selection::Selection, store};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    events,
    identities::{self, Channel, Identifier, Kind, Reading, Token},
    text::fold,
    web::words::counted,
};

/// Longest text that is looked up, in bytes: tokens of devices are long.
const LONGEST: usize = 4096;
/// Shortest token that is looked up, in bytes: real ones have dozens.
const SHORTEST_TOKEN: usize = 8;

/// The people whom a text finds, each with what finds them.
#[derive(Clone, Debug, Default)]
pub struct LookUp(BTreeMap<ProfileId, FoundBy>);

/// What a text is that finds somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// Our own id, and whether it is that of a profile that was merged.
    Internal { is_merged: bool },
    /// An identifier or an address, with the label of its kind and the value, a number in its country's writing.
    Known { label: String, value: String },
    /// The token of a device.
    Token,
    /// A property of an event that is marked as a look-up key.
    Event { property: String, event: String, value: String },
}

/// Looks up a text as typed. A text in quotation marks is words. Two SQL statements, or one where nobody is found, or none without a text.
pub fn look_up(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    reading: Reading,
) -> QueryResult<LookUp> {
    let typed = typed.trim();
    if typed.is_empty() || typed.len() > LONGEST || typed.starts_with('"') || typed.contains(char::is_control) {
        return Ok(LookUp::default());
    }
    let rows = Asked::new(typed, reading).ask(conn, environment)?;
    if rows.is_empty() {
        return Ok(LookUp::default());
    }
    let merged = store::merged_into(conn, environment, &rows.iter().map(|row| ProfileId(row.profile_id)).collect())?;
    let mut found = BTreeMap::new();
    for row in rows {
        let profile = ProfileId(row.profile_id);
        let survivor = merged.get(&profile).copied();
        found.entry(survivor.unwrap_or(profile)).or_insert_with(|| row.found_by(survivor.is_some()));
    }
    Ok(LookUp(found))
}

impl LookUp {
    /// The one person who is found; `None` if nobody is, or several are.
    pub fn only(&self) -> Option<(ProfileId, &FoundBy)> {
        self.0.iter().next().filter(|_| self.0.len() == 1).map(|(profile, by)| (*profile, by))
    }

    /// The people who are found; `None` if there are none.
    pub fn selection(&self) -> Option<Selection> {
        (!self.0.is_empty()).then(|| Selection::These(self.0.keys().map(|profile| profile.0).collect()))
    }

    /// What the people share, as a sentence; `None` if nobody is found.
    pub fn sentence(&self) -> Option<String> {
        let mut things: Vec<String> = self.0.values().map(FoundBy::words).collect();
        things.sort();
        things.dedup();
        let count = i64::try_from(self.0.len()).unwrap_or(i64::MAX);
        let has = if count == 1 { "has" } else { "have" };
        let things = match things.as_slice() {
            [] => return None,
            [only] => only.clone(),
            [all @ .., last] => format!("{} or {last}", all.join(", ")),
        };
        Some(format!("{} {has} the {things}.", counted(count, "person", "people")))
    }
}

impl FoundBy {
    /// What it is, in words: "phone +39 06 6982 1234".
    pub fn words(&self) -> String {
        match self {
            Self::Internal { is_merged: false } => "internal ID".to_owned(),
            Self::Internal { is_merged: true } => "internal ID of a profile that was merged into this one".to_owned(),
            Self::Known { label, value } => format!("{label} {value}"),
            Self::Token => "device token".to_owned(),
            Self::Event { property, event, value } => format!("{property} {value} in {event}"),
        }
    }
}

/// Everything that a text can be.
struct Asked<'a> {
    identifiers: Vec<(&'static str, String)>,
    addresses: Vec<(&'static str, String)>,
    token: Option<&'a str>,
    key: Option<String>,
    profile: Option<Uuid>,
}

impl<'a> Asked<'a> {
    fn new(typed: &'a str, reading: Reading) -> Self {
        let (mut identifiers, mut addresses) = (Vec::new(), Vec::new());
        for (kind, name) in [(Kind::Id, "id"), (Kind::Anonymous, "anonymous_id")] {
            identifiers.extend(Identifier::read(kind, typed, reading).ok().map(|read| (name, read.value)));
        }
        if let Ok(email) = Identifier::read(Kind::Email, typed, reading) {
            addresses.push((Channel::Email.as_str(), email.value.clone()));
            identifiers.push(("email", email.value));
        }
        for number in phones(typed, reading) {
            addresses.extend([Channel::Sms, Channel::Whatsapp].map(|channel| (channel.as_str(), number.clone())));
            identifiers.push(("phone", number));
        }
        if !typed.contains(char::is_whitespace) {
            let chats = [Channel::Slack, Channel::Discord, Channel::Teams];
            addresses.extend(chats.map(|channel| (channel.as_str(), typed.to_owned())));
        }
        let is_token = Token::new(typed).is_ok() && typed.len() >= SHORTEST_TOKEN;
        Self {
            identifiers,
            addresses,
            token: Some(typed).filter(|_| is_token),
            key: events::lookup_key(typed),
            profile: Uuid::try_parse(typed).ok(),
        }
    }

    /// Asks for all of it in one SQL statement: one probe of an index for each part.
    fn ask(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Row>> {
        let [kinds, values] = columns(&self.identifiers);
        let [channels, addresses] = columns(&self.addresses);
        let hash = self.token.map(|token| Sha256::digest(token).to_vec());
        sql_query(
            "(SELECT 'profile' AS sort, '' AS name, '' AS of, '' AS value, p.id AS profile_id FROM profiles p \
                 WHERE p.environment_id = $1 AND p.id = $9) \
             UNION ALL (SELECT 'identifier', c.kind, '', c.value, c.profile_id FROM unnest($2, $3) AS u (kind, value) \
                 JOIN identifier_claims c ON c.environment_id = $1 AND c.kind = u.kind AND c.value = u.value) \
             UNION ALL (SELECT 'address', u.channel, '', u.value, a.profile_id FROM unnest($4, $5) AS u (channel, value) \
                 CROSS JOIN LATERAL (SELECT profile_id FROM addresses WHERE environment_id = $1 AND channel = u.channel \
                     AND normalised = u.value LIMIT 500) a) \
             UNION ALL (SELECT 'token', '', '', '', d.profile_id FROM devices d WHERE d.environment_id = $1 AND d.token_hash = $6 \
                 AND d.token = $7 AND NOT d.is_removed LIMIT 500) \
             UNION ALL (SELECT 'event', k.property, CASE WHEN d.display_name = '' THEN d.name ELSE d.display_name END, k.value, \
                 k.profile_id FROM event_keys k JOIN event_definitions d ON d.id = k.definition_id \
                 WHERE k.environment_id = $1 AND k.value = $8 AND k.property = ANY(d.lookup_keys) LIMIT 500)",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Text>, _>(values)
        .bind::<Array<Text>, _>(channels)
        .bind::<Array<Text>, _>(addresses)
        .bind::<Nullable<Binary>, _>(hash)
        .bind::<Nullable<Text>, _>(self.token)
        .bind::<Nullable<Text>, _>(&self.key)
        .bind::<Nullable<SqlUuid>, _>(self.profile)
        .load(conn)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    sort: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
}

impl Row {
    fn found_by(self, is_merged: bool) -> FoundBy {
        let known = |label: &str, value| FoundBy::Known { label: label.to_owned(), value };
        match self.sort.as_str() {
            "profile" => FoundBy::Internal { is_merged },
            "token" => FoundBy::Token,
            "event" => FoundBy::Event { property: self.name, event: self.of, value: self.value },
            "address" => match Channel::from_stored(&self.name) {
                Some(Channel::Email) => known("email", self.value),
                Some(Channel::Sms) => known("phone", international(self.value)),
                Some(Channel::Whatsapp) => known(Channel::Whatsapp.label(), international(self.value)),
                channel => known(channel.map_or("address", Channel::label), self.value),
            },
            _ => match Kind::from_stored(&self.name) {
                Kind::Email => known("email", self.value),
                Kind::Phone => known("phone", international(self.value)),
                Kind::Anonymous => known("anonymous ID", self.value),
                kind => known(&kind.label(), self.value),
            },
        }
    }
}

/// A stored number as people write it: "+39 06 6982 1234".
fn international(number: String) -> String {
    let read = number.parse::<PhoneNumber>();
    read.map_or(number, |read| read.format_as(PhoneNumberFormat::International).into_owned())
}

fn columns(pairs: &[(&'static str, String)]) -> [Vec<String>; 2] {
    let (names, values) = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).unzip();
    [names, values]
}

/// The numbers in E.164 that a text can be, in any writing: with or without country code, plus sign, and zeros to leave a country.
fn phones(typed: &str, reading: Reading) -> BTreeSet<String> {
    let folded = fold(typed);
    let plain: String = folded.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let is_number = folded.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c));
    if !is_number || plain.len() < 5 {
        return BTreeSet::new();
    }
    let digits = plain.trim_start_matches('+');
    let mut all: BTreeSet<String> = identities::phone(&folded, reading.country).into_iter().collect();
    let abroad = digits.strip_prefix("00").filter(|_| !plain.starts_with('+')).unwrap_or(digits);
    all.extend(identities::phone(&format!("+{abroad}"), None));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_in_any_writing() {
        let of = |typed: &str, country: &str| {
            phones(typed, Reading { country: country.parse().ok(), ..Reading::default() })
                .into_iter()
                .collect::<Vec<_>>()
        };
        for typed in [
            "+390669821234",
            "+39 06 6982 1234",
            "0039 06 69821234",
            "390669821234",
            "(+39) 06/6982.1234",
            "+39 06‑6982‑1234",
            "＋39 06 6982 1234",
        ] {
            assert_eq!(of(typed, ""), ["+390669821234"], "{typed}");
        }
        assert!(of("06 6982 1234", "IT").contains(&"+390669821234".to_owned()));
        assert!(of("044 668 18 00", "CH").contains(&"+41446681800".to_owned()));
        assert_eq!(of("+41 (0)44 668 18 00", ""), ["+41446681800"]);
        for nothing in ["42", "call me", "ann@example.com", "1001-a"] {
            assert!(of(nothing, "IT").is_empty(), "{nothing}");
        }
    }
}
