//! Turns messages to somebody off and on, suppresses them, and lifts restrictions, with a reason that stays in the ledger.

use serde_json::json;

use super::{
    InForce, Restriction, Restrictions,
    form::{RestrictForm, Said, Wish},
    pages, title,
};
use crate::{
    console::Request,
    db::{gather, ids::ProfileId},
    error::AppError,
    ingest::{Identify, Statement},
    ledger::{Batch, Effect},
    registers::Fact,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Changes what keeps messages from somebody. If it changed while the form was open, it asks again.
pub fn change(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let wish = Wish::read(&request.query).ok_or(AppError::NotFound)?;
    let profile: ProfileId = request.id()?;
    let person = request.scope().key(profile);
    let known: Option<(InForce,)> = request.read(|conn| Ok(gather(conn, person)?))?;
    let (InForce(mut all),) = known.ok_or(AppError::NotFound)?;
    all.retain(|it| it.held.is_in_force(request.now.at));
    let typed = RestrictForm::typed(sent);
    let key = wish.key(profile, &typed, &all);
    let present = all.iter().find(|it| Some(&it.key) == key.as_ref());
    let tab = |profile: ProfileId| request.scope().path(&format!("profiles/{profile}/subscriptions"));
    let is_lifted = matches!(wish, Wish::Lift(_));
    if is_lifted && present.is_none() {
        return Ok(see_other_saying(&tab(profile), pages::GONE));
    }
    let again = |form: RestrictForm, is_stale| {
        request.read(|conn| pages::change_page(request, conn, wish, form.clone(), is_stale))
    };
    let needs_words = is_lifted && present.is_some_and(Restriction::needs_words);
    let Said { held, reason } = match RestrictForm::parse(sent, wish, needs_words, request.now) {
        Ok(said) => said,
        Err(form) => return again(form, false),
    };
    if sent.get("was") != present.map(Restriction::version).unwrap_or_default() {
        return again(typed, true);
    }
    let Some(key) = key else { return Err(AppError::NotFound) };
    let told = title(&key.to_string(), held.as_ref().map(|held| json!(held)).as_ref()).unwrap_or_default();
    let facts = vec![Fact::new::<Restrictions>(key, held)];
    let batch = Batch { reason: Some(reason), ..request.batch()? };
    let outcome = request.say_in(&batch, profile, Statement::Identify(Identify { facts, ..Identify::default() }))?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let told = match outcome.effect {
        Effect::Changed | Effect::Created => format!("{told}."),
        _ => "This was already set. Nothing changed.".to_owned(),
    };
    Ok(see_other_saying(&tab(profile), &told))
}
