//! What is in a database of kith, in numbers, and whether it is whole.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Nullable, Timestamptz},
};

use super::rules::RULES;
use crate::{
    db::sql_query,
    web::words::{counted, grouped},
};

/// Numbers of what is in a database, and the time of the newest thing in it.
#[derive(Debug, QueryableByName)]
pub struct Contents {
    #[diesel(sql_type = BigInt)]
    workspaces: i64,
    #[diesel(sql_type = BigInt)]
    operators: i64,
    #[diesel(sql_type = BigInt)]
    people: i64,
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = BigInt)]
    changes: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    newest: Option<DateTime<Utc>>,
}

impl Contents {
    /// Counts.
    pub fn read(conn: &mut PgConnection) -> QueryResult<Self> {
        sql_query(
            "SELECT (SELECT count(*) FROM workspaces) AS workspaces, (SELECT count(*) FROM operators) AS operators, \
                 (SELECT count(*) FROM profiles WHERE merged_into IS NULL) AS people, \
                 (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM changes) AS changes, \
                 greatest((SELECT max(received_at) FROM events), (SELECT max(recorded_at) FROM changes), \
                     (SELECT max(at) FROM audit_log)) AS newest",
        )
        .get_result(conn)
    }

    /// "3,540 people, 52,101 events".
    pub fn in_short(&self) -> String {
        format!("{}, {}", counted(self.people, "person", "people"), counted(self.events, "event", "events"))
    }

    /// When the newest thing in it arrived; `None`: nothing ever did.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.newest
    }

    /// "It holds everything until 28 Nov 2026, 21:17:03 UTC."
    pub fn until(&self) -> String {
        self.newest.map_or_else(
            || "Nothing ever happened in it.".to_owned(),
            |at| format!("It holds everything until {} UTC.", at.format("%-d %b %Y, %H:%M:%S")),
        )
    }
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [workspaces, operators, changes] = [
            counted(self.workspaces, "workspace", "workspaces"),
            counted(self.operators, "operator", "operators"),
            counted(self.changes, "change", "changes"),
        ];
        write!(f, "{workspaces}, {operators}, {}, {changes}", self.in_short())
    }
}

/// Whether anybody is in the database, operators or people.
pub fn has_people(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        answer: bool,
    }
    let mut ask = |text| sql_query(text).get_result::<Answer>(conn).map(|found| found.answer);
    // A database may be blank, or have the tables of the first versions only.
    Ok(ask("SELECT to_regclass('operators') IS NOT NULL AND to_regclass('profiles') IS NOT NULL AS answer")?
        && ask("SELECT EXISTS (SELECT FROM operators) OR EXISTS (SELECT FROM profiles) AS answer")?)
}

/// What is not as it must be, a sentence each.
pub fn faults(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    // One moment for all of them.
    conn.build_transaction().repeatable_read().read_only().run(|conn| {
        // The history is sorted for each kind of value.
        sql_query("SELECT set_config('work_mem', '64MB', true)").execute(conn)?;
        let mut faults = Vec::new();
        for rule in &RULES {
            let broken = rule.broken(conn)?;
            if broken.count > 0 {
                let example = broken.example.map(|id| format!(", for example of profile {id}")).unwrap_or_default();
                faults.push(format!("{}: {}{example}", rule.what, grouped(broken.count)));
            }
        }
        Ok(faults)
    })
}
