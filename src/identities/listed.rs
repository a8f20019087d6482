//! Reads the identifiers of a profile for its pages.

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

/// An identifier of a profile, for its pages.
#[derive(Clone, Debug)]
pub struct IdentifierRow {
    /// Kind of the identifier.
    pub kind: Kind,
    /// Value of the identifier, normalised.
    pub value: String,
    /// When the identifier was first stated to be this person's.
    pub first_seen_at: DateTime<Utc>,
    /// When the identifier was last used, noted once a day.
    pub last_seen_at: DateTime<Utc>,
    /// When another id replaced this one, which still finds the profile; `None`: it is current.
    pub retired_at: Option<DateTime<Utc>>,
    /// Name of the source that stated the identifier.
    pub source: String,
}

impl IdentifierRow {
    /// Whether this is the profile's current id.
    pub fn is_current_id(&self) -> bool {
        self.kind == Kind::Id && self.retired_at.is_none()
    }

    /// Label of the identifier's kind for people.
    pub fn label(&self) -> String {
        if self.retired_at.is_some() { "Former ID".to_owned() } else { self.kind.label() }
    }
}

type Row = (String, String, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>, String);

fn read((kind, value, first_seen_at, last_seen_at, retired_at, source): Row) -> IdentifierRow {
    IdentifierRow { kind: Kind::from_stored(&kind), value, first_seen_at, last_seen_at, retired_at, source }
}

/// Query of the columns that [`read`] reads, for one profile.
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

/// At most `limit` identifiers of a profile: strongest kinds first, former ids after the current one.
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

/// Number of [`FirstIdentifiers`].
pub const FIRST: usize = 8;

/// The first [`FIRST`] identifiers of a profile: see [`identifiers_of`].
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

/// One page of a profile's identifiers, of one kind in the order of their values, or of all: the strongest first, as on the Info tab. Values
/// must not stand in addresses, so pages are numbered: an offset along the primary key, within one profile.
pub fn page_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    kind: Option<&str>,
    page: i64,
) -> QueryResult<Vec<IdentifierRow>> {
    let rows = of_profile!(environment, profile).offset(page * PAGE).limit(PAGE);
    Ok(match kind {
        Some(kind) => {
            let of_kind = rows.filter(profile_identifiers::kind.eq(kind)).order(profile_identifiers::value);
            of_kind.load::<Row>(conn)?.into_iter().map(read).collect()
        }
        None => in_order(rows.order((profile_identifiers::kind.desc(), profile_identifiers::value.desc())).load(conn)?),
    })
}

/// Most identifiers of a profile that are counted.
pub const COUNTED: i64 = 1_000_000;

/// Number of a profile's identifiers of one kind.
#[derive(Clone, Debug, QueryableByName)]
pub struct OfKind {
    #[diesel(sql_type = Text)]
    kind: String,
    /// The number, exact up to [`COUNTED`] of all kinds.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

impl OfKind {
    /// Name of the kind in the database.
    pub fn name(&self) -> &str {
        &self.kind
    }

    /// Kind of the identifiers.
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

/// The current id of a profile; `None` if it has no id.
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
