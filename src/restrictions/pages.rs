//! The question before an admin turns messages off or on, suppresses somebody, or lifts a restriction.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    InForce, Key, Kind, Restriction,
    form::{RestrictForm, Wish},
    label,
};
use crate::{
    console::Request,
    error::AppError,
    ledger,
    profile_page::{self, Tab, View},
    web::{Answer, Timestamp, page_with},
};

/// What stands there now, in words.
struct Present {
    about: String,
    state: String,
    why: String,
    source: String,
    when: Timestamp,
    /// See [`Restriction::version`].
    version: String,
    needs_words: bool,
    /// Whether it is of an address, which others may have too.
    is_of_address: bool,
}

#[derive(Template)]
#[template(path = "restrictions/change.html")]
struct ChangePage {
    at: View,
    wish: Wish,
    heading: String,
    button: &'static str,
    present: Option<Present>,
    /// Whether somebody changed it while the form was open.
    is_stale: bool,
    form: RestrictForm,
}

impl ChangePage {
    fn action(&self) -> String {
        self.wish.address(&self.at.frame.path(&Tab::Info))
    }

    /// Whether the particulars must say what the person asked for.
    fn needs_words(&self) -> bool {
        matches!(self.wish, Wish::Lift(_)) && self.present.as_ref().is_some_and(|now| now.needs_words)
    }
}

/// What is told where nothing is left to lift.
pub const GONE: &str = "This was lifted already. Nothing changed.";

/// The question, and the label of its button.
fn asked(wish: Wish, key: Option<&Key>, name: &str) -> (String, &'static str) {
    match (wish, key.map(Key::kind)) {
        (Wish::TurnOff, _) => (format!("Turn off all messages to {name}?"), "Turn off all messages"),
        (Wish::Suppress, _) => (format!("Put {name} on the suppression list?"), "Suppress"),
        (Wish::Lift(_), Some(Kind::Disabled)) => (format!("Turn on messages to {name}?"), "Turn on messages"),
        (Wish::Lift(_), Some(Kind::Paused)) => (format!("End the pause of {name}?"), "End the pause"),
        (Wish::Lift(_), Some(Kind::Suppressed)) => {
            (format!("Take {name} off the suppression list?"), "Take off the list")
        }
        (Wish::Lift(_), _) => {
            let about = key.map(|key| label(&key.to_string())).unwrap_or_default();
            (format!("Allow messages to {name} again? {about}"), "Allow messages")
        }
    }
}

/// The question, with the form as it was typed.
pub fn change_page(
    request: &Request,
    conn: &mut PgConnection,
    wish: Wish,
    form: RestrictForm,
    is_stale: bool,
) -> Result<Answer, AppError> {
    let (at, (InForce(all),)) = profile_page::open_with::<(InForce,)>(request, conn, Tab::Subscriptions)?;
    let all: Vec<Restriction> = all.into_iter().filter(|it| it.held.is_in_force(request.now.at)).collect();
    let key = wish.key(at.frame.id, &form, &all);
    let known = all.iter().find(|it| Some(&it.key) == key.as_ref());
    if known.is_none() && matches!(wish, Wish::Lift(_)) {
        return Err(AppError::SeeOther { address: at.path(), message: Some(GONE.to_owned()) });
    }
    let sources: BTreeSet<_> = known.iter().map(|it| it.stamp.source).collect();
    let names = ledger::source_names(&request.state.db, conn, &sources, request.now.at)?;
    let present = known.map(|it| Present {
        about: label(&it.key.to_string()),
        state: it.held.state(it.key.kind()),
        why: it.held.why(),
        source: names.get(&it.stamp.source).cloned().unwrap_or_default(),
        when: at.moment(&it.stamp.time()),
        version: it.version(),
        needs_words: it.needs_words(),
        is_of_address: it.key.contact().is_some(),
    });
    let status = match (is_stale, form.why.problems.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let (heading, button) = asked(wish, key.as_ref(), at.frame.title());
    Ok(page_with(status, &ChangePage { wish, heading, button, present, is_stale, form, at }))
}

/// The question before a change.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let wish = Wish::read(&request.query).ok_or(AppError::NotFound)?;
    change_page(request, conn, wish, RestrictForm::default(), false)
}
