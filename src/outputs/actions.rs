//! Actions of the pages of webhooks.

use chrono::TimeDelta;
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    Secret, Webhook,
    deliveries::{self, KEPT_DAYS, MOST_AGAIN},
    form::WebhookForm,
    pages,
    store::{self, Added, Author},
    webhook::MOST,
};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::{WebhookId, WebhookKey},
    error::AppError,
    web::{Answer, FormData, outbound::Reach, respond::see_other_saying, words::counted},
};

/// The operator, for the audit log.
fn author(request: &Request) -> Author {
    Author { actor: request.actor(), key: None, at: request.now.at }
}

/// The webhook in the address.
fn asked(request: &Request) -> Result<(WebhookKey, Webhook), AppError> {
    let webhook = request.read(|conn| pages::asked(request, conn))?;
    Ok((pages::key(request)?, webhook))
}

fn to_page(request: &Request, id: WebhookId, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("webhooks/{id}")), message)
}

fn to_list(request: &Request, message: &str) -> Answer {
    see_other_saying(&request.scope().path("webhooks"), message)
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: WebhookId =
        sent.parsed("id").ok_or(AppError::BadRequest("This form is incomplete. Reload the page and try again."))?;
    let draft = match WebhookForm::parse(id, sent, Reach::of(&request.state.config)) {
        Ok(draft) => draft,
        Err(form) => return pages::form_again(request, None, *form),
    };
    let key = WebhookKey { environment: request.scope().environment, webhook: id };
    let (by, secret) = (author(request), Secret::random());
    let added = request.state.db.tx_now(|conn| store::add(conn, key, &draft, &secret, &by))?;
    Ok(match added {
        Added::New => to_page(request, id, "Webhook created. Give its secret to the receiver, then send a test."),
        Added::Known => to_page(request, id, "This webhook was already created."),
        Added::Full => {
            to_list(request, &format!("There are {MOST} webhooks already, which is the limit. Delete one first."))
        }
    })
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (key, webhook) = asked(request)?;
    let draft = match WebhookForm::parse(webhook.id, sent, Reach::of(&request.state.config)) {
        Ok(draft) => draft,
        Err(form) => return pages::form_again(request, Some(webhook.name().to_owned()), *form),
    };
    if draft == webhook.draft {
        return Ok(to_page(request, webhook.id, "Nothing changed."));
    }
    let by = author(request);
    if !request.state.db.tx_now(|conn| store::change(conn, key, &draft, &by))? {
        return Err(AppError::NotFound);
    }
    Ok(to_page(request, webhook.id, "Webhook saved."))
}

pub fn turn(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let ((key, webhook), is_on) = (asked(request)?, sent.get("on") == "yes");
    let by = author(request);
    let turned = request.state.db.tx_now(|conn| store::turn(conn, key, is_on, &by))?;
    let message = match (turned.is_some(), is_on) {
        (false, _) => "Nothing changed.",
        (true, true) => "Webhook turned on. What happened while it was off is not sent.",
        (true, false) => "Webhook turned off. Nothing is sent until you turn it on.",
    };
    Ok(to_page(request, webhook.id, message))
}

pub fn test(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (key, webhook) = asked(request)?;
    if !webhook.is_on() {
        return Ok(to_page(request, webhook.id, "The webhook is off. Turn it on first."));
    }
    let now = request.now.at;
    request.state.db.tx_now(|conn| deliveries::add_test(conn, key, now))?;
    Ok(to_page(request, webhook.id, "A test is on its way. Reload the page in a moment to see the answer."))
}

/// Shows the secret. It is an action and no page, since who has it can forge messages: the audit log tells who looked.
pub fn show_secret(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (_, webhook) = asked(request)?;
    let by = author(request);
    request.state.db.tx_now(|conn| store::note_shown(conn, &webhook, &by))?;
    Ok(pages::secret(request, webhook))
}

pub fn replace_secret(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (key, webhook) = asked(request)?;
    // Of two replacements in a row the receiver would know neither.
    if webhook.secrets.old.as_ref().is_some_and(|(_, until)| *until > request.now.at) {
        return Ok(to_page(
            request,
            webhook.id,
            "The secret was replaced less than a day ago. Wait until the old one has ended.",
        ));
    }
    let (by, secret) = (author(request), Secret::random());
    request.state.db.tx_now(|conn| store::rotate(conn, key, &secret, &by))?;
    Ok(to_page(request, webhook.id, "Secret replaced. For 24 hours messages are signed with the old one, too."))
}

/// Has messages sent again, and notes how many.
fn send(
    request: &Request,
    work: impl Fn(&mut PgConnection, WebhookKey) -> QueryResult<usize>,
) -> Result<Answer, AppError> {
    let ((key, webhook), by) = (asked(request)?, author(request));
    let count = request.state.db.tx_now(|conn| {
        let count = work(conn, key)?;
        if count > 0 {
            let what = counted(count as i64, "message", "messages");
            let detail = json!({ "webhook": webhook.id, "name": webhook.name(), "what": what });
            auth::audit(conn, &by.actor, Action::WebhookSentAgain, detail, by.at)?;
        }
        Ok(count)
    })?;
    let off = if webhook.is_on() { "" } else { " The webhook is off: they are sent when you turn it on." };
    let message = match count {
        0 => "There is nothing to send again.".to_owned(),
        1 => format!("The message is sent again in a moment.{off}"),
        n if n as i64 == MOST_AGAIN => {
            format!("The oldest {n} messages are sent again. Repeat this for the others when they are through.{off}")
        }
        n => format!("{n} messages are sent again.{off}"),
    };
    Ok(to_page(request, webhook.id, &message))
}

pub fn send_again(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (message, now) = (request.id()?, request.now.at);
    send(request, |conn, key| deliveries::again(conn, key, message, now).map(usize::from))
}

pub fn send_failed_again(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (now, longest) = (request.now.at, KEPT_DAYS * 24);
    let hours = sent.parsed::<i64>("hours").filter(|hours| (1..=longest).contains(hours)).unwrap_or(24);
    send(request, |conn, key| deliveries::again_since(conn, key, now - TimeDelta::hours(hours), now))
}

pub fn delete(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (key, by) = (pages::key(request)?, author(request));
    match request.state.db.tx_now(|conn| store::delete(conn, key, &by))? {
        Some(name) => Ok(to_list(request, &format!("Webhook {name} deleted."))),
        None => Ok(to_list(request, "The webhook no longer exists.")),
    }
}
