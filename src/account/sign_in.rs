//! Signing in and out.

use actix_web::{HttpRequest, cookie::Cookie, http::StatusCode, web::Data};
use askama::Template;
use serde_json::json;

use super::{SetupToken, newcomer};
use crate::{
    auth::{
        Action, Attempt, Session, Throttle, Tries,
        audit::{self, Actor, Denied, Place, To},
        known_browser::{self, KnownBrowser},
        operators::{self, Found},
        password, sessions,
    },
    console::{Csrf, Kept, UNSENT_FIELD, Unsent},
    db::ids::OperatorId,
    error::AppError,
    state::{self, AppState},
    web::{
        Answer, Field, FormData, Name, Query, SigningKey, client_address,
        form::{Control, Problems},
        page_with,
        respond::{same_again, see_other_saying},
        see_other,
    },
};

/// An account that the demo offers on its sign-in page.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Name of the operator.
    pub name: &'static str,
    /// Email to sign in with.
    pub email: &'static str,
    /// Password, shown to everybody.
    pub password: &'static str,
    /// The role in a few words.
    pub about: &'static str,
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage<'a> {
    csrf: &'a str,
    next: &'a str,
    email: Field,
    password: Field,
    problems: Problems,
    demo: &'a [DemoAccount],
    /// Whether nobody can sign in yet.
    is_empty: bool,
    /// A form that arrived without a session, sealed; empty if there is none.
    unsent: &'a str,
    /// Whether such a form is too long to be carried.
    is_too_long: bool,
}

impl<'a> SignInPage<'a> {
    fn new(demo: &'a [DemoAccount], csrf: &'a Csrf, next: &'a str, email: &str, problems: Problems) -> Self {
        Self {
            csrf: &csrf.0,
            next,
            unsent: "",
            is_too_long: false,
            email: Field::new("email", "Email", Control::Email).value(email).autocomplete("username"),
            password: Field::new("password", "Password", Control::Password).autocomplete("current-password"),
            problems,
            demo,
            is_empty: false,
        }
    }

    fn answer(self, status: StatusCode, visitor: Cookie<'static>) -> Answer {
        page_with(status, &self).with_cookie(visitor)
    }
}

pub async fn show(
    state: Data<AppState>,
    demo: Data<Vec<DemoAccount>>,
    setup: Data<Option<SetupToken>>,
    csrf: Csrf,
    query: Query,
) -> Answer {
    let page = SignInPage::new(&demo, &csrf, query.get("next"), "", Problems::default());
    // There is a link for the first admin only while there may be none. The page comes without the database, too.
    let is_empty = setup.is_some() && state.db.read(operators::is_empty).await.unwrap_or(false);
    SignInPage { is_empty, ..page }.answer(StatusCode::OK, visitor(&state, &csrf))
}

/// The sign-in page for a form that arrived without a session: it carries what was typed. Status 401.
pub fn for_unsent(request: &HttpRequest, csrf: &Csrf, kept: &Kept) -> Result<Answer, AppError> {
    let (state, demo) = (state::data::<AppState>(request)?, state::data::<Vec<DemoAccount>>(request)?);
    let next = request.uri().path_and_query().map_or("/", |address| address.as_str());
    let mut page = SignInPage::new(&demo, csrf, next, "", Problems::default());
    (page.unsent, page.is_too_long) = (kept.as_text(), matches!(kept, Kept::TooLong));
    Ok(page.answer(StatusCode::UNAUTHORIZED, visitor(&state, csrf)))
}

/// Where a sign-in leads: back to the form that the sign-in page carried, else to `next`.
fn onward(state: &AppState, csrf: &Csrf, form: &FormData) -> Answer {
    let next = safe_next(form.get("next"));
    match form.raw(UNSENT_FIELD) {
        "" => see_other(next),
        sealed => match Unsent::open(state, &csrf.0, sealed) {
            Some(unsent) => same_again(&unsent.address),
            None => see_other_saying(
                next,
                "What you wrote before you signed in is no longer there. kith keeps it for one day.",
            ),
        },
    }
}

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    throttle: Data<Throttle>,
    demo: Data<Vec<DemoAccount>>,
    csrf: Csrf,
    form: FormData,
) -> Result<Answer, AppError> {
    let email = form.get("email").to_lowercase();
    let browser = KnownBrowser::of(&request, state.jar());
    // To whoever may not come in the page says the same as to a stranger.
    let may = |found: &Found| found.is_active;
    let checked = check(&request, &state, &throttle, (&email, form.raw("password")), browser.as_ref(), may).await?;
    let Some(Found { id: operator, password_hash, .. }) = checked else {
        let mut problems = Problems::default();
        problems.add("email", "No account has this email and password. Check both and try again.");
        let mut page = SignInPage::new(&demo, &csrf, form.get("next"), &email, problems);
        page.unsent = form.raw(UNSENT_FIELD);
        return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY, visitor(&state, &csrf)));
    };
    let (now, limits) = (state.clock.now(), state.config.sessions);
    let address = client_address(&request, &state.config.server.proxies);
    let old = state.jar().read(&request, Name::Session).map(|token| sessions::token_hash(&token));
    let browser = browser.unwrap_or_else(KnownBrowser::random);
    let started = state.db.tx(move |conn| {
        Session::sweep(conn, limits, now)?;
        if let Some(old) = &old {
            Session::end(conn, old)?;
        }
        let who = Actor { place: Place::Operator, operator: Some(operator), address };
        audit::audit(conn, &who, Action::SignedIn, json!({}), now)?;
        newcomer::enter(conn, operator, &password_hash, &browser, now)
    });
    let (token, known) = started.await?;
    Ok(signed_in(&state, onward(&state, &csrf, &form), token, known))
}

