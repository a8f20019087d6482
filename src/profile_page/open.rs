//! Opens the page of a profile: of the one in the address, of the survivor if it was merged, of whom another reference means.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};

use super::{FromList, Header, Tab, View};
use crate::{
    console::Request,
    db::{Gather, ids::ProfileId},
    error::AppError,
    profiles::{Reference, people, store},
    tags,
    web::pairs::Pairs,
    workspaces::{self, EnvironmentKind},
};

/// Opens a page of the profile in the address.
///
/// # Errors
/// [`AppError::NotFound`]: there is no such profile. [`AppError::SeeOther`]: it was merged, which leads to the survivor's same tab; or it is
/// asked for by another reference than our own id. [`AppError::InOther`]: it is in the other environment.
pub fn open(request: &Request, conn: &mut PgConnection, tab: Tab) -> Result<View, AppError> {
    Ok(open_with::<()>(request, conn, tab)?.0)
}

/// [`open`], and what areas store about the profile, in one SQL statement.
///
/// # Errors
/// Those of [`open`].
pub fn open_with<G: Gather>(request: &Request, conn: &mut PgConnection, tab: Tab) -> Result<(View, G), AppError> {
    match request.id() {
        Ok(id) => open_at(request, conn, id, tab),
        Err(_) => Err(meant(request, conn, tab)?),
    }
}

/// [`open_with`] for a given profile, as after a merge.
///
/// # Errors
/// Those of [`open`].
pub fn open_at<G: Gather>(
    request: &Request,
    conn: &mut PgConnection,
    id: ProfileId,
    tab: Tab,
) -> Result<(View, G), AppError> {
    let Some((mut frame, others)) = Header::load(conn, request, id, tab)? else {
        return Err(merged(request, conn, id, tab)?);
    };
    frame.colours = tags::colours(&request.state.db, conn, request.scope().environment, request.now.at)?;
    frame.list = FromList::read(&request.query);
    Ok((View { shell: request.shell.clone(), frame, now: request.now }, others))
}

fn merged(request: &Request, conn: &mut PgConnection, id: ProfileId, tab: Tab) -> QueryResult<AppError> {
    let (scope, asked) = (request.scope(), BTreeSet::from([id]));
    let survivor = store::merged_into(conn, scope.environment, &asked)?.remove(&id);
    let Some((survivor, merged)) = survivor.zip(people(conn, scope.environment, &asked)?.remove(&id)) else {
        return meant(request, conn, tab);
    };
    // A merge moves events to the survivor, so a link to an event leads there too.
    let entry = Pairs::default().with("entry", request.query.get("entry"));
    let address = entry.address(&scope.path(&format!("profiles/{survivor}{}", tab.path())));
    // A message that waits to be shown goes first.
    let message = match request.shell.flash {
        Some(_) => None,
        None => Some(format!("{} was merged into this profile.", merged.title())),
    };
    Ok(AppError::SeeOther { address, message })
}

/// The way to whom the address means, where it is not our own id of somebody here: the one person of whom a reference can be, the list of
/// several, or the same profile in the other environment.
fn meant(request: &Request, conn: &mut PgConnection, tab: Tab) -> QueryResult<AppError> {
    let (scope, given) = (request.scope(), request.part("profile"));
    let Ok(reference) = Reference::read(&given, true, request.reading(conn)?) else { return Ok(AppError::NotFound) };
    let found: Vec<ProfileId> = reference.find(conn, scope.environment)?.into_keys().collect();
    let people = scope.path("profiles");
    match found.as_slice() {
        [only] => return Ok(AppError::elsewhere(format!("{people}/{only}{}", tab.path()))),
        [] => {}
        _ => {
            let value = reference.identifiers.first().map(|identifier| identifier.value.as_str()).unwrap_or_default();
            return Ok(AppError::elsewhere(Pairs::default().with("q", value).address(&people)));
        }
    }
    let other = EnvironmentKind::ALL.into_iter().find(|kind| *kind != scope.kind);
    let Some((other, id)) = other.zip(reference.profile) else { return Ok(AppError::NotFound) };
    let Some(environment) = workspaces::find(conn, &scope.workspace.slug, other)? else {
        return Ok(AppError::NotFound);
    };
    // One that was merged there leads on from its own page.
    let is_there = !store::versions(conn, environment, &BTreeSet::from([id]))?.is_empty();
    let address = format!("/{}/{}/profiles/{id}{}", scope.workspace.slug, other.as_str(), tab.path());
    Ok(if is_there { AppError::InOther { environment: other.as_str(), address } } else { AppError::NotFound })
}
