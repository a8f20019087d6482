//! Changes of the catalogue: each is one line of the audit log.

mod channels;
mod purposes;
mod sections;
mod topics;

pub use channels::update_channel;
pub use purposes::{create_purpose, remove_purpose, update_purpose};
pub use sections::{create_section, move_section, remove_section, update_section};
pub use topics::{create_topic, move_topic, retire_topic, update_topic};

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::Catalogue;
use crate::{
    auth::{self, Action, Actor, Place},
    console::Request,
    db::{Decided, ids::WorkspaceId},
    error::AppError,
    web::FormData,
    workspaces,
};

/// What a change did, and the line about it, if it did anything.
type Done<T> = (T, Option<(Action, Value)>);

/// Changes the catalogue while nobody else does, and writes it down.
fn change<T>(
    request: &Request,
    work: impl Fn(&mut PgConnection, WorkspaceId, &Catalogue) -> QueryResult<Done<T>>,
) -> Result<T, AppError> {
    let (workspace, environment, now) = (request.scope().workspace.id, request.scope().environment, request.now.at);
    let by = Actor { place: Place::Workspace(workspace), ..request.actor() };
    let done = request.state.db.tx_now(|conn| {
        workspaces::hold(conn, workspace)?;
        let known = Catalogue::read(conn, environment)?;
        let (done, written) = work(conn, workspace, &known)?;
        if let Some((action, detail)) = written {
            auth::audit(conn, &by, action, detail, now)?;
        }
        Ok(done)
    })?;
    Catalogue::forget(&request.state.db);
    Ok(done)
}

/// The ids in the order in which `id` has changed places with its neighbour; `None`: it stands at that end, or is not among them.
fn moved(mut ids: Vec<i32>, id: i32, sent: &FormData) -> Option<Vec<i32>> {
    let place = ids.iter().position(|it| *it == id)?;
    let other = if sent.get("to") == "up" { place.checked_sub(1)? } else { place + 1 };
    ids.get(other)?;
    ids.swap(place, other);
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pairs::Pairs;

    #[test]
    fn one_changes_places_with_its_neighbour() {
        let to = |id, way: &[u8]| moved(vec![5, 3, 9], id, &FormData(Pairs::parse(way)));
        assert_eq!(to(3, b"to=up"), Some(vec![3, 5, 9]));
        assert_eq!(to(3, b"to=down"), Some(vec![5, 9, 3]));
        assert_eq!((to(5, b"to=up"), to(9, b"to=down"), to(7, b"to=up")), (None, None, None));
    }
}
