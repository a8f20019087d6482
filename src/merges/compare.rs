//! The page on which an operator chooses a profile to merge with, compares both and decides.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::{PgConnection, QueryResult};

use super::comparison::{MOST_EVENTS, Section, Side, compare, versions};
use crate::{
    activity,
    attributes::{self, Attributes},
    console::{Request, Scope},
    db::ids::ProfileId,
    error::AppError,
    identities, ingest,
    ledger::Teller,
    profile_page::{self, Header, Tab, View},
    profiles::{self, ListRow},
    registers::AnyRegister,
    web::{Answer, Timestamp, page, page_with, respond::see_other_saying, see_other},
};

/// Identifiers of each profile on the page.
const MOST_IDENTIFIERS: i64 = 50;

#[derive(Template)]
#[template(path = "merges/choose.html")]
struct ChoosePage {
    at: View,
    typed: String,
    hits: Vec<ListRow>,
    has_more: bool,
}

impl ChoosePage {
    fn seen(&self, row: &ListRow) -> Option<Timestamp> {
        row.seen().map(|at| Timestamp::new(at, self.at.now))
    }
}

#[derive(Template)]
#[template(path = "merges/compare.html")]
struct ComparePage {
    at: View,
    other: Header,
    sections: Vec<Section>,
    versions: (i64, i64),
    has_more: bool,
    is_stale: bool,
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    match request.query.get("with") {
        "" => choose(request, conn),
        with => {
            let other = with.parse().map_err(|_| AppError::NotFound)?;
            beside(request, conn, other, StatusCode::OK)
        }
    }
}

fn choose(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let typed = request.query.get("q").to_owned();
    let (mut hits, has_more) = match typed.as_str() {
        "" => (Vec::new(), false),
        typed => {
            let reading = request.reading(conn)?;
            profiles::find(conn, request.scope().environment, typed, reading)?
        }
    };
    hits.retain(|hit| hit.id != at.frame.id.0);
    Ok(page(&ChoosePage { at, typed, hits, has_more }))
}

/// Compares the profile in the address with `other`, or answers 404. Status 409 says that one of them changed since the page was made.
pub fn beside(
    request: &Request,
    conn: &mut PgConnection,
    other: ProfileId,
    status: StatusCode,
) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let scope = request.scope();
    let beside = Header::load::<()>(conn, request, other, Tab::Info)?
        .map(|(header, ())| header)
        .filter(|other| other.id != at.frame.id);
    let Some(header) = beside else { return nobody_else(conn, scope, at.frame.id, other) };
    let Some([own, theirs]) = sides(conn, scope, [&at.frame, &header])? else {
        return nobody_else(conn, scope, at.frame.id, other);
    };
    let teller = teller(conn, scope, [&own, &theirs])?;
    let page = ComparePage {
        at,
        other: header,
        sections: compare(&own, &theirs, &teller),
        versions: versions(&own, &theirs),
        has_more: own.has_more || theirs.has_more,
        is_stale: status == StatusCode::CONFLICT,
    };
    Ok(page_with(status, &page))
}

/// Both sides; `None` if one of the profiles was merged or erased a moment ago.
fn sides(conn: &mut PgConnection, scope: &Scope, frames: [&Header; 2]) -> QueryResult<Option<[Side; 2]>> {
    let mut states = ingest::load_people(conn, ingest::REGISTERS, scope.environment, &frames.map(|frame| frame.id))?;
    let mut side = |frame: &Header| -> QueryResult<Option<Side>> {
        let at = scope.key(frame.id);
        let Some(state) = states.remove(&frame.id) else { return Ok(None) };
        let mut identifiers = identities::identifiers_of(conn, at, MOST_IDENTIFIERS + 1)?;
        let has_more = identifiers.len() > MOST_IDENTIFIERS as usize;
        identifiers.truncate(MOST_IDENTIFIERS as usize);
        let events = activity::count(conn, at, MOST_EVENTS + 1)?;
        Ok(Some(Side { state, identifiers, has_more, events, notes: frame.notes }))
    };
    let (own, theirs) = (side(frames[0])?, side(frames[1])?);
    Ok(own.zip(theirs).map(|(own, theirs)| [own, theirs]))
}

/// A teller that knows the attributes of both sides.
fn teller(conn: &mut PgConnection, scope: &Scope, sides: [&Side; 2]) -> QueryResult<Teller> {
    let register: &dyn AnyRegister = &Attributes;
    let names = register.subjects(&sides.map(|side| &side.state.facts));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let definitions = attributes::definitions(conn, scope.environment, &names)?;
    Ok(Teller::new(definitions))
}

/// The answer where `other` does not exist, is merged, or is the profile itself.
fn nobody_else(conn: &mut PgConnection, scope: &Scope, id: ProfileId, other: ProfileId) -> Result<Answer, AppError> {
    let survivor = profiles::store::merged_into(conn, scope.environment, &[other].into())?.remove(&other);
    let own = scope.path(&format!("profiles/{id}"));
    match survivor {
        Some(survivor) if survivor == id => Ok(see_other_saying(&own, "These profiles are already merged.")),
        Some(survivor) => Ok(see_other(&format!("{own}/merge?with={survivor}"))),
        None if other == id => {
            Ok(see_other_saying(&format!("{own}/merge"), "This is the same profile. Choose another one."))
        }
        None => Err(AppError::NotFound),
    }
}
