//! Answering an invitation: its link leads to a page on which one chooses a password, or gives that of the account one has.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use askama::Template;

use super::{
    newcomer,
    sign_in::{check, signed_in, visitor},
};
use crate::{
    auth::{
        OperatorName, Throttle,
        invitations::{self, Opened, Proof},
        known_browser::KnownBrowser,
        operators,
    },
    console::Csrf,
    error::AppError,
    state::AppState,
    web::{
        Answer, Field, FormData,
        form::{Control, Problems},
        page_with, see_other,
    },
};

#[derive(Template)]
#[template(path = "account/join.html")]
struct JoinPage {
    csrf: String,
    opened: Opened,
    /// Whether the email has an account already.
    is_known: bool,
    fields: Vec<Field>,
    problems: Problems,
}

/// The page of a link that was used, renewed or withdrawn, or is too old.
#[derive(Template)]
#[template(path = "account/link_over.html")]
struct LinkOverPage;

/// Who answers an invitation.
enum Answers {
    New(OperatorName, String),
    Known(operators::Found),
}

/// The link's invitation, if it is good, and whether its email has an account.
async fn open(request: &HttpRequest, state: &AppState) -> Result<Option<(Opened, bool)>, AppError> {
    let (token, now) = (secret(request), state.clock.now());
    let found = state.db.read(move |conn| {
        let Some(opened) = invitations::open(conn, &token, now)? else { return Ok(None) };
        let known = operators::find(conn, &opened.invitation.email)?;
        Ok(Some((opened, known.is_some())))
    });
    found.await
}

fn secret(request: &HttpRequest) -> String {
    request.match_info().get("secret").unwrap_or_default().to_owned()
}

fn over() -> Answer {
    page_with(StatusCode::NOT_FOUND, &LinkOverPage)
}

fn answer(state: &AppState, csrf: &Csrf, (opened, is_known): (Opened, bool), name: &str, problems: Problems) -> Answer {
    let fields = if is_known {
        let password = Field::new("password", "Password", Control::Password).autocomplete("current-password");
        vec![password.problem(&problems.0)]
    } else {
        vec![newcomer::name_field(name, &problems), newcomer::password_field("Password", &problems)]
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = JoinPage { csrf: csrf.0.clone(), opened, is_known, fields, problems };
    page_with(status, &page).with_cookie(visitor(state, csrf))
}

pub async fn show(request: HttpRequest, state: Data<AppState>, csrf: Csrf) -> Result<Answer, AppError> {
    let Some(found) = open(&request, &state).await? else { return Ok(over()) };
    let name = found.0.invitation.name.clone();
    Ok(answer(&state, &csrf, found, &name, Problems::default()))
}

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    throttle: Data<Throttle>,
    csrf: Csrf,
    form: FormData,
) -> Result<Answer, AppError> {
    let Some(found) = open(&request, &state).await? else { return Ok(over()) };
    let email = found.0.invitation.email.clone();
    let who = if found.1 {
        known(&request, &state, &throttle, &email, &form).await
    } else {
        new(&throttle, &email, &form).await
    };
    let who = match who? {
        Ok(who) => who,
        Err(problems) => return Ok(answer(&state, &csrf, found, form.get("name"), problems)),
    };
    let (token, now) = (secret(&request), state.clock.now());
    let browser = KnownBrowser::of(&request, state.jar()).unwrap_or_else(KnownBrowser::random);
    let joined = state.db.tx(move |conn| {
        let (proof, hash) = match &who {
            Answers::New(name, hash) => (Proof::New(name, hash), hash),
            Answers::Known(found) => (Proof::Known(found.id), &found.password_hash),
        };
        let Some((operator, workspace)) = invitations::accept(conn, &token, &proof, now)? else { return Ok(None) };
        Ok(Some((newcomer::enter(conn, operator, hash, &browser, now)?, workspace.slug)))
    });
    let Some(((session, known), slug)) = joined.await? else { return Ok(over()) };
    Ok(signed_in(&state, see_other(&format!("/{slug}/live/profiles")), session, known))
}

/// Somebody without an account: name and password.
async fn new(throttle: &Throttle, email: &str, form: &FormData) -> Result<Result<Answers, Problems>, AppError> {
    let mut problems = Problems::default();
    let name = newcomer::parse_name(form, &mut problems);
    let password = newcomer::parse_password(form, &[form.get("name"), email], &mut problems);
    let (Some(name), Some(password)) = (name, password) else { return Ok(Err(problems)) };
    Ok(Ok(Answers::New(name, newcomer::hash(throttle, password).await?)))
}

/// Somebody with an account: its password, counted like a sign-in.
async fn known(
    request: &HttpRequest,
    state: &Data<AppState>,
    throttle: &Throttle,
    email: &str,
    form: &FormData,
) -> Result<Result<Answers, Problems>, AppError> {
    let browser = KnownBrowser::of(request, state.jar());
    let found = check(request, state, throttle, (email, form.raw("password")), browser.as_ref(), |_| true).await?;
    Ok(found.map(Answers::Known).ok_or_else(|| {
        let mut problems = Problems::default();
        problems.add("password", "This is not the password of your account. Try again.");
        problems
    }))
}
