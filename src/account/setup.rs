//! The setup of the first admin, through a one-time link that is printed where the server was started.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use askama::Template;
use diesel::RunQueryDsl;
use subtle::ConstantTimeEq;

use super::sign_in::{signed_in, visitor};
use crate::{
    auth::{
        Role, Session, Strength, Throttle,
        known_browser::{self, KnownBrowser},
        operators::{self, NewOperator},
        sessions::{new_token, token_hash},
    },
    console::Csrf,
    db::sql_query,
    error::AppError,
    state::{self, AppState},
    web::{
        Answer, Field, FormData,
        form::{Control, Problems},
        page_with, see_other,
    },
    workspaces,
};

/// The secret of the link; only its hash is kept.
#[derive(Clone)]
pub struct SetupToken(Vec<u8>);

impl SetupToken {
    /// A new token, and the text for its link.
    pub fn new() -> (Self, String) {
        let token = new_token();
        (Self(token_hash(&token)), token)
    }

    fn fits(&self, token: &str) -> bool {
        self.0.ct_eq(&token_hash(token)).into()
    }
}

#[derive(Template)]
#[template(path = "account/setup.html")]
struct SetupPage {
    csrf: String,
    fields: [Field; 4],
    problems: Problems,
}

impl SetupPage {
    fn new(csrf: &Csrf, form: &FormData, problems: Problems) -> Self {
        let field = |name, label, control| Field::new(name, label, control).value(form.get(name)).problem(&problems.0);
        let fields = [
            field("workspace", "Workspace", Control::Text)
                .hint("Your company or brand, as your colleagues call it.")
                .limit(80),
            field("name", "Your name", Control::Text).autocomplete("name").limit(80),
            field("email", "Email", Control::Email).autocomplete("username").limit(254),
            field("password", "Password", Control::Password)
                .autocomplete("new-password")
                .hint("At least 12 characters; several words do well."),
        ];
        Self { csrf: csrf.0.clone(), fields, problems }
    }

    fn answer(self, status: StatusCode, state: &AppState, csrf: &Csrf) -> Answer {
        page_with(status, &self).with_cookie(visitor(state, csrf))
    }
}

/// Input for the first admin and their workspace.
struct FirstAdmin {
    workspace: String,
    name: String,
    email: String,
    password: Strength,
}

impl FirstAdmin {
    fn parse(form: &FormData) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        for (field, what) in [("workspace", "Give the workspace a name."), ("name", "Give your name.")] {
            if form.get(field).is_empty() || form.get(field).chars().count() > 80 {
                problems.add(field, format!("{what} At most 80 characters."));
            }
        }
        if let Err(rule) = check_email(form.get("email")) {
            problems.add("email", rule);
        }
        let password =
            Strength::check(form.raw("password"), &[form.get("name"), form.get("email"), form.get("workspace")]);
        let text = |name| form.get(name).to_owned();
        match password {
            Ok(password) if problems.is_empty() => {
                Ok(Self { workspace: text("workspace"), name: text("name"), email: text("email"), password })
            }
            Ok(_) => Err(problems),
            Err(rule) => {
                problems.add("password", rule);
                Err(problems)
            }
        }
    }
}

/// Checks the email of a new operator. The error is text for people.
pub fn check_email(email: &str) -> Result<(), &'static str> {
    crate::identities::email(email).map(|_| ()).map_err(|_| "Give an email address such as ada@example.com.")
}

fn permit(request: &HttpRequest) -> Result<(), AppError> {
    let token = request.match_info().get("token").unwrap_or_default();
    let setup = state::data::<Option<SetupToken>>(request)?;
    setup.as_ref().as_ref().filter(|setup| setup.fits(token)).map(|_| ()).ok_or(AppError::NotFound)
}

pub async fn show(request: HttpRequest, state: Data<AppState>, csrf: Csrf) -> Result<Answer, AppError> {
    permit(&request)?;
    if !state.db.read(operators::is_empty).await? {
        return Ok(see_other("/sign-in"));
    }
    Ok(SetupPage::new(&csrf, &FormData::default(), Problems::default()).answer(StatusCode::OK, &state, &csrf))
}

pub async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    throttle: Data<Throttle>,
    csrf: Csrf,
    form: FormData,
) -> Result<Answer, AppError> {
    permit(&request)?;
    let given = match FirstAdmin::parse(&form) {
        Ok(given) => given,
        Err(problems) => {
            return Ok(SetupPage::new(&csrf, &form, problems).answer(StatusCode::UNPROCESSABLE_ENTITY, &state, &csrf));
        }
    };
    let _leave = throttle.hashing().await?;
    let hash = crate::auth::hash(&given.password).map_err(AppError::Unexpected)?;
    let now = state.clock.now();
    let made = state.db.tx(move |conn| {
        sql_query("LOCK TABLE operators IN EXCLUSIVE MODE").execute(conn)?;
        if !operators::is_empty(conn)? {
            return Ok(None);
        }
        let (workspace, _) = workspaces::create(conn, &given.workspace, now)?;
        let new = NewOperator { name: &given.name, email: &given.email, password_hash: &hash };
        let Ok(operator) = operators::add(conn, &new, workspace.id, Role::Admin, now)? else { return Ok(None) };
        let key = known_browser::ensure_key(conn, now)?;
        let known = key.map(|key| KnownBrowser::random().signed_in(&key, operator, &hash));
        Ok(Some((Session::start(conn, operator, now)?, known)))
    });
    // The link works once: another request may have been faster.
    let Some((token, known)) = made.await? else { return Ok(see_other("/sign-in")) };
    Ok(signed_in(&state, "/", token, known))
}
