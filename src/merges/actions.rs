//! Merging, undoing, and putting suggestions aside.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde_json::json;

use super::{compare, pages, store};
use crate::{
    auth, console,
    console::Shell,
    db::ids::{MergeId, ProfileId},
    error::AppError,
    ingest::{self, MergeProfile, Statement, Undone},
    ledger::Effect,
    state::AppState,
    web::{FormData, PathId, respond::see_other_saying},
};

const INCOMPLETE: AppError =
    AppError::BadRequest("The form is not complete. Go back, reload the page and send it once more.");

pub async fn merge(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let id = ProfileId::from_path(&request)?;
    let other: ProfileId = sent.parsed("with").ok_or(INCOMPLETE)?;
    let versions = sent.parsed("version").zip(sent.parsed("other_version")).ok_or(INCOMPLETE)?;
    let outcome =
        console::say(&state, &shell.scope, id, Statement::MergeProfile(MergeProfile { other, versions })).await?;
    let said = match outcome.effect {
        Effect::Conflict => return compare::beside(&request, &state, shell, other, StatusCode::CONFLICT).await,
        Effect::Missing => return Err(AppError::NotFound),
        Effect::Unchanged => "They are one profile already.",
        _ => {
            "Both are one profile now. For 30 days you can undo this, under “Merged from” below or in the list of merges."
        }
    };
    let environment = shell.scope.environment;
    let now = state.clock.now();
    state.db.tx(move |conn| store::dismiss(conn, environment, (id, other), Some(now))).await?;
    let survivor = outcome.profile.unwrap_or(id);
    Ok(see_other_saying(&shell.scope.path(&format!("profiles/{survivor}")), said))
}

pub async fn undo(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, merge) = (ProfileId::from_path(&request)?, MergeId::from_path(&request)?);
    let batch = console::batch(&state, &shell.scope).await?;
    match ingest::undo_merge(&state.db, batch, id, merge.0).await? {
        Undone::Restored(restored) => {
            let profile = shell.scope.path(&format!("profiles/{restored}"));
            Ok(see_other_saying(&profile, "The merge is undone: this is a profile of its own again."))
        }
        Undone::Missing => Err(AppError::NotFound),
        Undone::Already | Undone::TooLate | Undone::MergedSince => {
            pages::undo_page(&request, &state, shell, StatusCode::CONFLICT).await
        }
    }
}

/// Puts a suggestion aside, or brings it back.
pub async fn dismiss(state: Data<AppState>, shell: Shell, sent: FormData) -> Result<HttpResponse, AppError> {
    let pair: (ProfileId, ProfileId) = sent.parsed("one").zip(sent.parsed("other")).ok_or(INCOMPLETE)?;
    let (is_dismissed, now) = (sent.get("dismissed") == "yes", state.clock.now());
    let (environment, operator) = (shell.scope.environment, shell.scope.operator.id);
    let known = state.db.tx(move |conn| {
        let known = store::dismiss(conn, environment, pair, is_dismissed.then_some(now))?;
        if known {
            let action = if is_dismissed { "merge suggestion dismissed" } else { "merge suggestion brought back" };
            let detail = json!({ "environment": environment, "profiles": [pair.0, pair.1] });
            auth::audit(conn, Some(operator), action, detail, now)?;
        }
        Ok(known)
    });
    if !known.await? {
        return Err(AppError::NotFound);
    }
    let list = shell.scope.path("merges");
    Ok(match is_dismissed {
        true => see_other_saying(&list, "They stay two people. Under “Dismissed” you can bring the suggestion back."),
        false => see_other_saying(&list, "The suggestion is back."),
    })
}
