//! Merges profiles, undoes merges, and dismisses suggestions.

use actix_web::http::StatusCode;
use serde_json::json;

use super::{compare, pages, store};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::{MergeId, ProfileId},
    error::AppError,
    ingest::{self, MergeProfile, Statement, Undone},
    ledger::Effect,
    web::{Answer, FormData, respond::see_other_saying},
};

const INCOMPLETE: AppError = AppError::BadRequest("The form is incomplete. Go back, reload the page and try again.");

pub fn merge(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id = request.id()?;
    let other: ProfileId = sent.parsed("with").ok_or(INCOMPLETE)?;
    let versions = sent.parsed("version").zip(sent.parsed("other_version")).ok_or(INCOMPLETE)?;
    let outcome = request.say(id, Statement::MergeProfile(MergeProfile { other, versions }))?;
    let said = match outcome.effect {
        Effect::Conflict => {
            return request.read(|conn| compare::beside(request, conn, other, StatusCode::CONFLICT));
        }
        Effect::Missing => return Err(AppError::NotFound),
        Effect::Unchanged => "These profiles are already merged.",
        _ => "Profiles merged. You can undo this for 30 days under “Merged from” below or on the Merges page.",
    };
    let (environment, now) = (request.scope().environment, request.now.at);
    request.state.db.tx_now(|conn| store::dismiss(conn, environment, id, other, Some(now)))?;
    let survivor = outcome.profile.unwrap_or(id);
    Ok(see_other_saying(&request.scope().path(&format!("profiles/{survivor}")), said))
}

pub fn undo(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let merge: MergeId = request.id()?;
    match ingest::undo_merge(&request.state.db, &request.batch()?, request.id()?, merge.0)? {
        Undone::Restored(restored) => {
            let profile = request.scope().path(&format!("profiles/{restored}"));
            Ok(see_other_saying(&profile, "Merge undone. This is a separate profile again."))
        }
        Undone::Missing => Err(AppError::NotFound),
        Undone::Already(_) | Undone::TooLate | Undone::MergedSince | Undone::Changed => {
            request.read(|conn| pages::undo_page(request, conn, StatusCode::CONFLICT))
        }
    }
}

/// Dismisses a suggestion, or brings a dismissed one back.
pub fn dismiss(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (one, other): (ProfileId, ProfileId) = sent.parsed("one").zip(sent.parsed("other")).ok_or(INCOMPLETE)?;
    let (is_dismissed, now) = (sent.get("dismissed") == "yes", request.now.at);
    let environment = request.scope().environment;
    let known = request.state.db.tx_now(|conn| {
        let known = store::dismiss(conn, environment, one, other, is_dismissed.then_some(now))?;
        if known {
            let action = if is_dismissed { Action::SuggestionDismissed } else { Action::SuggestionBroughtBack };
            auth::audit(conn, &request.actor(), action, json!({ "profiles": [one, other] }), now)?;
        }
        Ok(known)
    })?;
    if !known {
        return Err(AppError::NotFound);
    }
    let list = request.scope().path("merges");
    Ok(match is_dismissed {
        true => see_other_saying(&list, "Suggestion dismissed. You can restore it under “Dismissed”."),
        false => see_other_saying(&list, "Suggestion restored."),
    })
}
