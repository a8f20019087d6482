//! The list of purposes, and their forms.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use crate::{
    console::{Request, Shell},
    db::{Decided, ids::PurposeId},
    error::AppError,
    subscriptions::Purpose,
    topics::{Catalogue, PurposeDefinition, form::PurposeForm, store},
    web::{Answer, FormData, form::Problems, page, page_with, pairs::Pairs, words::grouped},
};

#[derive(Template)]
#[template(path = "topics/purposes.html")]
struct PurposesPage {
    shell: Shell,
    known: Catalogue,
    counts: BTreeMap<String, i64>,
    /// What people answered for and nobody defined.
    seen: Vec<Purpose>,
    can_change: bool,
}

impl PurposesPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    fn count(&self, purpose: &PurposeDefinition) -> i64 {
        self.counts.get(purpose.purpose.as_str()).copied().unwrap_or(0)
    }

    /// How many people answered, in words.
    fn answered(&self, purpose: &PurposeDefinition) -> String {
        match self.count(purpose) {
            n if n > store::MOST_COUNTED => format!("more than {}", grouped(store::MOST_COUNTED)),
            n => grouped(n),
        }
    }

    /// Whether nobody answered for it and nothing needs it.
    fn is_unused(&self, purpose: &PurposeDefinition) -> bool {
        self.count(purpose) == 0 && !self.known.is_tied(&purpose.purpose)
    }

    /// What needs consent for it.
    fn needed_by(&self, purpose: &PurposeDefinition) -> String {
        let channels = self.known.decided.iter().filter(|(_, rules)| rules.purposes.contains(&purpose.purpose));
        let topics = self.known.topics.iter().filter(|topic| topic.rules.purposes.contains(&purpose.purpose));
        let names = channels.map(|(channel, _)| channel.label()).chain(topics.map(|topic| topic.name.as_str()));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Address of the form that defines a purpose.
    fn define(&self, purpose: &Purpose) -> String {
        Pairs::default().with("key", purpose.as_str()).address(&format!("{}/purposes/new", self.path()))
    }
}

#[derive(Template)]
#[template(path = "topics/purpose.html")]
struct FormPage {
    shell: Shell,
    /// `None`: a new one.
    own: Option<PurposeDefinition>,
    form: PurposeForm,
}

impl FormPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics/purposes")
    }

    /// Where the form is sent to.
    fn action(&self) -> String {
        self.own.as_ref().map_or(format!("{}/new", self.path()), |own| format!("{}/{}", self.path(), own.id))
    }
}

pub fn purposes(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let environment = request.scope().environment;
    let known = Catalogue::read(conn, environment)?;
    let asked: Vec<&Purpose> = known.purposes.iter().map(|purpose| &purpose.purpose).collect();
    let counts = store::answers(conn, request.scope().workspace.id, &asked)?;
    let mut seen = store::seen_purposes(conn, environment, &known.purposes)?;
    seen.truncate(store::MOST_SEEN);
    let can_change = request.scope().role.can_change_settings();
    Ok(page(&PurposesPage { shell: request.shell.clone(), known, counts, seen, can_change }))
}

pub fn new_purpose(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let asked = Pairs::default().with("key", request.query.get("key"));
    let typed = request.unsent().cloned().unwrap_or(FormData(asked));
    let form = PurposeForm::typed(&typed, Problems::default());
    Ok(page(&FormPage { shell: request.shell.clone(), own: None, form }))
}

pub fn edit_purpose(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id: PurposeId = request.id()?;
    let known = Catalogue::read(conn, request.scope().environment)?;
    let own = known.purposes.into_iter().find(|purpose| purpose.id == id).ok_or(AppError::NotFound)?;
    let typed = request.unsent().map(|sent| PurposeForm::typed(sent, Problems::default()));
    let form = typed.unwrap_or_else(|| PurposeForm::of(&own));
    Ok(page(&FormPage { shell: request.shell.clone(), own: Some(own), form }))
}

/// The form again, with its problems.
pub fn purpose_again(request: &Request, own: Option<PurposeDefinition>, form: PurposeForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: request.shell.clone(), own, form })
}
