//! The list of webhooks, and the forms of one.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{Listed, MOST, State, Switch, Webhook, form::WebhookForm, store};
use crate::{
    console::{Request, Shell},
    db::ids::{SegmentId, WebhookId, WebhookKey, new_id},
    error::AppError,
    segments,
    web::{Answer, Now, Timestamp, page, page_with},
};

#[derive(Template)]
#[template(path = "outputs/index.html")]
struct WebhooksPage {
    shell: Shell,
    webhooks: Vec<Listed>,
    now: Now,
}

impl WebhooksPage {
    fn path(&self) -> String {
        self.shell.scope.path("webhooks")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn is_full(&self) -> bool {
        self.webhooks.len() >= MOST
    }
}

#[derive(Template)]
#[template(path = "outputs/form.html")]
struct FormPage {
    shell: Shell,
    /// Name of the webhook; `None` for a new one.
    name: Option<String>,
    form: WebhookForm,
    /// Segments to choose from.
    segments: Vec<(SegmentId, String)>,
}

impl FormPage {
    /// Chosen segments that are archived: they stay chosen.
    fn kept(&self) -> impl Iterator<Item = &SegmentId> {
        self.form.chosen.iter().filter(|id| self.segments.iter().all(|(known, _)| known != *id))
    }

    fn path(&self) -> String {
        let list = self.shell.scope.path("webhooks");
        if self.name.is_some() { format!("{list}/{}", self.form.id) } else { list }
    }

    fn action(&self) -> String {
        let last = if self.name.is_some() { "edit" } else { "new" };
        format!("{}/{last}", self.path())
    }
}

#[derive(Template)]
#[template(path = "outputs/delete.html")]
struct DeletePage {
    shell: Shell,
    webhook: Webhook,
}

#[derive(Template)]
#[template(path = "outputs/secret.html")]
struct SecretPage {
    shell: Shell,
    webhook: Webhook,
    now: Now,
}

impl SecretPage {
    /// The secret before, and the end of its time.
    fn old(&self) -> Option<(String, Timestamp)> {
        let (secret, until) = self.webhook.secrets.old.as_ref()?;
        (*until > self.now.at).then(|| (secret.text(), Timestamp::new(*until, self.now)))
    }
}

/// The webhook in the address, as tables know it.
pub fn key(request: &Request) -> Result<WebhookKey, AppError> {
    Ok(WebhookKey { environment: request.scope().environment, webhook: request.id()? })
}

/// The webhook in the address.
pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<Webhook, AppError> {
    store::find(conn, key(request)?)?.ok_or(AppError::NotFound)
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let webhooks = store::list(conn, request.scope().environment)?;
    Ok(page(&WebhooksPage { shell: request.shell.clone(), webhooks, now: request.now }))
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id = WebhookId(new_id(request.now.at));
    let typed = |sent| WebhookForm::typed(id, sent, Default::default());
    let form = request.unsent().map_or_else(|| WebhookForm::blank(id), typed);
    let segments = segments::named(conn, request.scope().environment)?;
    Ok(page(&FormPage { shell: request.shell.clone(), name: None, form, segments }))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let webhook = asked(request, conn)?;
    let typed = |sent| WebhookForm::typed(webhook.id, sent, Default::default());
    let form = request.unsent().map_or_else(|| WebhookForm::of(&webhook), typed);
    let segments = segments::named(conn, request.scope().environment)?;
    Ok(page(&FormPage { shell: request.shell.clone(), name: Some(webhook.name().to_owned()), form, segments }))
}

/// The form again, with its problems; `name` is that of a stored webhook.
pub fn form_again(request: &Request, name: Option<String>, form: WebhookForm) -> Result<Answer, AppError> {
    let segments = request.read(|conn| Ok(segments::named(conn, request.scope().environment)?))?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: request.shell.clone(), name, form, segments }))
}

pub fn confirm_delete(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let webhook = asked(request, conn)?;
    Ok(page(&DeletePage { shell: request.shell.clone(), webhook }))
}

/// The page of the secret. Like every page it is not stored by browsers or proxies.
pub fn secret(request: &Request, webhook: Webhook) -> Answer {
    page(&SecretPage { shell: request.shell.clone(), webhook, now: request.now })
}
