//! The page with the form for adding an event.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{form::AddForm, typed::Sort};
use crate::{
    console::Request,
    db::ids::new_id,
    error::AppError,
    events::definitions,
    profile_page::{self, Tab, View},
    web::{Answer, page_with},
};

#[derive(Template)]
#[template(path = "events/add.html")]
struct AddPage {
    at: View,
    form: AddForm,
    names: Vec<String>,
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (id, now) = (new_id(request.now.at), request.now);
    let form = request.unsent().map_or_else(|| AddForm::blank(id, now), |sent| AddForm::typed(id, sent, now));
    show(request, conn, StatusCode::OK, form)
}

/// The form as it was typed. Fails as [`profile_page::open`] does.
pub fn show(request: &Request, conn: &mut PgConnection, status: StatusCode, form: AddForm) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Activity)?;
    let names = definitions::event_names(conn, request.scope().environment)?;
    Ok(page_with(status, &AddPage { at, form, names }))
}
