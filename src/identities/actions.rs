//! Removing an identifier or a device, each after a question.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::{Devices, Identifier, Token, devices, listed};
use crate::{
    console::{self, Shell},
    db::ids::ProfileId,
    error::AppError,
    ingest::Statement,
    ledger::{Effect, Outcome},
    profile_page::{self, Header, Tab, View},
    registers::Correction,
    state::AppState,
    web::{FormData, PathId, page, respond::see_other_saying},
};

/// What is asked before something goes.
#[derive(Template)]
#[template(path = "identities/confirm.html")]
struct ConfirmPage {
    at: View,
    title: String,
    value: String,
    consequence: &'static str,
    /// Where the form goes, and what it says again.
    action: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl ConfirmPage {
    fn path(&self) -> String {
        format!("{}/identities", self.at.path())
    }
}

async fn ask(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    question: impl FnOnce(View) -> ConfirmPage,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(request)?, shell.now(&state.clock));
    let scope = shell.scope.clone();
    let frame = state.db.read(move |conn| Header::load(conn, &scope, id, Tab::Info, now)).await?;
    match frame {
        Some(frame) => Ok(page(&question(View { shell, frame, now }))),
        None => profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await,
    }
}

fn back(shell: &Shell, outcome: &Outcome, done: &str) -> Result<HttpResponse, AppError> {
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let path = shell.scope.path(&format!("profiles/{profile}/identities"));
    let told = match outcome.effect {
        Effect::Changed | Effect::Created => done,
        Effect::Conflict => "Not removed: it is the only identifier, and nothing else would find this person.",
        _ => "It was gone already. Nothing changed.",
    };
    Ok(see_other_saying(&path, told))
}

/// Asks first; with the answer in the form, the identifier goes.
pub async fn remove_identifier(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (profile, environment) = (ProfileId::from_path(&request)?, shell.scope.environment);
    let identifier = Identifier::stored((sent.get("kind").to_owned(), sent.get("value").to_owned()));
    let current = state.db.read(move |conn| listed::current_id(conn, (environment, profile))).await?;
    let stay = |why| see_other_saying(&shell.scope.path(&format!("profiles/{profile}/identities")), why);
    if current.as_ref() == Some(&identifier) {
        return Ok(stay(
            "Not removed: the person goes by this ID. Change the ID instead; then this one is a former one.",
        ));
    }
    if sent.get("sure") != "yes" {
        let fields = vec![("kind", identifier.kind.as_str().to_owned()), ("value", identifier.value.clone())];
        return ask(&request, &state, shell, |at| ConfirmPage {
            at,
            title: format!("Remove this identifier ({})?", identifier.kind.label()),
            value: identifier.value.clone(),
            consequence: "It no longer finds this person. If a sender uses it again, it is theirs who then uses it: a new profile, unless something else in that call is known.",
            action: "identities/remove",
            fields,
        })
        .await;
    }
    let outcome = console::say(&state, &shell.scope, profile, Statement::Release(vec![identifier])).await?;
    back(&shell, &outcome, "Identifier removed.")
}

/// Asks first; with the answer in the form, the device goes.
pub async fn remove_device(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let token = Token::new(sent.get("token")).map_err(|_| AppError::NotFound)?;
    if sent.get("sure") != "yes" {
        return ask(&request, &state, shell, |at| ConfirmPage {
            at,
            title: "Remove this device?".to_owned(),
            value: token.short(),
            consequence: "No push message goes there any more. If its app registers again, it is back.",
            action: "devices/remove",
            fields: vec![("token", token.as_str().to_owned())],
        })
        .await;
    }
    let (profile, environment, asked) = (ProfileId::from_path(&request)?, shell.scope.environment, token.clone());
    let known = state.db.read(move |conn| devices::device_of(conn, (environment, profile), &asked)).await?;
    // A correction, for the clock of whoever said it may be ahead.
    let removed = |was| Correction::new::<Devices>(token, Some(&Some(was).into()), None);
    let corrections = known.map(removed).into_iter().collect();
    let outcome = console::say(&state, &shell.scope, profile, Statement::Correct(corrections)).await?;
    back(&shell, &outcome, "Device removed.")
}
