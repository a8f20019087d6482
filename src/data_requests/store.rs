//! Rows of the requests.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use uuid::Uuid;

use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, ProfileKey},
        keyset::{Cursor, Page, Seek, seek},
        schema::data_requests,
    },
    words::words,
};

words! {
    /// What somebody asks for.
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum RequestKind {
        /// What is stored about them.
        Copy = "copy", "A copy of their data";
        Erasure = "erasure", "Erasure of everything about them";
    }
}

/// Requests on a page.
pub const PAGE: usize = 50;

/// Stores what somebody asks for, unless they asked for it already and have no answer yet.
pub fn ask(conn: &mut PgConnection, key: ProfileKey, kind: RequestKind, now: DateTime<Utc>) -> QueryResult<()> {
    let of_person =
        data_requests::environment_id.eq(key.environment.0).and(data_requests::profile_id.eq(key.profile.0));
    let is_open = data_requests::kind.eq(kind.as_str()).and(data_requests::answered_at.is_null());
    let asked = diesel::select(diesel::dsl::exists(data_requests::table.filter(of_person.and(is_open))));
    if !asked.get_result::<bool>(conn)? {
        diesel::insert_into(data_requests::table)
            .values((
                data_requests::environment_id.eq(key.environment.0),
                data_requests::profile_id.eq(key.profile.0),
                data_requests::kind.eq(kind.as_str()),
                data_requests::asked_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

/// A request without an answer.
#[derive(Clone, Debug)]
pub struct Open {
    pub profile: ProfileId,
    pub kind: RequestKind,
    pub asked_at: DateTime<Utc>,
}

/// A page of the requests without an answer, the oldest first.
pub fn open(conn: &mut PgConnection, environment: EnvironmentId, way: Seek<Cursor>) -> QueryResult<Page<Open>> {
    let query = data_requests::table
        .filter(data_requests::environment_id.eq(environment.0).and(data_requests::answered_at.is_null()))
        .select((data_requests::profile_id, data_requests::kind, data_requests::asked_at))
        .limit(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
        .into_boxed();
    let query = seek!(query, way.columns(), false, (data_requests::asked_at, data_requests::profile_id));
    let rows: Vec<(Uuid, String, DateTime<Utc>)> = query.load(conn)?;
    let read = |(profile, kind, asked_at): (Uuid, String, DateTime<Utc>)| {
        Some(Open { profile: ProfileId(profile), kind: kind.parse().ok()?, asked_at })
    };
    Ok(Page::from_read(rows.into_iter().filter_map(read).collect(), PAGE, &way))
}

/// Notes that a request was answered. Returns whether there was one.
pub fn answer(conn: &mut PgConnection, key: ProfileKey, kind: RequestKind, now: DateTime<Utc>) -> QueryResult<bool> {
    let answered = diesel::update(data_requests::table)
        .filter(data_requests::environment_id.eq(key.environment.0))
        .filter(data_requests::profile_id.eq(key.profile.0).and(data_requests::kind.eq(kind.as_str())))
        .filter(data_requests::answered_at.is_null())
        .set(data_requests::answered_at.eq(now))
        .execute(conn)?;
    Ok(answered > 0)
}
