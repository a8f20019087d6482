//! Changes of recorded merges, and of who leads to whom, after something that was said earlier arrived late.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde_json::json;
use uuid::Uuid;

use super::{NewMerge, PastMerge};
use crate::{
    db::{
        ids::{EnvironmentId, Pair, ProfileId},
        sql_query,
    },
    json::Json,
};

/// Writes anew what survivors took over in these merges, in one statement.
pub fn retake(conn: &mut PgConnection, environment: EnvironmentId, changed: &[&PastMerge]) -> QueryResult<()> {
    if changed.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE merges m SET taken = u.taken FROM unnest($2, $3, $4) AS u (profile_id, id, taken) \
         WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(changed.iter().map(|merge| merge.pair.to.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(changed.iter().map(|merge| merge.id).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(changed.iter().map(|merge| Json(json!(merge.taken))).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Writes merges anew, each with the survivor for whom it was recorded, in one statement: who is merged into whom, and what with them.
pub fn redo(conn: &mut PgConnection, environment: EnvironmentId, merges: &[(ProfileId, NewMerge)]) -> QueryResult<()> {
    if merges.is_empty() {
        return Ok(());
    }
    let moved =
        |merge: &NewMerge| Json(merge.identifiers.iter().map(|it| json!([it.kind.as_str(), &it.value])).collect());
    // The survivor places the row, so a row of another survivor is another row.
    let columns = |merges: &[&(ProfileId, NewMerge)]| {
        let of = |it: &dyn Fn(&(ProfileId, NewMerge)) -> Uuid| merges.iter().map(|merge| it(merge)).collect::<Vec<_>>();
        let ids = [of(&|it| it.0.0), of(&|it| it.1.id), of(&|it| it.1.survivor.0), of(&|it| it.1.merged.0)];
        let taken: Vec<Json> = merges.iter().map(|(_, merge)| Json(json!(merge.taken))).collect();
        (ids, taken, merges.iter().map(|(_, merge)| moved(merge)).collect::<Vec<_>>())
    };
    let (same, others): (Vec<_>, Vec<_>) = merges.iter().partition(|(stored_for, merge)| *stored_for == merge.survivor);
    let ([stored_for, id, _, merged], taken, identifiers) = columns(&same);
    sql_query(
        "UPDATE merges m SET merged_id = u.merged_id, taken = u.taken, identifiers = u.identifiers \
         FROM unnest($2, $3, $4, $5, $6) AS u (profile_id, id, merged_id, taken, identifiers) \
         WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(stored_for)
    .bind::<Array<SqlUuid>, _>(id)
    .bind::<Array<SqlUuid>, _>(merged)
    .bind::<Array<Jsonb>, _>(taken)
    .bind::<Array<Jsonb>, _>(identifiers)
    .execute(conn)?;
    let ([stored_for, id, survivor, merged], taken, identifiers) = columns(&others);
    sql_query(
        "WITH gone AS (DELETE FROM merges m USING unnest($2, $3, $4, $5, $6, $7) \
                 AS u (stored_for, id, survivor_id, merged_id, taken, identifiers) \
             WHERE m.environment_id = $1 AND m.profile_id = u.stored_for AND m.id = u.id \
             RETURNING m.id, m.merged_at, m.source_id, m.said_at, m.said_index, m.leads, u.survivor_id, u.merged_id AS now_merged, \
                 u.taken AS now_taken, u.identifiers AS now_moved) \
         INSERT INTO merges (environment_id, profile_id, id, merged_id, merged_at, source_id, taken, identifiers, said_at, \
             said_index, leads) \
         SELECT $1, survivor_id, id, now_merged, merged_at, source_id, now_taken, now_moved, said_at, said_index, leads FROM gone",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(stored_for)
    .bind::<Array<SqlUuid>, _>(id)
    .bind::<Array<SqlUuid>, _>(survivor)
    .bind::<Array<SqlUuid>, _>(merged)
    .bind::<Array<Jsonb>, _>(taken)
    .bind::<Array<Jsonb>, _>(identifiers)
    .execute(conn)?;
    Ok(())
}

/// Removes merges of profiles that were one already, each given by its survivor.
pub fn remove(conn: &mut PgConnection, environment: EnvironmentId, gone: &[(ProfileId, Uuid)]) -> QueryResult<usize> {
    if gone.is_empty() {
        return Ok(0);
    }
    sql_query(
        "DELETE FROM merges m USING unnest($2, $3) AS u (profile_id, id) \
         WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(gone.iter().map(|(survivor, _)| survivor.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(gone.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .execute(conn)
}

/// Makes addresses of parts lead to those whom they are part of.
pub fn lead(conn: &mut PgConnection, environment: EnvironmentId, parts: &[Pair]) -> QueryResult<usize> {
    let [from, to] = Pair::columns(parts);
    sql_query(
        "INSERT INTO profile_aliases (environment_id, profile_id, alias_id) \
         SELECT $1, u.to_id, u.from_id FROM unnest($2, $3) AS u (from_id, to_id) ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)
}

/// Ends what [`lead`] made.
pub fn lead_no_more(conn: &mut PgConnection, environment: EnvironmentId, parts: &[Pair]) -> QueryResult<usize> {
    if parts.is_empty() {
        return Ok(0);
    }
    let [from, to] = Pair::columns(parts);
    sql_query(
        "DELETE FROM profile_aliases a USING unnest($2, $3) AS u (from_id, to_id) \
         WHERE a.environment_id = $1 AND a.profile_id = u.to_id AND a.alias_id = u.from_id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)
}
