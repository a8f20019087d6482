//! How many profiles a filter selects: exactly if they are few, else about. Nothing is counted without a bound.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{BigInt, Double, SmallInt},
};

use crate::{
    db::{Db, fragment::statement, ids::EnvironmentId, recent::Recent},
    filter::{Matches, Predicate, ROWS, Scale},
    web::words::{grouped, people},
};

/// A number of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exactly(i64),
    /// Calculated from a sample.
    About(i64),
}

impl std::fmt::Display for Count {
    /// "1 person", "148 people", "about 31,000 people", "about 1.2 million people".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Exactly(number) => f.write_str(&people(number)),
            Self::About(number) => {
                let step = 10_i64.pow(number.max(1).ilog10().saturating_sub(1));
                let rounded = (number + step / 2) / step * step;
                if rounded >= 1_000_000 {
                    let tenths = rounded / 100_000;
                    let fraction =
                        if tenths % 10 == 0 || tenths >= 100 { String::new() } else { format!(".{}", tenths % 10) };
                    write!(f, "about {}{fraction} million people", tenths / 10)
                } else {
                    write!(f, "about {} people", grouped(rounded))
                }
            }
        }
    }
}

/// Time for which a number is used.
const BELIEVED: TimeDelta = TimeDelta::seconds(30);
/// Pages of the table that are looked at: some thousand rows. Conditions on events cost more for each.
const PAGES: f64 = 600.0;
const PAGES_WITH_EVENTS: f64 = 150.0;
/// Rows of a table that is counted as a whole.
const WHOLE: f64 = 20_000.0;
const WHOLE_WITH_EVENTS: f64 = 4_000.0;

#[derive(Default)]
struct CountCache(Recent<(EnvironmentId, String), Count>);

/// The number of people whom a filter selects, which is written as `typed`: counted in a small table, else calculated from a sample of its
/// pages; what was counted half a minute ago is used again. One SQL statement at most.
pub fn count(
    db: &Db,
    conn: &mut PgConnection,
    predicate: &Predicate,
    typed: &str,
    now: DateTime<Utc>,
) -> QueryResult<Count> {
    let (known, key) = (db.memory::<CountCache>(), (predicate.environment(), typed.to_owned()));
    if let Some(count) = known.0.get(&key, now, BELIEVED) {
        return Ok(count);
    }
    let (pages, whole) = if predicate.has_events() { (PAGES_WITH_EVENTS, WHOLE_WITH_EVENTS) } else { (PAGES, WHOLE) };
    let matches = Matches { predicate: predicate.clone(), scale: Scale::Few };
    let Sampled { found, share } =
        Sample { environment: predicate.environment(), pages, whole, matches }.get_result(conn)?;
    let count = if share >= 1.0 { Count::Exactly(found) } else { Count::About((found as f64 / share) as i64) };
    known.0.put(key, count, now);
    Ok(count)
}

#[derive(QueryableByName)]
struct Sampled {
    #[diesel(sql_type = BigInt)]
    found: i64,
    #[diesel(sql_type = Double)]
    share: f64,
}

/// Counts the matching profiles on some pages of the table.
struct Sample {
    environment: EnvironmentId,
    pages: f64,
    /// Rows of a table that is looked at as a whole.
    whole: f64,
    matches: Matches,
}

impl QueryFragment<Pg> for Sample {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let share = |out: &mut AstPass<'_, 'b, Pg>| {
            // The share of the table's pages that is looked at.
            out.push_sql("(SELECT CASE WHEN reltuples BETWEEN 0 AND ");
            out.push_bind_param::<Double, _>(&self.whole)?;
            out.push_sql(" THEN 1 ELSE least(1.0::float8, ");
            out.push_bind_param::<Double, _>(&self.pages)?;
            out.push_sql(
                " / greatest(pg_relation_size(oid) / current_setting('block_size')::int, 1)) END \
                 FROM pg_class WHERE oid = 'profiles'::regclass)",
            );
            QueryResult::Ok(())
        };
        out.push_sql("SELECT count(*) AS found, ");
        share(&mut out)?;
        // The same pages each time, so that the number of a filter does not flicker.
        let [profiles, in_environment] = ROWS;
        out.push_sql(" AS share FROM (");
        out.push_sql(profiles);
        out.push_sql(" TABLESAMPLE SYSTEM (100 * ");
        share(&mut out)?;
        out.push_sql(") REPEATABLE (1)");
        out.push_sql(in_environment);
        out.push_bind_param::<SmallInt, _>(&self.environment)?;
        out.push_sql(") profiles WHERE ");
        self.matches.walk_ast(out.reborrow())
    }
}

statement!(Sample);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_as_exact_as_it_is_known() {
        for (count, expected) in [
            (Count::Exactly(0), "0 people"),
            (Count::Exactly(1), "1 person"),
            (Count::Exactly(1_048), "1,048 people"),
            (Count::About(0), "about 0 people"),
            (Count::About(31_415), "about 31,000 people"),
            (Count::About(996), "about 1,000 people"),
            (Count::About(1_234_567), "about 1.2 million people"),
            (Count::About(1_960_000), "about 2 million people"),
            (Count::About(12_345_678), "about 12 million people"),
        ] {
            assert_eq!(count.to_string(), expected);
        }
    }
}
