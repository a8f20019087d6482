//! The setup of the first admin, through a one-time link that is printed where the server was started.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use askama::Template;
use diesel::RunQueryDsl;
use subtle::ConstantTimeEq;

use super::{
    check_email, newcomer,
    sign_in::{signed_in, visitor},
};
use crate::{
    auth::{
        NewOperator, OperatorName, Role, Strength, Throttle,
        known_browser::KnownBrowser,
        operators,
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
    workspaces::{self, NewWorkspace, WorkspaceName},
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
    fields: Vec<Field>,
    problems: Problems,
}

impl SetupPage {
    fn new(csrf: &Csrf, form: &FormData, problems: Problems) -> Self {
        let fields = vec![
            Field::new("workspace", "Workspace", Control::Text)
                .value(form.get("workspace"))
                .hint("Your company or brand, as your colleagues call it.")
                .limit(80)
                .problem(&problems.0),
            newcomer::name_field(form.get("name"), &problems),
            Field::new("email", "Email", Control::Email)
                .value(form.get("email"))
                .autocomplete("username")
                .limit(254)
                .problem(&problems.0),
            newcomer::password_field("Password", &problems),
        ];
        Self { csrf: csrf.0.clone(), fields, problems }
    }

    fn answer(self, status: StatusCode, state: &AppState, csrf: &Csrf) -> Answer {
        page_with(status, &self).with_cookie(visitor(state, csrf))
    }
}

/// Input for the first admin and their workspace.
struct FirstAdmin {
    workspace: WorkspaceName,
    name: OperatorName,
    email: String,
    password: Strength,
}

impl FirstAdmin {
    fn parse(form: &FormData) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let email = form.get("email").to_owned();
        let workspace = form.raw("workspace").parse().map_err(|rule: &str| problems.add("workspace", rule)).ok();
        let name = newcomer::parse_name(form, &mut problems);
        if let Err(rule) = check_email(&email) {
            problems.add("email", rule);
        }
        let password =
            newcomer::parse_password(form, &[form.get("name"), &email, form.get("workspace")], &mut problems);
        match (workspace, name, password) {
            (Some(workspace), Some(name), Some(password)) if problems.is_empty() => {
                Ok(Self { workspace, name, email, password })
            }
            _ => Err(problems),
        }
    }
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
    let hash = newcomer::hash(&throttle, given.password).await?;
    let now = state.clock.now();
    let made = state.db.tx(move |conn| {
        sql_query("LOCK TABLE operators IN EXCLUSIVE MODE").execute(conn)?;
        if !operators::is_empty(conn)? {
            return Ok(None);
        }
        let created = workspaces::create(conn, &NewWorkspace::named(given.workspace.clone()), now)?;
        let Ok((workspace, _)) = created else { return Ok(None) };
        let new = NewOperator { name: given.name.as_str(), email: &given.email, password_hash: &hash };
        let Ok(operator) = operators::add(conn, &new, workspace.id, Role::Admin, now)? else { return Ok(None) };
        newcomer::enter(conn, operator, &hash, &KnownBrowser::random(), now).map(Some)
    });
    // The link works once: another request may have been faster.
    let Some((token, known)) = made.await? else { return Ok(see_other("/sign-in")) };
    Ok(signed_in(&state, see_other("/"), token, known))
}
