//! Pages of screen views: the list, and the forms.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    audience::{self, Asked},
    form::ScreenViewForm,
    screen_view::{Listed, ScreenView, Showing},
    store,
};
use crate::{
    attributes::{self, AttributeName},
    auth::Permission,
    console::{Request, Shell},
    db::ids::EnvironmentId,
    error::AppError,
    filter::{Condition, Filter},
    web::{Answer, Now, Timestamp, form::Problems, page, page_with, pairs::Pairs},
};

/// Labels of the attributes that audiences name.
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Those of these audiences: one SQL statement, none if they name no attributes.
    pub fn load<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        audiences: impl Iterator<Item = &'a Filter>,
    ) -> QueryResult<Self> {
        let conditions: Vec<_> = audiences.flat_map(Filter::conditions).collect();
        let attribute = |it: &&'a Condition| match it {
            Condition::Attribute { name, .. } => Some(name.as_str()),
            _ => None,
        };
        let names: Vec<&str> = conditions.iter().filter_map(attribute).collect();
        if names.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let known = attributes::definitions(conn, environment, &names)?;
        Ok(Self(known.into_iter().map(|(name, known)| (name, known.label())).collect()))
    }

    /// An audience in words.
    pub fn words(&self, audience: &Option<Filter>) -> String {
        let label = |name: &str| self.0.get(name).cloned().unwrap_or_else(|| AttributeName::humanise(name));
        match audience {
            Some(filter) if filter.is_everybody() => "Everybody".to_owned(),
            Some(filter) => filter.words(&label),
            None => "Written by a newer version of kith".to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "screen_views/index.html")]
struct IndexPage {
    shell: Shell,
    present: Vec<Asked>,
    archived: Vec<Listed>,
    labels: Labels,
    can_manage: bool,
    now: Now,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("screen-views")
    }

    fn showing(&self, view: &Listed) -> Showing {
        view.showing(self.now.at)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let scope = request.scope();
    let all = store::all(conn, scope.environment)?;
    let (archived, present): (Vec<_>, Vec<_>) = all.into_iter().partition(|view| view.archived_at.is_some());
    let labels = Labels::load(conn, scope.environment, present.iter().filter_map(|view| view.audience.as_ref()))?;
    Ok(page(&IndexPage {
        shell: request.shell.clone(),
        present: audience::asked(conn, scope.environment, present, request.now.at)?,
        archived,
        labels,
        can_manage: scope.role.can(Permission::ManageSegments),
        now: request.now,
    }))
}

#[derive(Template)]
#[template(path = "screen_views/form.html")]
struct FormPage {
    shell: Shell,
    /// The screen view that is changed; `None`: a new one.
    view: Option<ScreenView>,
    form: ScreenViewForm,
}

impl FormPage {
    fn path(&self) -> String {
        let end = self.view.as_ref().map_or_else(|| "new".to_owned(), |view| format!("{}/edit", view.listed.id));
        self.shell.scope.path(&format!("screen-views/{end}"))
    }

    fn back(&self) -> String {
        let end = self.view.as_ref().map_or_else(String::new, |view| format!("/{}", view.listed.id));
        self.shell.scope.path(&format!("screen-views{end}"))
    }
}

fn form(request: &Request, view: Option<ScreenView>, sent: &Pairs, problems: Problems) -> Answer {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = ScreenViewForm::typed(sent, request.now, problems);
    page_with(status, &FormPage { shell: request.shell.clone(), view, form })
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let fresh = || Pairs::default().with("audience", request.query.get("q")).with("priority", "100");
    let sent = request.unsent().map_or_else(fresh, |sent| sent.0.clone());
    Ok(form(request, None, &sent, Problems::default()))
}

/// The form of a new screen view again, with its problems.
pub fn new_again(request: &Request, sent: &Pairs, problems: Problems) -> Answer {
    form(request, None, sent, problems)
}

/// The screen view in the address.
pub fn find(request: &Request, conn: &mut PgConnection) -> Result<ScreenView, AppError> {
    store::find(conn, request.scope().environment, request.id()?)?.ok_or(AppError::NotFound)
}

/// [`find`] in a snapshot of its own.
pub fn asked(request: &Request) -> Result<ScreenView, AppError> {
    request.read(|conn| find(request, conn))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let view = find(request, conn)?;
    let sent = request.unsent().map_or_else(|| ScreenViewForm::pairs(&view, request.now), |sent| sent.0.clone());
    Ok(form(request, Some(view), &sent, Problems::default()))
}

/// The form again, with its problems.
pub fn edit_again(request: &Request, view: ScreenView, sent: &Pairs, problems: Problems) -> Answer {
    form(request, Some(view), sent, problems)
}

#[derive(Template)]
#[template(path = "screen_views/archive.html")]
struct ArchivePage {
    shell: Shell,
    view: ScreenView,
}

impl ArchivePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("screen-views/{}", self.view.listed.id))
    }
}

pub fn archive(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(page(&ArchivePage { shell: request.shell.clone(), view: find(request, conn)? }))
}
