//! What backups leave behind: lines of the audit log of the organisation, in the database that they were taken of.
//!
//! A backup is noted after it was written, so it does not hold its own line. After a restore the restored database says itself from which
//! file it came, and the lines before are those that were older than that file.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};

use super::check::size;
use crate::{
    auth::{self, Action, Actor, Place},
    db::schema::audit_log,
    json::Json,
    web::words::counted,
};

/// What was done with a backup file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Written, checked or restored.
    pub action: Action,
    /// Name of the file, without its folder; empty: it was passed on.
    pub file: String,
    /// Its bytes; `None`: it was passed on.
    pub size: Option<i64>,
    /// Sentences about what was not in order.
    pub faults: i64,
    /// Until when it holds everything.
    pub until: Option<DateTime<Utc>>,
    pub at: DateTime<Utc>,
}

impl Noted {
    /// Whether both are about the same file, as far as its name and size tell.
    fn is_of(&self, other: &Self) -> bool {
        self.file == other.file && self.size == other.size && self.size.is_some()
    }
}

/// Notes what was done with a backup.
pub fn note(conn: &mut PgConnection, noted: &Noted) -> QueryResult<()> {
    let mut what: Vec<String> = noted.size.map(size).into_iter().collect();
    if noted.action != Action::BackupWritten {
        what.push(match noted.faults {
            0 => "good".to_owned(),
            faults => counted(faults, "thing not in order", "things not in order"),
        });
    }
    let detail = json!({
        "backup": noted.file, "size": noted.size, "faults": noted.faults, "until": noted.until, "what": what.join(", "),
    });
    auth::audit(conn, &Actor::command_line(Place::Organisation), noted.action, detail, noted.at).map(drop)
}

/// Lines that are read at most.
const MOST: i64 = 100;

/// The newest lines about backups, the newest first, in one SQL statement.
pub fn read(conn: &mut PgConnection) -> QueryResult<Vec<Noted>> {
    let asked = [Action::BackupWritten, Action::BackupChecked, Action::BackupRestored].map(Action::as_str);
    let rows: Vec<(DateTime<Utc>, String, Json)> = audit_log::table
        .filter(audit_log::workspace_id.is_null().and(audit_log::action.eq_any(asked)))
        .order(audit_log::id.desc())
        .limit(MOST)
        .select((audit_log::at, audit_log::action, audit_log::detail))
        .load(conn)?;
    let noted = |(at, action, Json(detail)): (DateTime<Utc>, String, Json)| {
        Some(Noted {
            action: action.parse().ok()?,
            file: detail.get("backup").and_then(Value::as_str).unwrap_or_default().to_owned(),
            size: detail.get("size").and_then(Value::as_i64),
            faults: detail.get("faults").and_then(Value::as_i64).unwrap_or_default(),
            until: detail.get("until").and_then(Value::as_str).and_then(|at| at.parse().ok()),
            at,
        })
    };
    Ok(rows.into_iter().filter_map(noted).collect())
}

/// What is known of the last backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    pub backup: Noted,
    /// Until when it holds everything.
    pub made_at: DateTime<Utc>,
    /// When it was last checked, and what was not in order; a restore checks, too.
    pub checked: Option<(DateTime<Utc>, i64)>,
}

/// The newest backup, of lines with the newest first.
pub fn last(all: &[Noted]) -> Option<Last> {
    let made =
        |noted: &Noted| if noted.action == Action::BackupRestored { noted.until.unwrap_or(noted.at) } else { noted.at };
    let backup = all.iter().filter(|it| it.action != Action::BackupChecked).max_by_key(|it| made(it))?.clone();
    let check = all.iter().find(|it| it.action != Action::BackupWritten && it.is_of(&backup) && it.at >= backup.at);
    Some(Last { made_at: made(&backup), checked: check.map(|check| (check.at, check.faults)), backup })
}

/// When a backup was last found good.
pub fn good_at(all: &[Noted]) -> Option<DateTime<Utc>> {
    all.iter().find(|it| it.action != Action::BackupWritten && it.faults == 0).map(|it| it.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(action: Action, file: &str, day: u32, faults: i64) -> Noted {
        let at = format!("2026-11-{day:02}T02:17:00Z").parse().unwrap_or_default();
        Noted { action, file: file.to_owned(), size: Some(7), faults, until: None, at }
    }

    #[test]
    fn a_check_is_of_the_file_with_that_name_and_size_that_was_there_before() {
        let [a, b] = ["a.dump", "b.dump"];
        let written = [noted(Action::BackupWritten, b, 5, 0), noted(Action::BackupWritten, a, 4, 0)];
        assert_eq!(last(&written).unwrap().checked, None);
        let of_another = [&[noted(Action::BackupChecked, a, 6, 0)], &written[..]].concat();
        assert_eq!(last(&of_another).unwrap().checked, None);
        assert!(good_at(&of_another).is_some());
        let checked = [&[noted(Action::BackupChecked, b, 6, 2)], &written[..]].concat();
        assert_eq!(last(&checked).unwrap().checked.map(|(_, faults)| faults), Some(2));
        assert_eq!(good_at(&checked), None);
        // The same name is written anew each night.
        let anew = [noted(Action::BackupWritten, a, 5, 0), noted(Action::BackupChecked, a, 4, 0)];
        assert_eq!(last(&anew).unwrap().checked, None);
    }

    #[test]
    fn a_restored_database_has_the_file_that_it_came_from() {
        let mut restored = noted(Action::BackupRestored, "a.dump", 9, 0);
        restored.until = noted(Action::BackupWritten, "", 4, 0).at.into();
        let older = noted(Action::BackupWritten, "before.dump", 3, 0);
        let last = last(&[restored.clone(), older]).unwrap();
        assert_eq!((last.backup.file.as_str(), last.made_at), ("a.dump", restored.until.unwrap()));
        assert_eq!(last.checked, Some((restored.at, 0)), "restoring looks through it");
        assert_eq!(super::last(&[]), None);
    }
}