/// The operator with this email and password who `may` come in. Attempts are counted, and refusals audited.
pub async fn check(
    request: &HttpRequest,
    state: &Data<AppState>,
    throttle: &Throttle,
    (email, given): (&str, &str),
    browser: Option<&KnownBrowser>,
    may: impl Fn(&Found) -> bool,
) -> Result<Option<Found>, AppError> {
    let (attempt, account) = admit(request, state, throttle, email, browser).await?;
    let _leave = throttle.hashing().await?;
    let (given, hash) = (given.to_owned(), account.hash().to_owned());
    let fits = actix_web::web::block(move || password::verify(&given, &hash)).await.unwrap_or(false);
    let to = account.found.as_ref().map_or(To::Anybody, |found| To::Operator(found.id));
    let found = account.found.filter(|found| fits && may(found));
    match found {
        Some(_) => throttle.succeeded(&attempt),
        None => audit::note(state, request, to, Denied::SignIn),
    }
    Ok(found)
}

/// The account that a sign-in is for.
struct Account {
    found: Option<Found>,
    key: Option<SigningKey>,
}

impl Account {
    async fn find(state: &AppState, email: &str) -> Result<Self, AppError> {
        let email = email.to_owned();
        let found = state.db.read(move |conn| Ok((operators::find(conn, &email)?, known_browser::key(conn)?)));
        let (found, key) = found.await?;
        Ok(Self { found, key })
    }

    /// The hash of the password; one that no password has, if there is no such account.
    fn hash(&self) -> &str {
        self.found.as_ref().map_or(password::dummy_hash(), |found| &found.password_hash)
    }

    /// Key of this browser's attempts, if it has signed in to this account before.
    fn knows(&self, browser: &KnownBrowser) -> Option<String> {
        let operator = self.found.as_ref().map_or(OperatorId(uuid::Uuid::nil()), |found| found.id);
        let is_known = self.key.as_ref().is_some_and(|key| browser.is_known_to(key, operator, self.hash()));
        is_known.then(|| browser.at(operator))
    }
}

/// Counts an attempt, unless there were too many. Attempts of unknown browsers are counted before anything is read for them.
async fn admit(
    request: &HttpRequest,
    state: &Data<AppState>,
    throttle: &Throttle,
    email: &str,
    browser: Option<&KnownBrowser>,
) -> Result<(Attempt, Account), AppError> {
    let account = match browser {
        Some(_) => Some(Account::find(state, email).await?),
        None => None,
    };
    let known = account.as_ref().zip(browser).and_then(|(account, browser)| account.knows(browser));
    let address = client_address(request, &state.config.server.proxies);
    let tries = known.as_deref().map_or(Tries::Stranger(email, address), Tries::Known);
    let attempt = throttle.attempt(tries, state.clock.now());
    let attempt =
        attempt.inspect_err(|_| audit::note(state, request, To::Email(email.to_owned()), Denied::ManySignIns))?;
    let account = match account {
        Some(account) => account,
        None => Account::find(state, email).await?,
    };
    Ok((attempt, account))
}

/// The answer to a successful sign-in: `onward` with the session cookie and the cookie of the known browser.
pub fn signed_in(state: &AppState, onward: Answer, token: String, known: Option<String>) -> Answer {
    let answer = onward.with_cookie(state.jar().keep(Name::Session, token));
    match known {
        Some(known) => answer.with_cookie(state.jar().keep(Name::Browser, known)),
        None => answer,
    }
}

pub async fn destroy(request: HttpRequest, state: Data<AppState>, session: Session) -> Result<Answer, AppError> {
    let (who, now) = (actor(&request, &state, &session), state.clock.now());
    let ended = state.db.tx(move |conn| {
        audit::audit(conn, &who, Action::SignedOut, json!({}), now)?;
        Session::end(conn, &session.token_hash)
    });
    ended.await?;
    Ok(signed_out(&state))
}

pub async fn destroy_all(request: HttpRequest, state: Data<AppState>, session: Session) -> Result<Answer, AppError> {
    let (who, now) = (actor(&request, &state, &session), state.clock.now());
    let ended = state.db.tx(move |conn| {
        audit::audit(conn, &who, Action::SignedOutEverywhere, json!({}), now)?;
        Session::end_all(conn, session.operator.id)
    });
    ended.await?;
    Ok(signed_out(&state))
}

/// The operator, and the address of the client.
fn actor(request: &HttpRequest, state: &AppState, session: &Session) -> Actor {
    let address = client_address(request, &state.config.server.proxies);
    Actor { place: Place::Operator, operator: Some(session.operator.id), address }
}

fn signed_out(state: &AppState) -> Answer {
    see_other("/sign-in").with_cookie(state.jar().remove(Name::Session))
}

pub fn visitor(state: &AppState, csrf: &Csrf) -> Cookie<'static> {
    state.jar().keep(Name::Visitor, csrf.0.clone())
}

/// The path, if it is one of ours: `//host` and `/\host` lead elsewhere.
fn safe_next(next: &str) -> &str {
    let ours = next.starts_with('/') && !next[1..].starts_with(['/', '\\']);
    if ours && !next.contains(char::is_control) { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use crate::account::sign_in::safe_next;

    #[test]
    fn next_never_leaves_the_site() {
        assert_eq!(safe_next("/acme/live/profiles?q=a"), "/acme/live/profiles?q=a");
        for elsewhere in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"] {
            assert_eq!(safe_next(elsewhere), "/");
        }
    }
}
