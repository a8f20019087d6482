//! Sends messages to one person, and cancels them.

use super::{Asked, Cancelled, Status, ask, cancel as cancel_in, compose, compose::Composed, store};
use crate::{
    console::Request,
    db::ids::{MessageId, MessageKey, ProfileId},
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Sends the message of the form, or shows how it would look. Nothing is written of one that may not be sent.
pub fn send(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: MessageId =
        sent.parsed("id").ok_or(AppError::BadRequest("The form is incomplete. Reload the page and try again."))?;
    let draft = match request.read(|conn| compose::read(request, conn, id, sent))? {
        Composed::Ready(draft) => draft,
        Composed::Again(page) => return Ok(page),
    };
    let (batch, profile): (_, ProfileId) = (request.batch()?, request.id()?);
    let asked = Asked { environment: batch.environment, by: batch.source, group: batch.group, at: request.now.at };
    let db = &request.state.db;
    let message = db.tx_now(|conn| {
        ask(db, conn, asked, &draft, &[(id, profile)])?;
        store::find(conn, asked.environment, id)
    })?;
    let message = message.ok_or(AppError::NotFound)?;
    let page = request.scope().path(&format!("messages/{id}"));
    let is_later = message.due_at > request.now.at;
    Ok(see_other_saying(
        &page,
        match message.status {
            Status::Dropped => "The message was not sent: see why below.",
            _ if is_later => "Message scheduled.",
            _ => "Message on its way.",
        },
    ))
}

pub fn cancel(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (scope, now) = (request.scope(), request.now.at);
    let id: MessageId = request.id()?;
    let message = request.read(|conn| store::find(conn, scope.environment, id)?.ok_or(AppError::NotFound))?;
    let key = MessageKey { environment: scope.environment, profile: message.profile, message: id };
    let words = format!("Cancelled by {}.", scope.operator.name);
    let done = request.state.db.tx_now(|conn| cancel_in(conn, key, &words, now))?;
    let page = scope.path(&format!("messages/{id}"));
    Ok(see_other_saying(
        &page,
        match done {
            Cancelled::Done => "Message cancelled. It is not sent.",
            Cancelled::TooLate => "Too late to cancel: it is no longer waiting.",
        },
    ))
}
