//! Rows of views.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{View, ViewName, Views};
use crate::{
    db::{
        BELIEVED, Db,
        ids::{EnvironmentId, OperatorId, ViewId, WorkspaceId},
        recent::Recent,
        schema::{default_views, environments, views},
        sql_query,
    },
    filter::{Filter, parse},
    profiles::{Columns, ListState},
};

/// An operator in a workspace: who sees which views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reader {
    pub workspace: WorkspaceId,
    pub operator: OperatorId,
}

type Row = (ViewId, Option<OperatorId>, String, (String, String, Option<String>, String), i32);

/// The columns of [`Row`].
macro_rules! row {
    () => {
        (
            views::id,
            views::owner_id,
            views::name,
            (views::typed, views::sort, views::shown, views::density),
            views::version,
        )
    };
}

fn view((id, owner, name, (typed, order, shown, density), version): Row) -> View {
    let state = ListState {
        typed,
        order: order.parse().unwrap_or_default(),
        columns: shown.and_then(|shown| Columns::read(&shown)),
        density: density.parse().unwrap_or_default(),
    };
    View { id, name, owner, state, version }
}

/// Views remembered a moment ago, so that the list needs no statement for them.
type Remembered = Recent<Reader, Arc<Views>>;

/// [`read`], or what it read at most ten seconds ago.
pub fn remembered(conn: &mut PgConnection, db: &Db, reader: Reader, now: DateTime<Utc>) -> QueryResult<Arc<Views>> {
    let memory = db.memory::<Remembered>();
    if let Some(known) = memory.get(&reader, now, BELIEVED) {
        return Ok(known);
    }
    let found = Arc::new(read(conn, reader)?);
    memory.put(reader, found.clone(), now);
    Ok(found)
}

/// Forgets the views of a workspace, because one was changed.
pub fn forget(db: &Db, workspace: WorkspaceId) {
    db.memory::<Remembered>().forget(|reader| reader.workspace == workspace);
}

/// The views that an operator sees, in one SQL statement.
pub fn read(conn: &mut PgConnection, reader: Reader) -> QueryResult<Views> {
    let is_default = default_views::workspace_id
        .eq(views::workspace_id)
        .and(default_views::operator_id.eq(reader.operator))
        .and(default_views::view_id.eq(views::id));
    let rows: Vec<(Row, Option<ViewId>)> = views::table
        .left_join(default_views::table.on(is_default))
        .filter(views::workspace_id.eq(reader.workspace))
        .filter(views::owner_id.is_null().or(views::owner_id.eq(reader.operator)))
        .order((views::owner_id.is_null(), views::name, views::id))
        .limit(2 * Views::MOST as i64)
        .select((row!(), default_views::view_id.nullable()))
        .load(conn)?;
    let default = rows.iter().find_map(|(_, default)| *default);
    Ok(Views { saved: rows.into_iter().map(|(row, _)| view(row)).collect(), default })
}

/// One view, if the operator sees it.
pub fn find(conn: &mut PgConnection, reader: Reader, id: ViewId) -> QueryResult<Option<View>> {
    let row: Option<Row> = views::table
        .find((reader.workspace, id))
        .filter(views::owner_id.is_null().or(views::owner_id.eq(reader.operator)))
        .select(row!())
        .first(conn)
        .optional()?;
    Ok(row.map(view))
}

/// A view whose filter uses a segment.
#[derive(Clone, Debug)]
pub struct UsesSegment {
    pub id: ViewId,
    pub name: String,
    /// Whose it is; `None`: everybody's in the workspace.
    pub owner: Option<OperatorId>,
    filter: Filter,
}

