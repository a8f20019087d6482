//! Actions of the page of what the provider of an account tells.

use super::{pages, sign::p256_point};
use crate::{
    auth::{Actor, Place},
    console::Request,
    error::AppError,
    sending_accounts::{
        FeedbackFormat, Sealed, Secret, Vault,
        feedback::{self, Hook},
        store::Author,
    },
    web::{Answer, FormData, form::Problems, respond::see_other_saying},
};

/// The operator, for the audit log.
fn author(request: &Request) -> Author {
    let actor = Actor { place: Place::Workspace(request.scope().workspace.id), ..request.actor() };
    Author { actor, at: request.now.at }
}

fn to_page(request: &Request, hook: &Hook, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("sending/{}/feedback", hook.account)), message)
}

/// The key that was typed, encrypted; `None`: a stored one stays, or none is needed.
fn key(request: &Request, hook: &Hook, format: FeedbackFormat, sent: &FormData) -> Result<Option<Sealed>, String> {
    let (Some(name), typed) = (format.key(), sent.get("key")) else { return Ok(None) };
    if typed.is_empty() {
        // A key of another provider opens nothing here.
        let is_kept = hook.key.is_some() && hook.format == format;
        let rule = || format!("Enter the {name} of {}: without it nobody knows who calls.", format.label());
        return is_kept.then_some(None).ok_or_else(rule);
    }
    if format == FeedbackFormat::Sendgrid && p256_point(typed).is_none() {
        return Err("This is no verification key of SendGrid: it is a long text that begins with MFkw.".to_owned());
    }
    let secret = Secret::new(typed)?;
    let sealed = Vault::of(&request.state.config).and_then(|vault| vault.seal(hook.account, &secret));
    sealed.map(Some).map_err(|locked| locked.to_string())
}

/// Stores format and key.
pub fn save(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let hook = request.read(|conn| pages::asked(request, conn))?;
    let mut problems = Problems::default();
    let format = sent.parsed::<FeedbackFormat>("format").filter(|it| FeedbackFormat::of(hook.channel).contains(it));
    let Some(format) = format else {
        problems.add("format", "Choose one of these formats.");
        return pages::show_again(request, &hook, sent, &problems);
    };
    let key = match key(request, &hook, format, sent) {
        Ok(key) => key,
        Err(rule) => {
            problems.add("key", rule);
            return pages::show_again(request, &hook, sent, &problems);
        }
    };
    let by = author(request);
    let is_there = request.state.db.tx_now(|conn| feedback::set(conn, &hook, format, key.as_ref(), &by))?;
    if is_there { Ok(to_page(request, &hook, "Saved.")) } else { Err(AppError::NotFound) }
}

/// Replaces the address.
pub fn replace(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let hook = request.read(|conn| pages::asked(request, conn))?;
    let by = author(request);
    let is_there = request.state.db.tx_now(|conn| feedback::replace(conn, &hook, &by))?;
    let message = "The address is replaced. Enter the new one at the provider: the old one is worth nothing.";
    if is_there { Ok(to_page(request, &hook, message)) } else { Err(AppError::NotFound) }
}
