//! The query of the list: filtered, ordered, page by page.

use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, pg::Pg, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::{
    lookup::look_up,
    order::{ListCursor, Order, Sort, Times},
    selection::Selection,
    walk::{self, Found},
};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        keyset::{Page, Seek, seek},
        schema::{addresses, profile_activity, profile_identifiers, profiles},
    },
    filter::{Matches, Predicate, Scale},
    identities::{Channel, Kind, Reading},
    json::Json,
    text::{is_visible, title},
};

/// A profile on the list.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Id of the profile.
    pub id: Uuid,
    /// Display name; empty if there is none.
    pub name: String,
    /// Tags of the profile.
    pub tags: Vec<String>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Time of the last activity; 1970 if there was none.
    pub last_seen_at: DateTime<Utc>,
    /// Current id.
    key: Option<String>,
    /// Strongest of the other identifiers.
    other: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Values of the attributes that were asked for, in their order.
    pub values: Vec<Option<Value>>,
}

type Stored = ((Uuid, String, Vec<String>), Times, (Option<String>, Option<String>), (Option<String>, Option<String>));

impl ListRow {
    fn new(((id, name, tags), times, (key, other), (email, phone)): Stored, values: Vec<Option<Value>>) -> Self {
        let (created_at, updated_at, last_seen_at) = times;
        Self { id, name, tags, created_at, updated_at, last_seen_at, key, other, email, phone, values }
    }

    /// Position of the row in an order.
    pub fn place(&self, order: Order) -> ListCursor {
        ListCursor::of(self.id, order, (self.created_at, self.updated_at, self.last_seen_at))
    }

    /// The current id, else the next best identifier; empty if there is none.
    pub fn identifier(&self) -> &str {
        self.key.as_deref().or(self.other.as_deref()).unwrap_or_default()
    }

    /// The name, else the identifier; of either something can be seen.
    pub fn title(&self) -> &str {
        title([&self.name, self.identifier()])
    }

    /// Whether the title is the identifier, for want of a name.
    pub fn is_nameless(&self) -> bool {
        !is_visible(&self.name)
    }

    /// Time of the last activity; `None` if there was none.
    pub fn seen(&self) -> Option<DateTime<Utc>> {
        Some(self.last_seen_at).filter(|at| *at > DateTime::UNIX_EPOCH)
    }
}

/// Rows on one page of the list.
pub const PAGE: usize = 50;

/// Most profiles offered where one is to be chosen.
const HITS: usize = 10;

/// Profiles joined with their times.
#[diesel::dsl::auto_type]
fn listed() -> _ {
    let same: diesel::dsl::Eq<profile_activity::environment_id, profiles::environment_id> =
        profile_activity::environment_id.eq(profiles::environment_id);
    profiles::table.inner_join(profile_activity::table.on(same.and(profile_activity::profile_id.eq(profiles::id))))
}

type Profiles<'a> = diesel::dsl::IntoBoxed<'a, listed, Pg>;

/// A page of the list.
pub struct Listed {
    pub page: Page<ListRow>,
    /// The number of all profiles that were selected, if it is known.
    pub all: Option<usize>,
}

/// One page of the list, [`PAGE`] rows, with values of the attributes `columns`, [`super::Columns::MOST`] at most: one SQL statement, one or
/// two more for a filter.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    selection: &Selection,
    columns: &[String],
    order: Order,
    way: Seek<ListCursor>,
) -> QueryResult<Listed> {
    page_of(conn, environment, selection, columns, order, way, PAGE)
}

/// Position of a profile in an order of the list; `None` if it is not there.
pub fn place(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: ProfileId,
    order: Order,
) -> QueryResult<Option<ListCursor>> {
    let row: Option<Times> = listed()
        .filter(profiles::environment_id.eq(environment.0).and(profiles::id.eq(id.0)))
        .filter(profiles::merged_into.is_null())
        .select((profiles::created_at, profiles::updated_at, profile_activity::last_seen_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|times| ListCursor::of(id.0, order, times)))
}

/// [`page`] with so many rows.
pub fn page_of(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    selection: &Selection,
    columns: &[String],
    order: Order,
    way: Seek<ListCursor>,
    size: usize,
) -> QueryResult<Listed> {
    let query: Profiles<'_> =
        listed().filter(profiles::environment_id.eq(environment.0).and(profiles::merged_into.is_null())).into_boxed();
    let (query, all) = match selection {
        Selection::These(ids) => (query.filter(profiles::id.eq_any(ids.clone())), Some(ids.len())),
        Selection::By(predicate) if predicate.is_everybody() => (query, None),
        Selection::By(predicate) => match walk::some(conn, predicate, order, way, size + 1)? {
            Found::Next(ids) => (query.filter(profiles::id.eq_any(ids)), None),
            Found::All(ids) => (query.filter(profiles::id.eq_any(ids.clone())), Some(ids.len())),
            Found::Scattered => (query.filter(Matches { predicate: predicate.clone(), scale: Scale::All }), None),
        },
    };
    let query = match order.sort {
        Sort::Name => by_name(conn, environment, query, way, order.descending)?,
        Sort::Created => by_created(query, way, order.descending),
        Sort::Updated => by_updated(query, way, order.descending),
        Sort::Seen => by_seen(query, way, order.descending),
    };
    let page = Page::from_read(rows(query, columns, size + 1, conn)?, size, &way);
    let is_whole = !page.has_next && !page.has_previous;
    let all = all.or(is_whole.then_some(page.rows.len()));
    Ok(Listed { page, all })
}

