//! What the forms of corrections do.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use serde_json::json;

use super::{
    form::{Sent, Verdict},
    pages,
    store::Present,
};
use crate::{
    attributes::{self, AttributeName},
    auth, console,
    console::Shell,
    db::ids::ProfileId,
    error::AppError,
    ingest::{self, Item, Person, Statement},
    ledger::Effect,
    profile_page::{Tab, View, redirect_if_merged},
    registers::Correction,
    state::AppState,
    web::{
        FormData, PathId, Problem, page,
        respond::{see_other_offering, see_other_saying},
    },
};

/// How often a form is held against what others saved between the look and the writing.
const ATTEMPTS: usize = 5;

/// What all fields of a form amount to.
#[derive(Default)]
struct Amount {
    fixes: Vec<Correction>,
    labels: Vec<String>,
    conflicts: Vec<usize>,
    problems: Vec<Problem>,
}

fn amount(sent: &[Sent], now: &Present, is_removal: bool) -> Amount {
    let mut amount = Amount::default();
    for (place, field) in sent.iter().enumerate() {
        match field.judge(now, place, is_removal) {
            Verdict::Nothing => {}
            Verdict::Fix(fix) => {
                amount.fixes.push(fix);
                amount.labels.push(field.of.label(now));
            }
            Verdict::Conflict => amount.conflicts.push(place),
            Verdict::Wrong(problem) => amount.problems.push(problem),
        }
    }
    amount
}

/// Saves what was changed. Who changed the same meanwhile is shown; whoever does so between the look and the writing is noticed by
/// the writing, and then looked at again.
pub async fn save(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    form: FormData,
) -> Result<HttpResponse, AppError> {
    let (id, is_removal) = (ProfileId::from_path(&request)?, form.get("remove") == "yes");
    let sent: Vec<Sent> = Sent::all(&form);
    let sent: Vec<Sent> = if is_removal { sent.into_iter().map(Sent::emptied).collect() } else { sent };
    for _ in 0..ATTEMPTS {
        let (scope, made, names) = (shell.scope.clone(), shell.now(&state.clock), attribute_names(&sent));
        let loaded = state.db.read(move |conn| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Present::load(conn, &scope, id, &names, made)
        });
        let Some(now) = loaded.await? else { return redirect_if_merged(&state, &shell, id, Tab::Info).await };
        let path = now.frame.path(&Tab::Info);
        let Amount { fixes, labels, conflicts, problems } = amount(&sent, &now, is_removal);
        if !conflicts.is_empty() || !problems.is_empty() {
            return Ok(pages::again(shell, &state, now, &sent, (problems, conflicts)));
        }
        if fixes.is_empty() {
            return Ok(see_other_saying(&path, "Nothing changed."));
        }
        let batch = console::batch(&state, &shell.scope).await?;
        let undo = format!("{}/groups/{}/undo", now.frame.path(&Tab::History), batch.group);
        let item = Item { person: Person::Profile(id), as_of: batch.received_at, statement: Statement::Correct(fixes) };
        let outcomes = ingest::submit(&state.db, batch, vec![item]).await?;
        match outcomes.first().map(|outcome| outcome.effect) {
            Some(Effect::Conflict | Effect::Fixed) => {}
            Some(Effect::Missing) | None => return Err(AppError::NotFound),
            _ => return Ok(see_other_offering(&path, &told(&labels, is_removal), &undo)),
        }
    }
    Err(AppError::BadRequest(
        "Others change the same all the time. Nothing was saved; reload the form and try once more.",
    ))
}

fn attribute_names(sent: &[Sent]) -> Vec<String> {
    let name = |sent: &Sent| match &sent.of {
        super::form::Subject::Attribute(name) => Some(name.as_str().to_owned()),
        super::form::Subject::Address(_) => None,
    };
    sent.iter().filter_map(name).collect()
}

/// "Plan and Company saved."
fn told(labels: &[String], is_removal: bool) -> String {
    let done = if is_removal { "removed" } else { "saved" };
    match labels {
        [only] => format!("{only} {done}."),
        [one, other] => format!("{one} and {other} {done}."),
        _ => format!("{} values {done}.", labels.len()),
    }
}

#[derive(Template)]
#[template(path = "profiles/revealed.html")]
struct RevealedPage {
    at: View,
    label: String,
    value: String,
}

/// Shows one hidden value, and writes down who looked.
pub async fn reveal(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    form: FormData,
) -> Result<HttpResponse, AppError> {
    let (id, made) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    let name = AttributeName::new(form.get("name")).map_err(|_| AppError::NotFound)?;
    let (scope, asked) = (shell.scope.clone(), name.clone());
    let loaded = state.db.tx(move |conn| {
        let found = Present::load(conn, &scope, id, &[asked.as_str()], made)?;
        if found.as_ref().is_some_and(|now| now.values.contains_key(asked.as_str())) {
            let detail = json!({ "environment": scope.environment, "profile": id, "attribute": asked.as_str() });
            auth::audit(conn, Some(scope.operator.id), "reveal", detail, made.at)?;
        }
        Ok(found)
    });
    let Some(now) = loaded.await? else { return redirect_if_merged(&state, &shell, id, Tab::Info).await };
    let value = now.values.get(name.as_str()).map(attributes::show).ok_or(AppError::NotFound)?;
    let label = super::form::Subject::Attribute(name).label(&now);
    Ok(page(&RevealedPage { at: View { shell, frame: now.frame, now: made }, label, value }))
}
