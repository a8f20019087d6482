//! A lot of made-up data.

mod command;
mod same_as_ingest;
mod whole;

use kith::{
    clock::Clock,
    db::{Db, ids::EnvironmentId},
    generate::{Amount, Written, generate},
};

use crate::support::{TestDb, app::NOW, at};

/// A database with one environment.
struct Desk {
    db: TestDb,
    pool: Db,
    live: EnvironmentId,
}

impl Desk {
    fn new() -> Self {
        let db = TestDb::new();
        let made = crate::support::app::create_workspace(&mut db.connect(), "Acme", at(NOW));
        let (_, [live, _]) = made;
        Self { pool: db.pool(3), db, live }
    }

    fn generate(&self, amount: Amount) -> anyhow::Result<()> {
        generate(&self.pool, &Clock::fixed(at(NOW)), self.live, amount, &Written::default())
    }

    /// How many profiles and events there are.
    fn counts(&self) -> [i64; 2] {
        ["profiles", "events"].map(|table| self.db.number(&format!("SELECT count(*) FROM {table}")))
    }
}

fn amount(seed: u64, profiles: u32, events: u32) -> Amount {
    Amount { seed, profiles, events }
}