/// At most ten profiles that have exactly what was typed, or match its words, those seen last first, and whether there are more.
pub fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    reading: Reading,
) -> QueryResult<(Vec<ListRow>, bool)> {
    let found = look_up(conn, environment, typed, reading)?.selection();
    let selection = found.unwrap_or_else(|| Selection::By(Predicate::words(environment, typed)));
    let found = page(conn, environment, &selection, &[], Order::default(), Seek::Start)?.page;
    let has_more = found.rows.len() > HITS;
    Ok((found.rows.into_iter().take(HITS).collect(), has_more))
}

fn rows(query: Profiles<'_>, columns: &[String], limit: usize, conn: &mut PgConnection) -> QueryResult<Vec<ListRow>> {
    let row = (
        (profiles::id, profiles::name, profiles::tags),
        (profiles::created_at, profiles::updated_at, profile_activity::last_seen_at),
        (
            identifiers()
                .filter(profile_identifiers::kind.eq(Kind::Id.as_str()))
                .filter(profile_identifiers::retired_at.is_null())
                .limit(1)
                .single_value(),
            identifiers().filter(profile_identifiers::kind.ne(Kind::Id.as_str())).limit(1).single_value(),
        ),
        (address(Channel::Email).single_value(), address(Channel::Sms).single_value()),
    );
    let query = query.limit(limit as i64);
    if columns.is_empty() {
        let rows: Vec<Stored> = query.select(row).load(conn)?;
        return Ok(rows.into_iter().map(|row| ListRow::new(row, Vec::new())).collect());
    }
    // As many as there may be, so that the statement is planned once, however many are asked for.
    let value = |place: usize| {
        let name = columns.get(place).or(columns.last()).map(String::as_str).unwrap_or_default();
        profiles::attributes.nullable().retrieve_as_object(name)
    };
    let four = |first: usize| (value(first), value(first + 1), value(first + 2), value(first + 3));
    type Cell = Option<Json>;
    type Four = (Cell, Cell, Cell, Cell);
    let rows: Vec<(Stored, Four, Four, Four)> = query.select((row, four(0), four(4), four(8))).load(conn)?;
    let listed = |(row, first, second, third): (Stored, Four, Four, Four)| {
        let cells = [first, second, third].into_iter().flat_map(|(a, b, c, d)| [a, b, c, d]).take(columns.len());
        ListRow::new(row, cells.map(|cell| cell.map(Value::from)).collect())
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Identifiers of the row's profile, in the order of the index, so that the first costs one probe however many there are.
#[diesel::dsl::auto_type]
pub fn identifiers() -> _ {
    let of_row: diesel::dsl::Eq<profile_identifiers::profile_id, profiles::id> =
        profile_identifiers::profile_id.eq(profiles::id);
    let here: diesel::dsl::Eq<profile_identifiers::environment_id, profiles::environment_id> =
        profile_identifiers::environment_id.eq(profiles::environment_id);
    profile_identifiers::table
        .filter(here.and(of_row))
        .order((profile_identifiers::kind.desc(), profile_identifiers::value.desc()))
        .select(profile_identifiers::value)
}

/// Address of the row's profile on a channel.
#[diesel::dsl::auto_type]
fn address(channel: Channel) -> _ {
    let of_row: diesel::dsl::Eq<addresses::profile_id, profiles::id> = addresses::profile_id.eq(profiles::id);
    let here: diesel::dsl::Eq<addresses::environment_id, profiles::environment_id> =
        addresses::environment_id.eq(profiles::environment_id);
    let name: &'static str = channel.as_str();
    addresses::table.filter(here.and(of_row)).filter(addresses::channel.eq(name)).select(addresses::address)
}

fn by_created(query: Profiles<'_>, way: Seek<ListCursor>, descending: bool) -> Profiles<'_> {
    seek!(query, way.at_time(), descending, (profiles::created_at, profiles::id))
}

fn by_updated(query: Profiles<'_>, way: Seek<ListCursor>, descending: bool) -> Profiles<'_> {
    seek!(query, way.at_time(), descending, (profiles::updated_at, profiles::id))
}

fn by_seen(query: Profiles<'_>, way: Seek<ListCursor>, descending: bool) -> Profiles<'_> {
    seek!(query, way.at_time(), descending, (profile_activity::last_seen_at, profile_activity::profile_id))
}

fn by_name<'a>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    query: Profiles<'a>,
    way: Seek<ListCursor>,
    descending: bool,
) -> QueryResult<Profiles<'a>> {
    let mut name_of = |cursor| {
        let ListCursor::Row(id) = cursor else { return Ok(None) };
        let name: Option<String> =
            profiles::table.find((environment.0, id)).select(profiles::name).first(conn).optional()?;
        Ok::<_, diesel::result::Error>(name.map(|name| (name, id)))
    };
    // The position of a row that is gone is unknown: the list starts from its beginning.
    let place = match way {
        Seek::Start => Seek::Start,
        Seek::After(cursor) => name_of(cursor)?.map_or(Seek::Start, Seek::After),
        Seek::Before(cursor) => name_of(cursor)?.map_or(Seek::Start, Seek::Before),
    };
    Ok(seek!(query, place, descending, (profiles::name, profiles::id)))
}
