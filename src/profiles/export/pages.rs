//! The form of an export.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{columns::Fixed, form::ExportForm};
use crate::{
    attributes,
    console::{Request, Shell},
    error::AppError,
    filter::FilterError,
    web::{Answer, file::Format, page_with},
};

#[derive(Template)]
#[template(path = "profiles/export.html")]
struct ExportPage {
    shell: Shell,
    form: ExportForm,
    /// Why the filter selects nobody.
    filter_error: Option<FilterError>,
}

impl ExportPage {
    fn has(&self, column: &Fixed) -> bool {
        self.form.columns.has(*column)
    }

    fn is_format(&self, format: &Format) -> bool {
        self.form.format == *format
    }
}

/// What to take, for whom the list shows.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = attributes::all(conn, request.scope().environment)?;
    let role = request.scope().role;
    let form = match request.unsent() {
        Some(sent) => ExportForm::sent(sent, known, role),
        None => ExportForm::usual(&request.query, known, role),
    };
    Ok(show(request, form, None))
}

/// The form, with its problems.
pub fn show(request: &Request, form: ExportForm, filter_error: Option<FilterError>) -> Answer {
    let is_fine = form.problems.is_empty() && filter_error.is_none();
    let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, &ExportPage { shell: request.shell.clone(), form, filter_error })
}
