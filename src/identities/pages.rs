//! All identifiers and devices of a person.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::{
    DeviceCard, IdentifierRow, Kind, devices_of,
    listed::{self, OfKind, PAGE},
};
use crate::{
    console::Shell,
    db::ids::ProfileId,
    error::AppError,
    profile_page::{self, Header, Tab, View},
    state::AppState,
    web::{PathId, Query, page},
};

/// Devices shown.
const MOST_DEVICES: i64 = 200;

#[derive(Template)]
#[template(path = "identities/index.html")]
struct IdentitiesPage {
    at: View,
    kinds: Vec<OfKind>,
    /// The one that is open.
    open: String,
    number: i64,
    rows: Vec<IdentifierRow>,
    devices: DeviceCard,
}

impl IdentitiesPage {
    fn can_edit(&self) -> bool {
        self.at.shell.scope.role.can_edit()
    }

    fn total(&self) -> i64 {
        self.kinds.iter().map(|of| of.count).sum()
    }

    fn path(&self) -> String {
        format!("{}/identities", self.at.path())
    }

    fn link(&self, kind: &str, number: i64) -> String {
        let query = Query::default().with("kind", kind);
        let query = if number > 0 { query.with("page", &(number + 1).to_string()) } else { query };
        query.address(&self.path())
    }

    /// Of how many of this kind these are some.
    fn of_kind(&self) -> i64 {
        self.kinds.iter().find(|of| of.name() == self.open).map_or(0, |of| of.count)
    }

    fn has_next(&self) -> bool {
        (self.number + 1) * PAGE < self.of_kind()
    }
}

pub async fn index(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let (scope, asked) = (shell.scope.clone(), query.get("kind").to_owned());
    let number = (query.parsed("page").unwrap_or(1) - 1).clamp(0, listed::COUNTED / PAGE);
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Info, now)? else { return Ok(None) };
        let at = (scope.environment, id);
        let kinds = listed::kinds_of(conn, at)?;
        let open = kinds.iter().find(|of| of.name() == asked).or_else(|| kinds.first());
        let open = open.map_or_else(|| Kind::Id.as_str().to_owned(), |of| of.name().to_owned());
        let rows = listed::page_of(conn, at, &open, number)?;
        Ok(Some((frame, kinds, open, rows, devices_of(conn, at, MOST_DEVICES)?)))
    });
    let Some((frame, kinds, open, rows, devices)) = loaded.await? else {
        return profile_page::redirect_if_merged(&state, &shell, id, Tab::Info).await;
    };
    let devices = DeviceCard::new(devices, now);
    Ok(page(&IdentitiesPage { at: View { shell, frame, now }, kinds, open, number, rows, devices }))
}
