//! The way to the next or previous person of the list from which a reader came. Nothing is kept about the list but its query in the
//! address, so its place is looked up when somebody goes on.

use diesel::PgConnection;

use super::{ListCursor, Order, query, selection::Selection};
use crate::{
    console::Request,
    db::{ids::ProfileId, keyset::Seek},
    error::AppError,
    profile_page::{self, FromList, Tab},
    web::{Answer, respond::see_other_saying, see_other},
};

pub fn next(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    step(request, conn, (Seek::After, "This is the last person of the list."))
}

pub fn previous(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    step(request, conn, (Seek::Before, "This is the first person of the list."))
}

type Way = (fn(ListCursor) -> Seek<ListCursor>, &'static str);

fn step(request: &Request, conn: &mut PgConnection, (way, end): Way) -> Result<Answer, AppError> {
    let (scope, id) = (request.scope(), request.id::<ProfileId>()?);
    let list = FromList::read(&request.query);
    let order: Order = list.query().parsed("sort").unwrap_or_default();
    let tab = Tab::ALL.into_iter().find(|tab| tab.path().trim_start_matches('/') == request.query.get("tab"));
    let address =
        |profile: ProfileId| list.on(&scope.path(&format!("profiles/{profile}{}", tab.unwrap_or(Tab::Info).path())));
    let Some(here) = query::place(conn, scope.environment, id, order)? else {
        // It was merged meanwhile, or is gone.
        profile_page::open(request, conn, tab.unwrap_or(Tab::Info))?;
        return Ok(see_other(&address(id)));
    };
    let reading = request.reading(conn)?;
    let (selection, _) = Selection::shown(conn, scope.environment, list.typed(), reading, request.now.at)?;
    let found = query::page_of(conn, scope.environment, &selection, &[], order, way(here), 1)?.page;
    Ok(match found.rows.first() {
        Some(row) => see_other(&address(ProfileId(row.id))),
        None => see_other_saying(&address(id), end),
    })
}
