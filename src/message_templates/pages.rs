//! Pages of templates. Everybody reads and writes them.

use std::{fmt, str::FromStr};

use actix_web::http::StatusCode;
use askama::Template as Page;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    Template,
    form::{self, TemplateForm},
    store::{self, Listed},
};
use crate::{
    console::{Request, Shell},
    db::{Decided, ids::MessageTemplateId},
    error::AppError,
    subscriptions::Medium,
    topics::Catalogue,
    web::{Answer, Now, PathId, Timestamp, form::Problems, page, page_with, pairs::Pairs},
};

/// Number of a version in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionNumber(i32);

impl FromStr for VersionNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PathId for VersionNumber {
    const PART: &str = "version";
}

/// Languages of a template, in words.
pub fn languages<'a>(tags: impl IntoIterator<Item = &'a str>) -> String {
    tags.into_iter().map(|tag| if tag.is_empty() { "not said" } else { tag }).collect::<Vec<_>>().join(", ")
}

#[derive(Page)]
#[template(path = "message_templates/index.html")]
struct IndexPage {
    shell: Shell,
    present: Vec<Listed>,
    archived: Vec<Listed>,
    channel: Option<Medium>,
    topics: std::sync::Arc<Catalogue>,
    can_change: bool,
    now: Now,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("templates")
    }

    fn topic(&self, it: &Listed) -> String {
        it.topic.as_ref().map(|topic| self.topics.rules.topic_name(topic).to_owned()).unwrap_or_default()
    }

    fn languages(&self, it: &Listed) -> String {
        languages(it.newest.languages.iter().map(String::as_str))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

/// The channel that a form or an address names.
pub fn channel(sent: &Pairs) -> Option<Medium> {
    Medium::parse(sent.get("channel")).ok()
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let scope = request.scope();
    let channel = channel(&request.query);
    let all = store::list(conn, scope.workspace.id, channel)?;
    let (archived, present) = all.into_iter().partition(|it| it.is_archived);
    Ok(page(&IndexPage {
        shell: request.shell.clone(),
        present,
        archived,
        channel,
        topics: topics(request, conn)?,
        can_change: scope.role.can(crate::auth::Permission::ManageTemplates),
        now: request.now,
    }))
}

fn topics(request: &Request, conn: &mut PgConnection) -> Result<std::sync::Arc<Catalogue>, AppError> {
    Ok(Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?)
}

#[derive(Page)]
#[template(path = "message_templates/channel.html")]
struct ChannelPage {
    shell: Shell,
}

impl ChannelPage {
    fn path(&self, channel: &Medium) -> String {
        Pairs::default().with("channel", channel.as_str()).address(&self.shell.scope.path("templates/new"))
    }
}

#[derive(Page)]
#[template(path = "message_templates/form.html")]
struct FormPage {
    shell: Shell,
    /// The template that is changed; `None`: a new one.
    template: Option<Template>,
    form: TemplateForm,
}

impl FormPage {
    fn path(&self) -> String {
        let end = self.template.as_ref().map_or_else(|| "new".to_owned(), |it| format!("{}/edit", it.id));
        self.shell.scope.path(&format!("templates/{end}"))
    }

    fn back(&self) -> String {
        let end = self.template.as_ref().map_or_else(String::new, |it| format!("/{}", it.id));
        self.shell.scope.path(&format!("templates{end}"))
    }
}

fn form_page(
    request: &Request,
    conn: &mut PgConnection,
    (template, channel): (Option<Template>, Medium),
    sent: &Pairs,
    problems: Problems,
) -> Result<Answer, AppError> {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = TemplateForm::typed(sent, channel, &*topics(request, conn)?, problems);
    Ok(page_with(status, &FormPage { shell: request.shell.clone(), template, form }))
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let sent = request.unsent().map_or_else(|| request.query.0.clone(), |sent| sent.0.clone());
    match channel(&sent) {
        Some(channel) => form_page(request, conn, (None, channel), &sent, Problems::default()),
        None => Ok(page(&ChannelPage { shell: request.shell.clone() })),
    }
}

/// The form of a new template again, as it was typed.
pub fn new_again(request: &Request, sent: &Pairs, problems: Problems) -> Result<Answer, AppError> {
    let channel = channel(sent).ok_or(AppError::NotFound)?;
    request.read(|conn| form_page(request, conn, (None, channel), sent, Problems(problems.0.clone())))
}

/// The template in the address.
pub fn find(request: &Request, conn: &mut PgConnection) -> Result<Template, AppError> {
    let id: MessageTemplateId = request.id()?;
    store::find(conn, request.scope().workspace.id, id)?.ok_or(AppError::NotFound)
}

/// [`find`] in a snapshot of its own.
pub fn asked(request: &Request) -> Result<Template, AppError> {
    request.read(|conn| find(request, conn))
}

fn find_version(request: &Request, conn: &mut PgConnection) -> Result<Template, AppError> {
    let (id, VersionNumber(version)) = (request.id()?, request.id()?);
    store::find_version(conn, request.scope().workspace.id, id, version)?.ok_or(AppError::NotFound)
}

/// The version in the address, in a snapshot of its own.
pub fn asked_version(request: &Request) -> Result<Template, AppError> {
    request.read(|conn| find_version(request, conn))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let template = find(request, conn)?;
    let sent = request.unsent().map_or_else(|| form::pairs(&template), |sent| sent.0.clone());
    let channel = template.channel;
    form_page(request, conn, (Some(template), channel), &sent, Problems::default())
}

/// The form again, as it was typed.
pub fn edit_again(
    request: &Request,
    template: &Template,
    sent: &Pairs,
    problems: Problems,
) -> Result<Answer, AppError> {
    let of = || (Some(template.clone()), template.channel);
    request.read(|conn| form_page(request, conn, of(), sent, Problems(problems.0.clone())))
}

#[derive(Page)]
#[template(path = "message_templates/version.html")]
struct VersionPage {
    shell: Shell,
    /// With the words of the version.
    template: Template,
    newest: i32,
    can_change: bool,
}

impl VersionPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("templates/{}", self.template.id))
    }
}

pub fn version(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (newest, template) = (find(request, conn)?.version, find_version(request, conn)?);
    let can_change = request.scope().role.can(crate::auth::Permission::ManageTemplates);
    Ok(page(&VersionPage { shell: request.shell.clone(), template, newest, can_change }))
}

#[derive(Page)]
#[template(path = "message_templates/archive.html")]
struct ArchivePage {
    shell: Shell,
    template: Template,
}

impl ArchivePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("templates/{}", self.template.id))
    }
}

pub fn archive(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(page(&ArchivePage { shell: request.shell.clone(), template: find(request, conn)? }))
}
