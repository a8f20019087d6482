//! Walks through the profiles that a selection has in the order of their ids, which they keep for good: a walk meets each once, whatever
//! happens meanwhile, in pieces of bounded size.

use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{BigInt, Bool, SmallInt, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{selection::Selection, walk};
use crate::{
    db::{fragment::statement, ids::EnvironmentId, schema::profiles},
    filter::{Matches, Predicate, ROWS, Scale},
};

/// Profiles that are tested one by one for a piece.
const TESTED: i64 = 2_000;
/// Pieces without enough rows that are joined to one, so that a page of few comes in one call.
const JOINED: usize = 10;

/// A selection, made ready for the walk.
#[derive(Clone, Debug)]
pub enum ById {
    Everybody,
    /// These, in order.
    These(Vec<Uuid>),
    /// So many that each profile is tested.
    Tested(Predicate),
}

/// The next profiles of a walk.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    pub ids: Vec<Uuid>,
    /// Where the walk goes on; `None`: it is over.
    pub next: Option<Uuid>,
}

impl ById {
    /// Collects the profiles if they are few. At most one SQL statement.
    pub fn of(conn: &mut PgConnection, selection: Selection) -> QueryResult<Self> {
        let mut ids = match selection {
            Selection::These(ids) => ids,
            Selection::By(predicate) if predicate.is_everybody() => return Ok(Self::Everybody),
            Selection::By(predicate) => match walk::few(conn, &predicate)? {
                Some(ids) => ids,
                None => return Ok(Self::Tested(predicate)),
            },
        };
        ids.sort_unstable();
        Ok(Self::These(ids))
    }

    /// The next profiles after one, at most `size`, and fewer, even none, before the walk is over. One SQL statement, at most ten where
    /// each is tested.
    pub fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<Uuid>,
        size: usize,
    ) -> QueryResult<Piece> {
        let piece = match self {
            Self::These(ids) => {
                let start = after.map_or(0, |after| ids.partition_point(|id| *id <= after));
                let end = (start + size).min(ids.len());
                let next = if end < ids.len() { Some(ids[end - 1]) } else { None };
                let here = profiles::table
                    .filter(profiles::environment_id.eq(environment.0).and(profiles::merged_into.is_null()))
                    .filter(profiles::id.eq_any(ids[start..end].to_vec()))
                    .order(profiles::id);
                Piece { ids: here.select(profiles::id).load(conn)?, next }
            }
            Self::Everybody => everybody(conn, environment, after, size)?,
            Self::Tested(predicate) => tested(conn, predicate, after, size)?,
        };
        Ok(piece)
    }
}

fn everybody(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    after: Option<Uuid>,
    size: usize,
) -> QueryResult<Piece> {
    let mut query = profiles::table
        .filter(profiles::environment_id.eq(environment.0).and(profiles::merged_into.is_null()))
        .select(profiles::id)
        .order(profiles::id)
        .limit(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(profiles::id.gt(after));
    }
    let mut ids: Vec<Uuid> = query.load(conn)?;
    let has_more = ids.len() > size;
    ids.truncate(size);
    let next = ids.last().copied().filter(|_| has_more);
    Ok(Piece { ids, next })
}

fn tested(conn: &mut PgConnection, predicate: &Predicate, after: Option<Uuid>, size: usize) -> QueryResult<Piece> {
    let (mut ids, mut place) = (Vec::new(), after);
    for _ in 0..JOINED {
        let matches = Matches { predicate: predicate.clone(), scale: Scale::Few };
        let rows: Vec<Tested> = Test { environment: predicate.environment(), matches, after: place }.load(conn)?;
        let is_last = (rows.len() as i64) < TESTED;
        for row in &rows {
            place = Some(row.id);
            if row.is_match {
                ids.push(row.id);
                if ids.len() == size {
                    return Ok(Piece { ids, next: place });
                }
            }
        }
        if is_last {
            return Ok(Piece { ids, next: None });
        }
    }
    Ok(Piece { ids, next: place })
}

#[derive(QueryableByName)]
struct Tested {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    is_match: bool,
}

/// The next [`TESTED`] profiles by id, each with whether it matches.
struct Test {
    environment: EnvironmentId,
    matches: Matches,
    after: Option<Uuid>,
}

impl QueryFragment<Pg> for Test {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT profiles.id, COALESCE((");
        self.matches.walk_ast(out.reborrow())?;
        out.push_sql("), FALSE) AS is_match FROM (");
        ROWS.iter().for_each(|part| out.push_sql(part));
        out.push_bind_param::<SmallInt, _>(&self.environment)?;
        if let Some(after) = &self.after {
            out.push_sql(" AND p.id > ");
            out.push_bind_param::<SqlUuid, _>(after)?;
        }
        out.push_sql(" ORDER BY p.id LIMIT ");
        out.push_bind_param::<BigInt, _>(&TESTED)?;
        out.push_sql(") profiles ORDER BY profiles.id");
        Ok(())
    }
}

statement!(Test);
