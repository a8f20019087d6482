//! The forms of sections.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use crate::{
    console::{Request, Shell},
    db::{Decided, ids::SectionId},
    error::AppError,
    topics::{Catalogue, Section, form::SectionForm},
    web::{Answer, form::Problems, page_with},
};

#[derive(Template)]
#[template(path = "topics/section.html")]
struct SectionPage {
    shell: Shell,
    /// `None`: a new one.
    own: Option<Section>,
    form: SectionForm,
}

impl SectionPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    /// Where the form is sent to.
    fn action(&self) -> String {
        let part = self.own.as_ref().map_or("new".to_owned(), |section| section.id.to_string());
        format!("{}/sections/{part}", self.path())
    }
}

fn form(request: &Request, status: StatusCode, own: Option<Section>, form: SectionForm) -> Answer {
    page_with(status, &SectionPage { shell: request.shell.clone(), own, form })
}

pub fn new_section(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let typed = request.unsent().cloned().unwrap_or_default();
    Ok(form(request, StatusCode::OK, None, SectionForm::typed(&typed, Problems::default())))
}

pub fn edit_section(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id: SectionId = request.id()?;
    let known = Catalogue::read(conn, request.scope().environment)?;
    let own = known.sections.into_iter().find(|section| section.id == id).ok_or(AppError::NotFound)?;
    let typed = request.unsent().map(|sent| SectionForm::typed(sent, Problems::default()));
    let typed = typed.unwrap_or_else(|| SectionForm::of(&own));
    Ok(form(request, StatusCode::OK, Some(own), typed))
}

/// The form again, with its problems.
pub fn section_again(request: &Request, own: Option<Section>, typed: SectionForm) -> Answer {
    form(request, StatusCode::UNPROCESSABLE_ENTITY, own, typed)
}
