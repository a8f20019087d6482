//! Coming in and going out.

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode, web::Data};
use askama::Template;
use serde_json::json;

use super::{Session, operators, password};
use crate::{
    app::AppState,
    error::AppError,
    web::{
        Field, FormData, Name, Query, client_address,
        form::{Control, Problems},
        page_with, see_other,
        shell::Csrf,
    },
    workspaces,
};

/// An account that the demo offers on its sign-in page.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Who it is.
    pub name: &'static str,
    /// What to sign in with.
    pub email: &'static str,
    /// The same for everybody to see.
    pub password: &'static str,
    /// What they may do, in a few words.
    pub about: &'static str,
}

#[derive(Template)]
#[template(path = "auth/sign_in.html")]
struct SignInPage<'a> {
    csrf: &'a str,
    next: &'a str,
    email: Field,
    password: Field,
    problems: Problems,
    demo: &'a [DemoAccount],
}

impl<'a> SignInPage<'a> {
    fn new(state: &'a AppState, csrf: &'a Csrf, next: &'a str, email: &str, problems: Problems) -> Self {
        Self {
            csrf: &csrf.0,
            next,
            email: Field::new("email", "Email", Control::Email).value(email).autocomplete("username"),
            password: Field::new("password", "Password", Control::Password).autocomplete("current-password"),
            problems,
            demo: &state.demo,
        }
    }

    fn answer(self, status: StatusCode, visitor: Cookie<'_>) -> HttpResponse {
        let mut response = page_with(status, &self);
        // A token of ours holds only letters that a cookie may hold.
        let _ = response.add_cookie(&visitor);
        response
    }
}

pub async fn show(state: Data<AppState>, csrf: Csrf, query: Query) -> HttpResponse {
    let page = SignInPage::new(&state, &csrf, query.get("next"), "", Problems::default());
    page.answer(StatusCode::OK, visitor(&state, &csrf))
}

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    csrf: Csrf,
    form: FormData,
) -> Result<HttpResponse, AppError> {
    let (email, given) = (form.get("email").to_lowercase(), form.raw("password").to_owned());
    let address = client_address(&request, &state.config.server.proxies);
    let attempt = state.throttle.attempt(&email, address, state.clock.now())?;
    let wanted = email.clone();
    let found = state.db.read(move |conn| operators::find(conn, &wanted)).await?;
    let (operator, hash) = found.map_or((None, password::dummy_hash().to_owned()), |(id, hash)| (Some(id), hash));
    let _leave = state.throttle.hashing().await?;
    let fits = actix_web::web::block(move || password::verify(&given, &hash)).await.unwrap_or(false);
    let Some(operator) = operator.filter(|_| fits) else {
        let mut problems = Problems::default();
        problems.add("email", "No account has this email and password. Check both and try again.");
        let page = SignInPage::new(&state, &csrf, form.get("next"), &email, problems);
        return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY, visitor(&state, &csrf)));
    };
    state.throttle.succeeded(&attempt, address);
    let (now, limits) = (state.clock.now(), state.config.sessions);
    let old = state.jar().read(&request, Name::Session).map(|token| super::sessions::token_hash(&token));
    let token = state.db.tx(move |conn| {
        Session::sweep(conn, limits, now)?;
        if let Some(old) = &old {
            Session::end(conn, old)?;
        }
        operators::audit(conn, Some(operator), "signed in", json!({}), now)?;
        Session::start(conn, operator, now)
    });
    let mut response = see_other(safe_next(form.get("next")));
    let _ = response.add_cookie(&state.jar().keep(Name::Session, token.await?));
    Ok(response)
}

pub async fn destroy(state: Data<AppState>, session: Session) -> Result<HttpResponse, AppError> {
    let hash = session.token_hash;
    state.db.tx(move |conn| Session::end(conn, &hash)).await?;
    Ok(signed_out(&state))
}

pub async fn destroy_all(state: Data<AppState>, session: Session) -> Result<HttpResponse, AppError> {
    let (operator, now) = (session.operator.id, state.clock.now());
    let ended = state.db.tx(move |conn| {
        operators::audit(conn, Some(operator), "signed out everywhere", json!({}), now)?;
        Session::end_all(conn, operator)
    });
    ended.await?;
    Ok(signed_out(&state))
}

/// The way to the profiles of the first workspace.
pub async fn home(state: Data<AppState>, session: Session) -> Result<HttpResponse, AppError> {
    let path = state.db.read(move |conn| workspaces::default_path(conn, session.operator.id)).await?;
    Ok(see_other(path.as_deref().unwrap_or("/account")))
}

fn signed_out(state: &AppState) -> HttpResponse {
    let mut response = see_other("/sign-in");
    let _ = response.add_cookie(&state.jar().remove(Name::Session));
    response
}

pub fn visitor(state: &AppState, csrf: &Csrf) -> Cookie<'static> {
    state.jar().keep(Name::Visitor, csrf.0.clone())
}

/// Only a path of ours: `//host` and `/\host` lead elsewhere.
fn safe_next(next: &str) -> &str {
    let ours = next.starts_with('/') && !next[1..].starts_with(['/', '\\']);
    if ours && !next.contains(char::is_control) { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn next_never_leaves_the_site() {
        assert_eq!(safe_next("/acme/live/profiles?q=a"), "/acme/live/profiles?q=a");
        for elsewhere in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"] {
            assert_eq!(safe_next(elsewhere), "/");
        }
    }
}
