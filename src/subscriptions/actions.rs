//! Changes what somebody receives, with a reason that stays in the ledger.

use super::{
    Confirmation, Line, Medium, Subscriptions, Way,
    form::{Change, ChangeForm, Wish},
    pages, store,
};
use crate::{
    console::Request,
    db::{Decided, gather, ids::ProfileId},
    error::AppError,
    identities::{Address, AddressRows, Channel},
    ingest::{Identify, Statement},
    ledger::{Batch, Effect},
    registers::Fact,
    topics::Catalogue,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Subscribes somebody to a line or unsubscribes them. If the line changed while the form was open, it asks again.
pub fn change(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let change = Change::read(&request.query).ok_or(AppError::NotFound)?;
    let profile: ProfileId = request.id()?;
    let key = request.scope().key(profile);
    let (present, email) = request.read(|conn| {
        let (AddressRows(all),) = gather::<(AddressRows,)>(conn, key)?.ok_or(AppError::NotFound)?;
        let email = all.into_iter().find(|row| row.channel == Channel::Email);
        Ok((store::of_line(conn, key, &change.line)?.map(|(said, _)| said), email))
    })?;
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
    let mut facts = vec![Fact::new::<Subscriptions>(change.line.clone(), change.said())];
    // With the reason that they give, an admin stands for the person.
    if change.wish == Wish::Subscribe && change.line == Line::channel(Medium::Email) {
        let email = email.and_then(|row| Address::new(Channel::Email, &row.address).ok());
        facts.extend(email.map(|email| Confirmation::fact(&email, Way::Operator, "")));
    }
    let said = Statement::Identify(Identify { facts, ..Identify::default() });
    let outcome = request.say_in(&batch, profile, said)?;
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
