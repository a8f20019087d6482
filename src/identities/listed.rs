//! What a profile's pages show of its identifiers.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{BigInt, SmallInt, Text, Uuid as SqlUuid},
};

use serde::Deserialize;

use super::{Identifier, Kind};
use crate::db::{
    Gathered,
    ids::ProfileKey,
    schema::{profile_identifiers, sources},
    sql_query,
};

/// An identifier as its profile shows it.
#[derive(Clone, Debug)]
pub struct IdentifierRow {
    /// Its kind.
    pub kind: Kind,
    /// Its value.
    pub value: String,
    /// When it was first said to be this person's.
    pub first_seen_at: DateTime<Utc>,
    /// The last day on which it was.
    pub last_seen_at: DateTime<Utc>,
    /// Since when the person goes by another one; this one still finds them.
    pub retired_at: Option<DateTime<Utc>>,
    /// By whom.
    pub source: String,
}

impl IdentifierRow {
    /// Whether it is the id that the person goes by now.
    pub fn is_current_id(&self) -> bool {
        self.kind == Kind::Id && self.retired_at.is_none()
    }

    /// As people read its kind.
    pub fn label(&self) -> &str {
        if self.retired_at.is_some() { "Former ID" } else { self.kind.label() }
    }
}

type Row = (String, String, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>, String);

fn read((kind, value, first_seen_at, last_seen_at, retired_at, source): Row) -> IdentifierRow {
    IdentifierRow { kind: Kind::from_stored(&kind), value, first_seen_at, last_seen_at, retired_at, source }
}

/// What [`read`] reads, of one profile.
macro_rules! of_profile {
    ($environment:expr, $profile:expr) => {
        profile_identifiers::table
            .inner_join(sources::table.on(sources::id.eq(profile_identifiers::source_id)))
            .filter(profile_identifiers::environment_id.eq($environment.0))
            .filter(profile_identifiers::profile_id.eq($profile.0))
            .select((
                profile_identifiers::kind,
                profile_identifiers::value,
                profile_identifiers::first_seen_at,
                profile_identifiers::last_seen_at,
                profile_identifiers::retired_at,
                sources::name,
            ))
    };
}

/// The identifiers of a profile, at most `limit`: the strongest kinds come first, former ids after the present one.
pub fn identifiers_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    limit: i64,
) -> QueryResult<Vec<IdentifierRow>> {
    let rows: Vec<Row> = of_profile!(environment, profile)
        .order((profile_identifiers::kind.desc(), profile_identifiers::value.desc()))
        .limit(limit)
        .load(conn)?;
    Ok(in_order(rows))
}

fn in_order(rows: Vec<Row>) -> Vec<IdentifierRow> {
    let mut rows: Vec<IdentifierRow> = rows.into_iter().map(read).collect();
    rows.sort_by(|a, b| {
        let rank = |row: &IdentifierRow| (row.kind.rank(), row.retired_at.is_some());
        rank(a).cmp(&rank(b)).then_with(|| b.value.cmp(&a.value))
    });
    rows
}

/// How many the first identifiers of a profile are.
pub const FIRST: usize = 8;

/// The first identifiers of a profile, at most [`FIRST`]: see [`identifiers_of`].
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Row>")]
pub struct FirstIdentifiers(pub Vec<IdentifierRow>);

impl Gathered for FirstIdentifiers {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(jsonb_build_array(i.kind, i.value, i.first_seen_at, i.last_seen_at, i.retired_at, s.name)), '[]') \
         FROM (SELECT * FROM profile_identifiers i WHERE i.environment_id = p.environment_id AND i.profile_id = p.id \
             ORDER BY i.kind DESC, i.value DESC LIMIT 8) i JOIN sources s ON s.id = i.source_id)";
}

impl From<Vec<Row>> for FirstIdentifiers {
    fn from(rows: Vec<Row>) -> Self {
        Self(in_order(rows))
    }
}

/// Identifiers on one page.
pub const PAGE: i64 = 100;

/// One page of a profile's identifiers of a kind, in the order of their values, which have no place in an address: so pages are
/// counted, along the primary key and within one person.
pub fn page_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    kind: &str,
    page: i64,
) -> QueryResult<Vec<IdentifierRow>> {
    let rows: Vec<Row> = of_profile!(environment, profile)
        .filter(profile_identifiers::kind.eq(kind))
        .order(profile_identifiers::value)
        .offset(page * PAGE)
        .limit(PAGE)
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Identifiers counted at most.
pub const COUNTED: i64 = 1_000_000;

/// How many identifiers of each kind a profile has.
#[derive(Clone, Debug, QueryableByName)]
pub struct OfKind {
    #[diesel(sql_type = Text)]
    kind: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

impl OfKind {
    /// The kind as the database names it.
    pub fn name(&self) -> &str {
        &self.kind
    }

    /// Which.
    pub fn kind(&self) -> Kind {
        Kind::from_stored(&self.kind)
    }
}

/// The kinds of a profile's identifiers, strongest first.
pub fn kinds_of(conn: &mut PgConnection, ProfileKey { environment, profile }: ProfileKey) -> QueryResult<Vec<OfKind>> {
    let mut kinds: Vec<OfKind> = sql_query(
        "SELECT kind, count(*) AS count FROM (SELECT kind FROM profile_identifiers \
         WHERE environment_id = $1 AND profile_id = $2 LIMIT $3) i GROUP BY kind ORDER BY kind",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<BigInt, _>(COUNTED)
    .load(conn)?;
    kinds.sort_by_key(|of| of.kind().rank());
    Ok(kinds)
}

/// The id that a profile goes by.
pub fn current_id(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
) -> QueryResult<Option<Identifier>> {
    let found: Option<(String, String)> = profile_identifiers::table
        .filter(profile_identifiers::environment_id.eq(environment.0))
        .filter(profile_identifiers::profile_id.eq(profile.0))
        .filter(profile_identifiers::kind.eq(Kind::Id.as_str()).and(profile_identifiers::retired_at.is_null()))
        .order(profile_identifiers::value.desc())
        .select((profile_identifiers::kind, profile_identifiers::value))
        .first(conn)
        .optional()?;
    Ok(found.map(Identifier::stored))
}
