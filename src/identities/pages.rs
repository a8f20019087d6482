//! The page of all identifiers and devices of a profile.

use askama::Template;
use diesel::PgConnection;

use super::{
    DeviceCard, IdentifierRow, devices_of,
    listed::{self, OfKind, PAGE},
};
use crate::{
    console::Request,
    error::AppError,
    profile_page::{self, Tab, View},
    web::{Answer, Query, page},
};

const MOST_DEVICES: i64 = 200;

#[derive(Template)]
#[template(path = "identities/index.html")]
struct IdentitiesPage {
    at: View,
    kinds: Vec<OfKind>,
    /// Name of the kind whose identifiers are shown; empty for all.
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

    /// Number of identifiers of the shown kind.
    fn of_kind(&self) -> i64 {
        if self.open.is_empty() {
            return self.total();
        }
        self.kinds.iter().find(|of| of.name() == self.open).map_or(0, |of| of.count)
    }

    fn has_next(&self) -> bool {
        (self.number + 1) * PAGE < self.of_kind()
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let query = &request.query;
    let number = (query.parsed("page").unwrap_or(1) - 1).clamp(0, listed::COUNTED / PAGE);
    let view = profile_page::open(request, conn, Tab::Info)?;
    let at = view.key();
    let kinds = listed::kinds_of(conn, at)?;
    let open = kinds.iter().find(|of| of.name() == query.get("kind")).map(OfKind::name).unwrap_or_default().to_owned();
    let rows = listed::page_of(conn, at, Some(open.as_str()).filter(|kind| !kind.is_empty()), number)?;
    let devices = DeviceCard::new(devices_of(conn, at, MOST_DEVICES)?, request.now);
    Ok(page(&IdentitiesPage { at: view, kinds, open, number, rows, devices }))
}
