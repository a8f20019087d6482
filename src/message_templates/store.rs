//! Rows of templates and their versions.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, dsl::sql, expression::SqlLiteral, prelude::*, sql_types::Jsonb,
};

use super::template::{Template, TemplateName, Variant};
use crate::{
    db::{
        ids::{MessageTemplateId, WorkspaceId},
        schema::{message_template_versions as v, message_templates as t},
    },
    json::Json,
    subscriptions::{Medium, Topic},
    text::fold,
    verdict::MessageKind,
};

/// Templates of a workspace at most, archived ones included.
pub const MOST: usize = 500;
/// Versions that are listed at most.
pub const MOST_VERSIONS: i64 = 100;

/// A template without its words, which may be megabytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: MessageTemplateId,
    pub name: TemplateName,
    pub channel: Medium,
    pub kind: MessageKind,
    pub topic: Option<Topic>,
    pub is_archived: bool,
    pub newest: Version,
}

/// Who saves, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Name of the operator.
    pub name: &'a str,
    pub at: DateTime<Utc>,
}

/// What somebody saves of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub name: TemplateName,
    pub kind: MessageKind,
    pub topic: Option<Topic>,
    /// At least one.
    pub variants: Vec<Variant>,
}

type About = (MessageTemplateId, String, String, String, Option<String>, Option<DateTime<Utc>>);
type Row = (About, (i32, Json));

macro_rules! about {
    () => {
        (t::id, t::name, t::channel, t::kind, t::topic, t::archived_at)
    };
}

/// What a newer version of kith wrote and this one does not know is left out.
fn template(((id, name, channel, kind, topic, archived_at), (version, variants)): Row) -> Option<Template> {
    Some(Template {
        id,
        name: TemplateName::new(&name).ok()?,
        channel: Medium::parse(&channel).ok()?,
        kind: MessageKind::from_stored(&kind)?,
        topic: topic.and_then(|topic| Topic::new(&topic).ok()),
        version,
        variants: variants.read().ok().filter(|all: &Vec<Variant>| !all.is_empty())?,
        archived_at,
    })
}

fn listed(((id, name, channel, kind, topic, archived_at), newest): (About, VersionRow)) -> Option<Listed> {
    Some(Listed {
        id,
        name: TemplateName::new(&name).ok()?,
        channel: Medium::parse(&channel).ok()?,
        kind: MessageKind::from_stored(&kind)?,
        topic: topic.and_then(|topic| Topic::new(&topic).ok()),
        is_archived: archived_at.is_some(),
        newest: version(newest),
    })
}

/// The templates of a workspace by name, archived ones last; those of one channel, if it is given. One statement.
pub fn list(conn: &mut PgConnection, workspace: WorkspaceId, channel: Option<Medium>) -> QueryResult<Vec<Listed>> {
    let newest = v::workspace_id.eq(t::workspace_id).and(v::template_id.eq(t::id)).and(v::version.eq(t::version));
    let mut query = t::table
        .inner_join(v::table.on(newest))
        .filter(t::workspace_id.eq(workspace.0))
        .order((t::archived_at.is_not_null(), t::name, t::id))
        .limit(i64::try_from(MOST).unwrap_or(i64::MAX))
        .select((about!(), (v::version, languages(), v::saved_by, v::saved_at)))
        .into_boxed();
    if let Some(channel) = channel {
        query = query.filter(t::channel.eq(channel.as_str()));
    }
    let rows: Vec<(About, VersionRow)> = query.load(conn)?;
    Ok(rows.into_iter().filter_map(listed).collect())
}

/// One template with its newest words, archived or not.
pub fn find(conn: &mut PgConnection, workspace: WorkspaceId, id: MessageTemplateId) -> QueryResult<Option<Template>> {
    let newest = v::workspace_id.eq(t::workspace_id).and(v::template_id.eq(t::id)).and(v::version.eq(t::version));
    let row: Option<Row> = t::table
        .inner_join(v::table.on(newest))
        .filter(t::workspace_id.eq(workspace.0).and(t::id.eq(id)))
        .select((about!(), (v::version, v::variants)))
        .first(conn)
        .optional()?;
    Ok(row.and_then(template))
}

