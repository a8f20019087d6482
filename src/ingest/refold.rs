//! Brings stored search texts to the newest rule of folding, after an upgrade that changed it. Table: `search_folds`.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    result::Error,
    sql_types::{Array, BigInt, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{
    db::{Db, sql_query},
    error::AppError,
    text::{self, fold, fold_loosely},
};

/// Profiles of one transaction.
const AT_ONCE: i64 = 1_000;
/// Longest run of one look.
const AT_A_TIME: Duration = Duration::from_secs(3);

/// Whether all texts are known to follow the newest rule.
#[derive(Default)]
struct Done(AtomicBool);

/// Folds the search texts of the next profiles again, for three seconds at most; the rest is left for the next look. Run every few seconds;
/// when all follow the newest rule, no SQL statement.
pub fn refold_now(db: &Db) -> Result<(), AppError> {
    let (done, until) = (db.memory::<Done>(), Instant::now() + AT_A_TIME);
    while !done.0.load(Ordering::Relaxed) && Instant::now() < until {
        done.0.store(db.tx_now(chunk)?, Ordering::Relaxed);
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Reached {
    #[diesel(sql_type = Nullable<SmallInt>)]
    environment_id: Option<i16>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    profile_id: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SmallInt)]
    environment_id: i16,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    search_text: String,
    /// What the lines were made of.
    #[diesel(sql_type = Array<Text>)]
    written: Vec<String>,
}

/// Folds the next profiles. Returns whether all follow the newest rule.
fn chunk(conn: &mut PgConnection) -> QueryResult<bool> {
    // An update that changes nothing locks the row: only one process at a time goes on with it.
    let reached: Option<Reached> = sql_query(
        "UPDATE search_folds SET rule = rule WHERE id = 1 AND rule < $1 RETURNING environment_id, profile_id",
    )
    .bind::<SmallInt, _>(text::RULE)
    .get_result(conn)
    .optional()?;
    let Some(reached) = reached else { return Ok(true) };
    let rows = next(conn, &reached)?;
    let Some(last) = rows.last() else {
        sql_query("UPDATE search_folds SET rule = $1, environment_id = NULL, profile_id = NULL WHERE id = 1")
            .bind::<SmallInt, _>(text::RULE)
            .execute(conn)?;
        return Ok(true);
    };
    sql_query("UPDATE search_folds SET environment_id = $1, profile_id = $2 WHERE id = 1")
        .bind::<SmallInt, _>(last.environment_id)
        .bind::<SqlUuid, _>(last.id)
        .execute(conn)?;
    let folded = rows.iter().map(|row| (row, refold(&row.search_text, &row.written)));
    write(conn, &folded.filter(|(row, text)| *text != row.search_text).collect::<Vec<_>>())?;
    Ok(false)
}

/// The next profiles, merged ones included. The first rule made и of й, so what Cyrillic lines were made of is read, too.
fn next(conn: &mut PgConnection, reached: &Reached) -> QueryResult<Vec<Row>> {
    sql_query(
        "SELECT p.environment_id, p.id, p.version, p.search_text, CASE WHEN p.search_text ~ '[\\u0400-\\u052f]' THEN \
             ARRAY(SELECT p.name UNION ALL SELECT i.value FROM profile_identifiers i \
                 WHERE i.environment_id = p.environment_id AND i.profile_id = p.id AND i.kind <> 'anonymous_id' \
                 UNION ALL SELECT a.address FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.address IS NOT NULL) \
             ELSE '{}' END AS written \
         FROM profiles p WHERE $1 IS NULL OR (p.environment_id, p.id) > ($1, $2) ORDER BY p.environment_id, p.id LIMIT $3",
    )
    .bind::<Nullable<SmallInt>, _>(reached.environment_id)
    .bind::<Nullable<SqlUuid>, _>(reached.profile_id)
    .bind::<BigInt, _>(AT_ONCE)
    .load(conn)
}

/// The lines of a search text by the newest rule. A line that was folded from one of the texts `written` is folded from it again.
fn refold(text: &str, written: &[String]) -> String {
    let made: HashMap<String, String> = written.iter().map(|text| (fold_loosely(text), fold(text))).collect();
    let line = |line: &str| made.get(&fold_loosely(line)).cloned().unwrap_or_else(|| fold(line));
    text.lines().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Writes the texts with a new version, so that whoever read an old one meanwhile reads it again before writing.
fn write(conn: &mut PgConnection, folded: &[(&Row, String)]) -> QueryResult<()> {
    if folded.is_empty() {
        return Ok(());
    }
    let written = sql_query(
        "UPDATE profiles p SET search_text = u.text, version = p.version + 1 FROM unnest($1, $2, $3, $4) AS u (environment, id, version, text) \
         WHERE p.environment_id = u.environment AND p.id = u.id AND p.version = u.version",
    )
    .bind::<Array<SmallInt>, _>(folded.iter().map(|(row, _)| row.environment_id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(folded.iter().map(|(row, _)| row.id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(folded.iter().map(|(row, _)| row.version).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(folded.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    if written < folded.len() { Err(Error::RollbackTransaction) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::refold;

    #[test]
    fn lines_are_folded_from_what_they_were_made_of() {
        let written = ["Андрей О’Нил".to_owned(), "c-1".to_owned()];
        assert_eq!(refold("андреи о’нил\nc-1\nгеоргии\n\u{200b}\nأحمد", &written), "андрей о'нил\nc-1\nгеоргии\nاحمد");
    }
}
