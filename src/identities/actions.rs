//! Removes an identifier or a device from a profile, each after a confirmation.

use askama::Template;

use super::{Devices, Identifier, Token, devices, listed};
use crate::{
    console::Request,
    db::ids::ProfileId,
    error::AppError,
    ingest::Statement,
    ledger::{Effect, Outcome},
    profile_page::{self, Tab, View},
    registers::Correction,
    web::{Answer, FormData, page, respond::see_other_saying},
};

/// The page that asks for confirmation.
#[derive(Template)]
#[template(path = "identities/confirm.html")]
struct ConfirmPage {
    at: View,
    title: String,
    value: String,
    consequence: &'static str,
    /// Target of the form; `fields` are its hidden fields.
    action: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl ConfirmPage {
    fn path(&self) -> String {
        format!("{}/identities", self.at.path())
    }
}

fn ask(request: &Request, question: impl Fn(View) -> ConfirmPage) -> Result<Answer, AppError> {
    request.read(|conn| Ok(page(&question(profile_page::open(request, conn, Tab::Info)?))))
}

fn back(request: &Request, outcome: &Outcome, done: &str) -> Result<Answer, AppError> {
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let path = request.scope().path(&format!("profiles/{profile}/identities"));
    let told = match outcome.effect {
        Effect::Changed | Effect::Created => done,
        Effect::Conflict => "Not removed. It is the only identifier, and this person could not be found without it.",
        _ => "It was already removed. Nothing changed.",
    };
    Ok(see_other_saying(&path, told))
}

/// Removes an identifier, once the form confirms it; asks first. The current id is never removed.
pub fn remove_identifier(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (profile, scope): (ProfileId, _) = (request.id()?, request.scope());
    let identifier = Identifier::stored((sent.get("kind").to_owned(), sent.get("value").to_owned()));
    let current = request.read(|conn| Ok(listed::current_id(conn, scope.key(profile))?))?;
    if current.as_ref() == Some(&identifier) {
        let why = "Not removed. This is the person’s current ID. Change the ID instead.";
        return Ok(see_other_saying(&scope.path(&format!("profiles/{profile}/identities")), why));
    }
    if sent.get("sure") != "yes" {
        return ask(request, |at| ConfirmPage {
            at,
            title: format!("Remove this identifier ({})?", identifier.kind.label()),
            value: identifier.value.clone(),
            consequence: "It will no longer find this person. If a system uses it again, it belongs to the person whom that call is about. That may be a new profile.",
            action: "identities/remove",
            fields: vec![("kind", identifier.kind.as_str().to_owned()), ("value", identifier.value.clone())],
        });
    }
    let outcome = request.say(profile, Statement::Release(vec![identifier]))?;
    back(request, &outcome, "Identifier removed.")
}

/// Removes a device, once the form confirms it; asks first.
pub fn remove_device(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let token = Token::new(sent.get("token")).map_err(|_| AppError::NotFound)?;
    if sent.get("sure") != "yes" {
        return ask(request, |at| ConfirmPage {
            at,
            title: "Remove this device?".to_owned(),
            value: token.short(),
            consequence: "Push messages will no longer go to this device. If its app registers again, the device comes back.",
            action: "devices/remove",
            fields: vec![("token", token.as_str().to_owned())],
        });
    }
    let profile: ProfileId = request.id()?;
    let known = request.read(|conn| Ok(devices::device_of(conn, request.scope().key(profile), &token)?))?;
    // A correction, for the clock of whoever said it may be ahead.
    let removed = |was| Correction::new::<Devices>(token, Some(&Some(was).into()), None);
    let corrections = known.map(removed).into_iter().collect();
    let outcome = request.say(profile, Statement::Correct(corrections))?;
    back(request, &outcome, "Device removed.")
}
