//! Pages of the settings.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    form::SettingForm,
    store,
    workspace::{Setting, Whole},
};
use crate::{
    console::{Request, Shell},
    error::AppError,
    web::{Answer, page, page_with},
};

#[derive(Template)]
#[template(path = "settings/index.html")]
struct SettingsPage {
    shell: Shell,
    whole: Whole,
}

impl SettingsPage {
    fn told(&self, setting: &Setting) -> String {
        self.whole.told(*setting)
    }

    fn path(&self) -> String {
        self.shell.scope.path("settings")
    }
}

#[derive(Template)]
#[template(path = "settings/form.html")]
struct FormPage {
    shell: Shell,
    setting: Setting,
    form: SettingForm,
}

impl FormPage {
    fn path(&self) -> String {
        self.shell.scope.path("settings")
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let whole = store::whole(conn, request.scope().workspace.id)?;
    Ok(page(&SettingsPage { shell: request.shell.clone(), whole }))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let setting: Setting = request.id()?;
    let whole = store::whole(conn, request.scope().workspace.id)?;
    Ok(form(request, setting, SettingForm::stored(setting, &whole)))
}

/// The page with a form: the stored value, or what was typed with its problem.
pub fn form(request: &Request, setting: Setting, form: SettingForm) -> Answer {
    let status = if form.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, &FormPage { shell: request.shell.clone(), setting, form })
}
