//! Reads what a status is made of: the same for the page, `kith doctor` and the metrics.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Nullable, Timestamptz},
};

use super::{
    backups::{self, Noted},
    check::{Check, State},
    judge, judge_queues,
    machine::{self, Disk},
    pulse::Beat,
    queues::{self, Queue},
    server::{self, Server},
    tables::{self, Tables},
};
use crate::{
    config::Config,
    db::{
        ids::SendingAccountId,
        migrate::{self, Standing},
        sql_query,
    },
    messages::{self, LaneWaiting},
    sending_accounts::{self, Health, Locked, Sealed, Vault},
};

/// Whose status is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// With the data directory, if there is one.
    pub config: &'a Config,
    /// The present by the clock of this process.
    pub now: DateTime<Utc>,
    /// Housekeeping of this process; `None`: it has none, like a command.
    pub beat: Option<Beat>,
}

impl Asked<'_> {
    /// Whether Postgres is kith's own.
    pub fn is_private(&self) -> bool {
        self.config.database.url.is_none()
    }
}

/// What is read of tables of kith, which must be those of this version.
#[derive(Clone, Debug)]
pub struct Own {
    pub tables: Tables,
    pub queues: Vec<Queue>,
    pub lanes: Vec<LaneWaiting>,
    pub accounts: Vec<Health>,
    pub backups: Vec<Noted>,
    /// When the first workspace was made.
    pub born_at: Option<DateTime<Utc>>,
    /// How many stored secrets the key does not open, of how many.
    pub secrets: Result<(usize, usize), Locked>,
}

/// How a server is.
#[derive(Clone, Debug)]
pub struct Status {
    pub at: DateTime<Utc>,
    /// What was looked at, the worst first.
    pub checks: Vec<Check>,
    pub server: Option<Server>,
    pub disk: Option<Disk>,
    pub own: Option<Own>,
}

impl Status {
    /// Looks at a server, in ten short SQL statements.
    pub fn read(conn: &mut PgConnection, asked: &Asked<'_>) -> QueryResult<Self> {
        let (standing, server) = (migrate::standing(conn)?, server::read(conn)?);
        let own = match standing {
            Standing::Current(_) => Some(own(conn, asked)?),
            Standing::Pending(_) | Standing::Newer(_) => None,
        };
        let (disk, found) = disk(asked);
        let mut checks = vec![judge::schema(&standing)];
        checks.extend(judge::server(&server, asked));
        checks.extend(disk);
        if let Some(own) = &own {
            checks.extend(judge::own(own, &server, asked));
            checks.extend(judge_queues::all(own, asked.now));
        }
        Ok(Self { at: asked.now, checks: worst_first(checks), server: Some(server), disk: found, own })
    }

    /// What can be looked at while the private server is stopped.
    pub fn of_stopped(asked: &Asked<'_>) -> Self {
        let (disk, found) = disk(asked);
        let checks = [judge::stopped()].into_iter().chain(disk);
        Self { at: asked.now, checks: worst_first(checks.collect()), server: None, disk: found, own: None }
    }

    /// The worst of all.
    pub fn worst(&self) -> State {
        self.checks.iter().map(|check| check.state).max().unwrap_or(State::Good)
    }
}

fn worst_first(mut checks: Vec<Check>) -> Vec<Check> {
    checks.sort_by_key(|check| std::cmp::Reverse(check.state));
    checks
}

/// The disk of the data directory, if there is one.
fn disk(asked: &Asked<'_>) -> (Option<Check>, Option<Disk>) {
    let Some(home) = asked.config.database.home.as_deref() else { return (None, None) };
    match machine::disk(home) {
        Ok(disk) => (Some(judge::disk(&disk)), Some(disk)),
        // With a Postgres of one's own there need not be a data directory.
        Err(_) if !asked.is_private() => (None, None),
        Err(error) => (Some(judge::no_disk(&error)), None),
    }
}

fn own(conn: &mut PgConnection, asked: &Asked<'_>) -> QueryResult<Own> {
    #[derive(QueryableByName)]
    struct Born {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        at: Option<DateTime<Utc>>,
    }
    let accounts = sending_accounts::health(conn)?;
    let secrets: Vec<(SendingAccountId, Sealed)> =
        accounts.iter().flat_map(|account| account.secrets.iter().map(|it| (account.id, it.clone()))).collect();
    Ok(Own {
        tables: tables::read(conn)?,
        queues: queues::read(conn, asked.now)?,
        lanes: messages::waiting_everywhere(conn, asked.now)?,
        backups: backups::read(conn)?,
        born_at: sql_query("SELECT min(created_at) AS at FROM workspaces").get_result::<Born>(conn)?.at,
        secrets: Vault::closed_to(asked.config, &secrets).map(|closed| (closed, secrets.len())),
        accounts,
    })
}
