//! Changes what somebody receives, with a reason that stays in the ledger.

use super::{
    form::{Change, ChangeForm, Wish},
    pages, store,
};
use crate::{
    console::Request,
    db::{Decided, ids::ProfileId},
    error::AppError,
    ingest::Statement,
    ledger::{Batch, Effect},
    topics::Catalogue,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Subscribes somebody to a line or unsubscribes them. If the line changed while the form was open, it asks again.
pub fn change(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let change = Change::read(&request.query).ok_or(AppError::NotFound)?;
    let profile: ProfileId = request.id()?;
    let key = request.scope().key(profile);
    let present = request.read(|conn| Ok(store::of_line(conn, key, &change.line)?))?.map(|(said, _)| said);
    let again = |form: ChangeForm, is_stale| {
        request.read(|conn| pages::change_page(request, conn, change.clone(), form.clone(), is_stale))
    };
    let reason = match ChangeForm::parse(sent, change.needs_words(present.as_ref())) {
        Ok(reason) => reason,
        Err(form) => return again(form, false),
    };
    if sent.get("was") != present.map_or("", |said| said.state.as_str()) {
        return again(ChangeForm::typed(sent), true);
    }
    let batch = Batch { reason: Some(reason), ..request.batch()? };
    let outcome = request.say_in(&batch, profile, Statement::Subscription(change.line.clone(), change.said()))?;
    let profile = outcome.profile.ok_or(AppError::NotFound)?;
    let tab = request.scope().path(&format!("profiles/{profile}/subscriptions"));
    let told = match outcome.effect {
        Effect::Changed | Effect::Created => {
            let environment = request.scope().environment;
            let catalogue = request
                .read(|conn| Ok(Catalogue::remembered_by(conn, &request.state.db, environment, request.now.at)?))?;
            told(&change, &catalogue)
        }
        _ => "This was already set. Nothing changed.".to_owned(),
    };
    Ok(see_other_saying(&tab, &told))
}

fn told(change: &Change, catalogue: &Catalogue) -> String {
    let line = catalogue.in_a_sentence(&change.line);
    match change.wish {
        Wish::Subscribe => format!("Subscribed to {line}."),
        Wish::Unsubscribe => format!("Unsubscribed from {line}."),
    }
}
