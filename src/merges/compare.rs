//! The page on which somebody chooses whom to merge with, sees both beside each other, and decides.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use diesel::{PgConnection, QueryResult};

use super::comparison::{MOST_EVENTS, Section, Side, compare, versions};
use crate::{
    activity,
    attributes::{self, Attributes},
    console::{Scope, Shell},
    db::ids::ProfileId,
    error::AppError,
    identities, ingest,
    ledger::Teller,
    profile_page::{self, Header, Tab, View},
    profiles::{self, ListRow},
    registers::AnyRegister,
    state::AppState,
    web::{PathId, Query, Timestamp, page, page_with, respond::see_other_saying, see_other},
};

/// Identifiers of each side that are shown.
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

pub async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    match query.get("with") {
        "" => choose(&request, &state, shell, query.get("q")).await,
        with => {
            let other = with.parse().map_err(|_| AppError::NotFound)?;
            beside(&request, &state, shell, other, StatusCode::OK).await
        }
    }
}

async fn choose(request: &HttpRequest, state: &AppState, shell: Shell, typed: &str) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(request)?, shell.now(&state.clock));
    let (scope, asked) = (shell.scope.clone(), typed.to_owned());
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Info, now)? else { return Ok(None) };
        let found = match asked.trim() {
            "" => (Vec::new(), false),
            typed => profiles::find(conn, scope.environment, typed)?,
        };
        Ok(Some((frame, found)))
    });
    let Some((frame, (mut hits, has_more))) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await;
    };
    hits.retain(|hit| hit.id != id.0);
    let at = View { shell, frame, now };
    Ok(page(&ChoosePage { at, typed: typed.to_owned(), hits, has_more }))
}

/// The profile in the address beside another one. With 409, because one of them changed since the page was made.
pub async fn beside(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    other: ProfileId,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Info, now)? else { return Ok(None) };
        let other = match Header::load(conn, &scope, other, Tab::Info, now)? {
            Some(other) if other.id != id => {
                let sides = sides(conn, &scope, [&frame, &other])?;
                let teller = match &sides {
                    Some(sides) => teller(conn, &scope, sides)?,
                    None => Teller::default(),
                };
                Some((sides.map(|sides| (sides, teller)), other))
            }
            _ => None,
        };
        Ok(Some((frame, other)))
    });
    let Some((frame, found)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await;
    };
    match found {
        Some((Some(([own, theirs], teller)), other)) => Ok(page_with(
            status,
            &ComparePage {
                at: View { shell, frame, now },
                other,
                sections: compare(&own, &theirs, &teller),
                versions: versions(&own, &theirs),
                has_more: own.has_more || theirs.has_more,
                is_stale: status == StatusCode::CONFLICT,
            },
        )),
        _ => nobody_else(state, &shell, id, other).await,
    }
}

/// Both sides; none if one of them was merged or erased a moment ago.
fn sides(conn: &mut PgConnection, scope: &Scope, frames: [&Header; 2]) -> QueryResult<Option<[Side; 2]>> {
    let mut states = ingest::load_people(conn, ingest::REGISTERS, scope.environment, &frames.map(|frame| frame.id))?;
    let mut side = |frame: &Header| -> QueryResult<Option<Side>> {
        let at = (scope.environment, frame.id);
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

/// Who puts the attributes of both into words.
fn teller(conn: &mut PgConnection, scope: &Scope, sides: &[Side; 2]) -> QueryResult<Teller> {
    let register: &dyn AnyRegister = &Attributes;
    let names = register.subjects(&sides.each_ref().map(|side| &side.state.facts));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let definitions = attributes::definitions(conn, scope.environment, &names)?;
    Ok(Teller::new(definitions))
}

/// The other one is no profile, or no longer one of its own.
async fn nobody_else(
    state: &AppState,
    shell: &Shell,
    id: ProfileId,
    other: ProfileId,
) -> Result<HttpResponse, AppError> {
    let environment = shell.scope.environment;
    let asked = [other].into();
    let survivor = state.db.read(move |conn| profiles::store::merged_into(conn, environment, &asked)).await?;
    let own = shell.scope.path(&format!("profiles/{id}"));
    match survivor.get(&other) {
        Some(survivor) if *survivor == id => Ok(see_other_saying(&own, "They are one profile already.")),
        Some(survivor) => Ok(see_other(&format!("{own}/merge?with={survivor}"))),
        None if other == id => {
            Ok(see_other_saying(&format!("{own}/merge"), "That is this profile itself. Choose another one."))
        }
        None => Err(AppError::NotFound),
    }
}
