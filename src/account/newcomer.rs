//! Somebody who gets an account: what the first admin and invited people have in common.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::{
    auth::{
        self, OperatorName, Session, Strength, Throttle,
        known_browser::{self, KnownBrowser},
        operators,
    },
    db::ids::OperatorId,
    error::AppError,
    web::{
        Field, FormData,
        form::{Control, Problems},
    },
};

/// The field for the own name.
pub fn name_field(typed: &str, problems: &Problems) -> Field {
    Field::new("name", "Your name", Control::Text)
        .value(typed)
        .autocomplete("name")
        .limit(OperatorName::LONGEST)
        .problem(&problems.0)
}

/// The field for a password of one's choice.
pub fn password_field(label: &'static str, problems: &Problems) -> Field {
    Field::new("password", label, Control::Password)
        .autocomplete("new-password")
        .hint("At least 12 characters. Several words work well.")
        .problem(&problems.0)
}

/// The name that was typed.
pub fn parse_name(form: &FormData, problems: &mut Problems) -> Option<OperatorName> {
    OperatorName::new(form.raw("name")).map_err(|rule| problems.add("name", rule)).ok()
}

/// The password that was chosen; `about` is what a guesser knows of its owner.
pub fn parse_password(form: &FormData, about: &[&str], problems: &mut Problems) -> Option<Strength> {
    Strength::check(form.raw("password"), about).map_err(|rule| problems.add("password", rule)).ok()
}

/// Checks the email of a new operator. The error is text for people.
pub fn check_email(email: &str) -> Result<(), &'static str> {
    crate::identities::email(email).map(|_| ()).map_err(|_| "Enter an email, such as ada@example.com.")
}

/// The hash of a password, made when there is a core to spare.
pub async fn hash(throttle: &Throttle, password: Strength) -> Result<String, AppError> {
    let _leave = throttle.hashing().await?;
    let hashed = actix_web::web::block(move || auth::hash(&password)).await;
    hashed.map_err(|error| AppError::Unexpected(error.into()))?.map_err(AppError::Unexpected)
}

/// Signs somebody in: the session's token, and the cookie that makes the browser known to the account.
pub fn enter(
    conn: &mut PgConnection,
    operator: OperatorId,
    password_hash: &str,
    browser: &KnownBrowser,
    now: DateTime<Utc>,
) -> QueryResult<(String, Option<String>)> {
    operators::signed_in(conn, operator, now)?;
    let key = known_browser::ensure_key(conn, now)?;
    let known = key.map(|key| browser.clone().signed_in(&key, operator, password_hash));
    Ok((Session::start(conn, operator, now)?, known))
}
