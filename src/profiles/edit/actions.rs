//! Saves the forms for editing, and shows hidden values.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;
use serde_json::json;

use super::{
    form::{Sent, Verdict},
    pages,
    store::Present,
};
use crate::{
    attributes::{self, AttributeName},
    auth::{self, Action},
    console::Request,
    error::AppError,
    ingest::Statement,
    ledger::Effect,
    profile_page::{Tab, View},
    registers::Correction,
    web::{
        Answer, FormData, Problem, page,
        respond::{see_other_offering, see_other_saying},
    },
};

/// How often a form is compared and saved again when others change the profile in between.
const ATTEMPTS: usize = 5;

/// Result of checking all fields of a form.
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

/// Saves changed fields. A value that somebody else changed since the form was made is shown; one that changes between comparing and
/// writing makes the write fail, and the form is compared again.
pub fn save(request: &Request, form: &FormData) -> Result<Answer, AppError> {
    let (id, is_removal) = (request.id()?, form.get("remove") == "yes");
    let sent: Vec<Sent> = Sent::all(form);
    let sent: Vec<Sent> = if is_removal { sent.into_iter().map(Sent::emptied).collect() } else { sent };
    if let Some(place) = form.parsed::<usize>("use").filter(|place| *place < sent.len()) {
        return take_theirs(request, sent, place);
    }
    let names: Vec<&str> = sent.iter().filter_map(attribute_name).collect();
    for _ in 0..ATTEMPTS {
        let now = request.read(|conn| Present::load(request, conn, &names))?;
        let path = now.at.path();
        let Amount { fixes, labels, conflicts, problems } = amount(&sent, &now, is_removal);
        if !conflicts.is_empty() || !problems.is_empty() {
            let status = if conflicts.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
            return Ok(pages::again(&request.query, now, &sent, (problems, &conflicts, status)));
        }
        if fixes.is_empty() {
            return Ok(see_other_saying(&path, "Nothing changed."));
        }
        let batch = request.batch()?;
        let undo = format!("{}/groups/{}/undo", now.at.frame.path(&Tab::History), batch.group);
        match request.say_in(&batch, id, Statement::Correct(fixes))?.effect {
            Effect::Conflict | Effect::Fixed => {}
            Effect::Missing => return Err(AppError::NotFound),
            _ => return Ok(see_other_offering(&path, &told(&labels, is_removal), &undo)),
        }
    }
    Err(AppError::BadRequest(
        "Nothing was saved, because others keep changing the same values. Reload the form and try again.",
    ))
}

/// The form with the value that somebody else saved in the field at `place`; nothing is saved. Other fields stay as they were typed, and
/// marked if they are contested, too.
fn take_theirs(request: &Request, mut sent: Vec<Sent>, place: usize) -> Result<Answer, AppError> {
    let names: Vec<String> = sent.iter().filter_map(attribute_name).map(str::to_owned).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let now = request.read(|conn| Present::load(request, conn, &names))?;
    sent[place].taking_theirs(&now);
    let contested: Vec<usize> = (0..sent.len()).filter(|place| sent[*place].was_contested).collect();
    let status = if contested.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok(pages::again(&request.query, now, &sent, (Vec::new(), &contested, status)))
}

fn attribute_name(sent: &Sent) -> Option<&str> {
    match &sent.of {
        super::form::Subject::Attribute(name) => Some(name.as_str()),
        super::form::Subject::Address(_) => None,
    }
}

/// Message: "Plan and Company saved."
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

/// Shows one hidden value, and records in the audit log who looked.
pub fn reveal(request: &Request, form: &FormData) -> Result<Answer, AppError> {
    let name = AttributeName::new(form.get("name")).map_err(|_| AppError::NotFound)?;
    let now = request.read(|conn| Present::load(request, conn, &[name.as_str()]))?;
    let value = now.values.get(name.as_str()).map(attributes::show).ok_or(AppError::NotFound)?;
    let detail = json!({ "profile": now.at.frame.id, "attribute": name.as_str() });
    let audit =
        |conn: &mut PgConnection| auth::audit(conn, &request.actor(), Action::Revealed, detail.clone(), request.now.at);
    request.state.db.tx_now(audit)?;
    let label = super::form::Subject::Attribute(name).label(&now);
    Ok(page(&RevealedPage { at: now.at, label, value }))
}