/// One template with the words of a version.
pub fn find_version(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: MessageTemplateId,
    version: i32,
) -> QueryResult<Option<Template>> {
    let of = v::workspace_id.eq(t::workspace_id).and(v::template_id.eq(t::id)).and(v::version.eq(version));
    let row: Option<Row> = t::table
        .inner_join(v::table.on(of))
        .filter(t::workspace_id.eq(workspace.0).and(t::id.eq(id)))
        .select((about!(), (v::version, v::variants)))
        .first(conn)
        .optional()?;
    Ok(row.and_then(template))
}

/// A version of the words of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: i32,
    /// Tags of its languages.
    pub languages: Vec<String>,
    pub saved_by: String,
    pub saved_at: DateTime<Utc>,
}

type VersionRow = (i32, Json, String, DateTime<Utc>);

/// Tags of the languages of a version, without its words.
fn languages() -> SqlLiteral<Jsonb> {
    sql("jsonb_path_query_array(message_template_versions.variants, '$[*].language')")
}

fn version((version, languages, saved_by, saved_at): VersionRow) -> Version {
    Version { version, languages: languages.read().unwrap_or_default(), saved_by, saved_at }
}

/// The newest versions of a template, at most [`MOST_VERSIONS`].
pub fn versions(conn: &mut PgConnection, workspace: WorkspaceId, id: MessageTemplateId) -> QueryResult<Vec<Version>> {
    let rows: Vec<VersionRow> = v::table
        .filter(v::workspace_id.eq(workspace.0).and(v::template_id.eq(id)))
        .order(v::version.desc())
        .limit(MOST_VERSIONS)
        .select((v::version, languages(), v::saved_by, v::saved_at))
        .load(conn)?;
    Ok(rows.into_iter().map(version).collect())
}

/// Stores a new template with its first version. Its name must be free: [`is_taken`].
pub fn add(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: MessageTemplateId,
    channel: Medium,
    new: &Saved,
    by: By<'_>,
) -> QueryResult<()> {
    diesel::insert_into(t::table)
        .values((
            (t::workspace_id.eq(workspace.0), t::id.eq(id), t::name.eq(new.name.as_str())),
            (t::channel.eq(channel.as_str()), t::kind.eq(new.kind.as_str())),
            t::topic.eq(new.topic.as_ref().map(Topic::as_str)),
            (t::version.eq(1), t::created_at.eq(by.at)),
        ))
        .execute(conn)?;
    add_version(conn, workspace, id, 1, &new.variants, by)
}

fn add_version(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: MessageTemplateId,
    version: i32,
    variants: &[Variant],
    by: By<'_>,
) -> QueryResult<()> {
    let variants =
        serde_json::to_value(variants).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    diesel::insert_into(v::table)
        .values((
            (v::workspace_id.eq(workspace.0), v::template_id.eq(id), v::version.eq(version)),
            (v::variants.eq(Json(variants)), v::saved_by.eq(by.name), v::saved_at.eq(by.at)),
        ))
        .execute(conn)
        .map(drop)
}

/// Stores what was changed of `was`. Only other words become a version. Returns the version that counts now.
pub fn change(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    was: &Template,
    new: &Saved,
    by: By<'_>,
) -> QueryResult<i32> {
    let version = if was.variants == new.variants { was.version } else { was.version + 1 };
    diesel::update(t::table.find((workspace.0, was.id)))
        .set((
            (t::name.eq(new.name.as_str()), t::kind.eq(new.kind.as_str())),
            (t::topic.eq(new.topic.as_ref().map(Topic::as_str)), t::version.eq(version)),
        ))
        .execute(conn)?;
    if version > was.version {
        add_version(conn, workspace, was.id, version, &new.variants, by)?;
    }
    Ok(version)
}

/// Archives a template, or brings it back.
pub fn archive(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: MessageTemplateId,
    at: Option<DateTime<Utc>>,
) -> QueryResult<usize> {
    diesel::update(t::table.find((workspace.0, id))).set(t::archived_at.eq(at)).execute(conn)
}

/// The one that is not archived and has the name, whatever its case.
pub fn named<'a>(all: &'a [Listed], name: &str) -> Option<&'a Listed> {
    all.iter().find(|it| !it.is_archived && fold(it.name.as_str()) == fold(name))
}

/// Whether another template that is not archived has the name, whatever its case.
pub fn is_taken(all: &[Listed], own: Option<MessageTemplateId>, name: &str) -> bool {
    named(all, name).is_some_and(|it| Some(it.id) != own)
}
