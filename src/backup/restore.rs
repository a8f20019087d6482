//! Restores a backup as the database that kith uses.

use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    archive::{Archive, How},
    contents::{Contents, faults, has_people},
    dump::connect,
};
use crate::{
    db::{
        databases::{self, neighbour},
        migrate::run_pending,
    },
    web::words::counted,
};

/// A restored database.
pub struct Restored {
    /// What is in it.
    pub contents: Contents,
    /// What is not as it must be.
    pub faults: Vec<String>,
    /// Name of the database that was there before, and is kept.
    pub kept: Option<String>,
}

/// What is in the place of the new database.
struct Before {
    name: String,
    has_people: bool,
    may_create: bool,
    is_blank: bool,
}

/// Restores a backup in the place of the database at `url`: beside it, and when all of it is there and in order, the names are exchanged.
///
/// # Errors
/// - Somebody is in the database, and `replace` was not said; or somebody is connected to it.
/// - The backup cannot be restored, or something in it is wrong and it would replace people: then everything stays as it was.
pub fn restore(url: &str, file: &Path, replace: bool, now: DateTime<Utc>) -> anyhow::Result<Restored> {
    let mut conn = connect(url)?;
    let archive = Archive::open(file, databases::server_major(&mut conn)?)?;
    let before = look(&mut conn, replace)?;
    drop(conn);
    // Some servers let nobody into other databases than their own.
    if before.may_create
        && let Ok(conn) = maintenance(url)
    {
        return beside(url, conn, &archive, &before, now);
    }
    if !before.is_blank {
        bail!(
            "this account of Postgres may not create databases, which a restore beside the present one needs. \
             Allow it with ALTER ROLE … CREATEDB, or set DATABASE_URL to an empty database, which kith can restore into as it is"
        );
    }
    archive.restore(url, How::AllOrNothing)?;
    let (contents, faults) = finish(url)?;
    Ok(Restored { contents, faults, kept: None })
}

/// Looks at what is there, and refuses to touch it if it is in use.
fn look(conn: &mut PgConnection, replace: bool) -> anyhow::Result<Before> {
    let name = databases::name(conn)?;
    let is_blank = databases::is_blank(conn)?;
    if !is_blank && databases::newest_migration(conn)?.is_none() {
        bail!("the database {name:?} has tables of another program: set DATABASE_URL to one that is kith's, or empty");
    }
    let has_people = has_people(conn)?;
    if has_people && !replace {
        bail!(
            "there are people in this kith already. Restore into an empty data directory or database, \
             or say --replace: it puts the backup in their place and keeps the old database under another name"
        );
    }
    let others = databases::connections(conn, &name)?;
    if others > 0 {
        let others = counted(others, "other connection is", "other connections are");
        bail!("{others} open to the database {name:?}: stop kith, and whatever else uses it, and try again");
    }
    Ok(Before { name, has_people, may_create: databases::may_create(conn)?, is_blank })
}

fn beside(
    url: &str,
    mut conn: PgConnection,
    archive: &Archive,
    before: &Before,
    now: DateTime<Utc>,
) -> anyhow::Result<Restored> {
    let new = format!("{}_restored", before.name);
    databases::create_draft(&mut conn, &new)?;
    let new_url = neighbour(url, &new);
    let done = archive.restore(&new_url, How::Quickly).and_then(|()| finish(&new_url));
    let done = done.and_then(|(contents, faults)| match faults.is_empty() || !before.has_people {
        true => Ok((contents, faults)),
        false => Err(anyhow::anyhow!(
            "the backup is not in order, so everything stays as it was:\n  {}\n\
             It can still be restored into an empty data directory or database",
            faults.join("\n  ")
        )),
    });
    let (contents, faults) = match done {
        Ok(done) => done,
        Err(error) => {
            // The failure that is told is the one before.
            let _ = databases::remove(&mut conn, &new);
            return Err(error);
        }
    };
    let kept = format!("{}_before_{}", before.name, now.format("%Y%m%dT%H%M%SZ")).to_lowercase();
    let swapped = databases::rename(&mut conn, &[(&before.name, &kept), (&new, &before.name)]);
    if let Err(error) = swapped {
        let _ = databases::remove(&mut conn, &new);
        return Err(error)
            .context("the restored database could not take the place of the present one, which stays as it was");
    }
    databases::unmark(&mut conn, &before.name)?;
    if before.has_people {
        return Ok(Restored { contents, faults, kept: Some(kept) });
    }
    databases::remove(&mut conn, &kept)?;
    Ok(Restored { contents, faults, kept: None })
}

/// A connection that is on neither of the databases that get other names.
fn maintenance(url: &str) -> anyhow::Result<PgConnection> {
    connect(&neighbour(url, "postgres")).or_else(|_| connect(&neighbour(url, "template1")))
}

/// Brings a restored database up to date, and looks at what is in it.
pub fn finish(url: &str) -> anyhow::Result<(Contents, Vec<String>)> {
    let mut conn = connect(url)?;
    run_pending(&mut conn)?;
    databases::analyze(&mut conn)?;
    Ok((Contents::read(&mut conn)?, faults(&mut conn)?))
}