/// The views of an environment's workspace whose filter uses the segment of that name, in one SQL statement.
pub fn using_segment(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: &str,
) -> QueryResult<Vec<UsesSegment>> {
    let workspace = environments::table.filter(environments::id.eq(environment.0)).select(environments::workspace_id);
    let rows: Vec<(ViewId, String, Option<OperatorId>, String)> = views::table
        .filter(views::workspace_id.eq_any(workspace).and(views::typed.ilike("%segment:%")))
        .order((views::name, views::id))
        .limit(MOST_USING)
        .select((views::id, views::name, views::owner_id, views::typed))
        .load(conn)?;
    let using = |(id, name, owner, typed): (ViewId, String, Option<OperatorId>, String)| {
        let filter = parse(&typed).ok()?.filter;
        filter.uses_segment(segment).then_some(UsesSegment { id, name, owner, filter })
    };
    Ok(rows.into_iter().filter_map(using).collect())
}

/// Views of a workspace of which it is asked whether they use a segment.
const MOST_USING: i64 = 5_000;

/// Has the views that use a segment know it by another name. Returns the names of the shared ones.
pub fn rename_segment(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    from: &str,
    to: &str,
) -> QueryResult<Vec<String>> {
    let using = using_segment(conn, environment, from)?;
    if using.is_empty() {
        return Ok(Vec::new());
    }
    let shared = using.iter().filter(|view| view.owner.is_none()).map(|view| view.name.clone()).collect();
    let (ids, typed): (Vec<Uuid>, Vec<String>) =
        using.into_iter().map(|view| (view.id.0, view.filter.renaming_segment(from, to).to_string())).unzip();
    sql_query(
        "UPDATE views v SET typed = u.typed, version = v.version + 1 \
         FROM environments e, unnest($2, $3) AS u (id, typed) \
         WHERE e.id = $1 AND v.workspace_id = e.workspace_id AND v.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(typed)
    .execute(conn)?;
    Ok(shared)
}

/// Stores a new view.
pub fn insert(conn: &mut PgConnection, workspace: WorkspaceId, new: &View) -> QueryResult<()> {
    diesel::insert_into(views::table)
        .values((
            views::workspace_id.eq(workspace),
            views::id.eq(new.id),
            views::owner_id.eq(new.owner),
            views::name.eq(&new.name),
            views::typed.eq(&new.state.typed),
            views::sort.eq(new.state.order.to_string()),
            views::shown.eq(new.state.columns.as_ref().map(Columns::to_string)),
            views::density.eq(new.state.density.as_str()),
            views::version.eq(new.version),
        ))
        .execute(conn)
        .map(drop)
}

/// Stores another name or another owner.
pub fn rename(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: ViewId,
    name: &ViewName,
    owner: Option<OperatorId>,
) -> QueryResult<()> {
    diesel::update(views::table.find((workspace, id)))
        .set((views::name.eq(name.as_str()), views::owner_id.eq(owner), views::version.eq(views::version + 1)))
        .execute(conn)
        .map(drop)
}

/// Stores another list.
pub fn save(conn: &mut PgConnection, workspace: WorkspaceId, id: ViewId, state: &ListState) -> QueryResult<()> {
    diesel::update(views::table.find((workspace, id)))
        .set((
            views::typed.eq(&state.typed),
            views::sort.eq(state.order.to_string()),
            views::shown.eq(state.columns.as_ref().map(Columns::to_string)),
            views::density.eq(state.density.as_str()),
            views::version.eq(views::version + 1),
        ))
        .execute(conn)
        .map(drop)
}

/// Deletes a view, also as what somebody's list opens with.
pub fn delete(conn: &mut PgConnection, workspace: WorkspaceId, id: ViewId) -> QueryResult<()> {
    diesel::delete(views::table.find((workspace, id))).execute(conn).map(drop)
}

/// Has the operator's list open with this view; `None`: with everyone.
pub fn open_with(conn: &mut PgConnection, reader: Reader, id: Option<ViewId>) -> QueryResult<()> {
    diesel::delete(default_views::table.find((reader.workspace, reader.operator))).execute(conn)?;
    let Some(id) = id else { return Ok(()) };
    diesel::insert_into(default_views::table)
        .values((
            default_views::workspace_id.eq(reader.workspace),
            default_views::operator_id.eq(reader.operator),
            default_views::view_id.eq(id),
        ))
        .execute(conn)
        .map(drop)
}
