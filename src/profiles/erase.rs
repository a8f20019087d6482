//! Erases somebody: everything about them is removed for good. Asked for by what they are called, typed once more.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;
use serde_json::json;

use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::ProfileId,
    error::AppError,
    ingest::Statement,
    ledger::Effect,
    profile_page::{self, Tab, View},
    web::{
        Answer, Field, FormData,
        form::{Control, Problems},
        page_with,
        respond::see_other_saying,
    },
};

#[derive(Template)]
#[template(path = "profiles/erase.html")]
struct ErasePage {
    at: View,
    confirm: Field,
    /// Whether their identifiers are to be refused from then on.
    block: bool,
    problems: Problems,
}

fn show(
    request: &Request,
    conn: &mut PgConnection,
    typed: &str,
    block: bool,
    problems: Problems,
) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let confirm = Field::new("confirm", format!("Type “{}” to confirm", at.frame.title()), Control::Text)
        .value(typed)
        .problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &ErasePage { at, confirm, block, problems }))
}

/// The question before it.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, "", false, Problems::default())
}

/// Erases the person, if what was typed is what they are called. The audit log tells that it was done, by whom and when, not to whom.
pub fn erase(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (typed, block) = (sent.get("confirm"), sent.get("block") == "yes");
    let title = request.read(|conn| Ok(profile_page::open(request, conn, Tab::Info)?.frame.title().to_owned()))?;
    if typed.trim() != title.trim() {
        let mut problems = Problems::default();
        problems.add("confirm", format!("Type “{title}” exactly as it is written here, or cancel."));
        return request.read(|conn| show(request, conn, typed, block, Problems(problems.0.clone())));
    }
    let profile: ProfileId = request.id()?;
    let outcome = request.say(profile, Statement::Delete { block })?;
    let people = request.scope().path("profiles");
    if !matches!(outcome.effect, Effect::Changed | Effect::Created) {
        return Ok(see_other_saying(&people, "This person was erased already."));
    }
    let detail = json!({ "blocked": block });
    request
        .state
        .db
        .tx_now(|conn| auth::audit(conn, &request.actor(), Action::PersonErased, detail.clone(), request.now.at))?;
    Ok(see_other_saying(&people, "Erased. Nothing about this person is left."))
}
