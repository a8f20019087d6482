//! Pages of the catalogue of attributes.

use std::collections::{BTreeSet, HashMap};

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::Value;

use super::{
    AttributeType, Definition,
    form::{self, AttributeForm},
    indexes::{IndexState, index_state},
    retype::{self, DryRun, Staying},
    sample::{Measured, Samples},
    store::{self, NamePlace},
};
use crate::{
    console::{Request, Scope, Shell},
    db::{ids::ProfileId, keyset::Page},
    error::AppError,
    filter::Filter,
    ledger::{Shown, shown},
    profiles::{self, PersonLabel},
    web::{
        Answer, Now, Timestamp,
        form::Choices,
        page, page_with,
        pager::{self, Pager},
        pairs::Pairs,
        respond::see_other_saying,
    },
};

/// Example values on a row of the catalogue.
const EXAMPLES: usize = 3;

/// A row of the catalogue.
struct Line {
    known: Definition,
    measured: Measured,
}

impl Line {
    fn examples(&self) -> Vec<Shown> {
        self.measured.top.iter().take(EXAMPLES).map(|(value, _)| shown(Some(&self.known), value)).collect()
    }
}

#[derive(Template)]
#[template(path = "attributes/index.html")]
struct IndexPage {
    shell: Shell,
    typed: String,
    /// Query of this page of the catalogue, to return to it.
    asked: String,
    is_retired: bool,
    in_use: i64,
    retired: i64,
    page: Page<Line>,
    pager: Pager,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("attributes")
    }

    fn link(&self, line: &Line) -> String {
        address(&self.shell.scope, "show", &line.known.name)
    }

    fn is_exact(&self) -> bool {
        self.page.rows.iter().all(|line| line.measured.is_exact)
    }
}

#[derive(Template)]
#[template(path = "attributes/show.html")]
struct ShowPage {
    shell: Shell,
    known: Definition,
    measured: Measured,
    /// State of the index that an admin asked for.
    index: Option<IndexState>,
    now: Now,
}

impl ShowPage {
    fn link(&self, page: &str) -> String {
        address(&self.shell.scope, page, &self.known.name)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Filter of the profiles that have this value.
    fn asked(&self, value: &str) -> String {
        Filter::attribute(&self.known.name, value).to_string()
    }

    /// Address of the list of profiles that have this value; `None` if nobody can filter by it.
    fn having(&self, value: &Value) -> Option<String> {
        let filter = Filter::having(&self.known.name, value).filter(|_| !self.known.is_sensitive)?;
        Some(Pairs::default().with("q", &filter.to_string()).address(&self.shell.scope.path("profiles")))
    }
}

#[derive(Template)]
#[template(path = "attributes/form.html")]
struct FormPage {
    shell: Shell,
    /// `None` for a new attribute.
    known: Option<Definition>,
    form: AttributeForm,
}

impl FormPage {
    fn title(&self) -> String {
        self.known.as_ref().map_or_else(|| "Create attribute".to_owned(), |known| format!("Edit {}", known.label()))
    }

    fn back(&self) -> String {
        match &self.known {
            Some(known) => address(&self.shell.scope, "show", &known.name),
            None => self.shell.scope.path("attributes"),
        }
    }
}

#[derive(Template)]
#[template(path = "attributes/type.html")]
struct TypePage {
    shell: Shell,
    known: Definition,
    kinds: Choices,
}

#[derive(Template)]
#[template(path = "attributes/dry_run.html")]
struct DryRunPage {
    shell: Shell,
    known: Definition,
    to: AttributeType,
    run: DryRun,
    people: HashMap<ProfileId, PersonLabel>,
}

impl DryRunPage {
    /// Profiles that have this value, at most 20: address and title.
    fn people<'a>(&'a self, value: &'a Staying) -> impl Iterator<Item = (String, &'a str)> + Clone {
        let one = |id: &ProfileId| {
            let address = self.shell.scope.path(&format!("profiles/{id}"));
            let title = self.people.get(id).map(PersonLabel::title).filter(|title| !title.is_empty());
            (address, title.unwrap_or("Somebody"))
        };
        value.profiles.iter().map(one)
    }

    fn others(&self, value: &Staying) -> i64 {
        value.count - i64::try_from(value.profiles.len()).unwrap_or(0)
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment) = (&request.query, request.scope().environment);
    let (typed, is_retired) = (query.get("q").to_owned(), query.get("show") == "retired");
    let found = store::page(conn, environment, &typed, is_retired, pager::way::<NamePlace>(query))?;
    let samples = request.state.db.memory::<Samples>();
    let measured = samples.measure(conn, environment, &found.rows, request.now.at)?;
    let (in_use, retired) = store::counts(conn, environment)?;
    let lines = found.rows.into_iter().zip(measured).map(|(known, measured)| Line { known, measured });
    let page_of_lines = Page { rows: lines.collect(), has_next: found.has_next, has_previous: found.has_previous };
    let place = |line: &Line| NamePlace(line.known.name.clone());
    let pager = Pager::new(&page_of_lines, &request.scope().path("attributes"), query, place, ["Previous", "Next"]);
    let asked = query.address("").trim_start_matches('?').to_owned();
    let shell = request.shell.clone();
    Ok(page(&IndexPage { shell, typed, asked, is_retired, in_use, retired, page: page_of_lines, pager }))
}

/// The attribute of that name.
///
/// # Errors
/// `NotFound` if there is none.
pub fn known(request: &Request, conn: &mut PgConnection, name: &str) -> Result<Definition, AppError> {
    store::find(conn, request.scope().environment, name)?.ok_or(AppError::NotFound)
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = known(request, conn, request.query.get("name"))?;
    let samples = request.state.db.memory::<Samples>();
    let (environment, now) = (request.scope().environment, request.now);
    let measured = samples.measure(conn, environment, std::slice::from_ref(&known), now.at)?.pop();
    let measured = measured.unwrap_or_default();
    let index = known.is_indexed.then(|| index_state(conn, &known.name, known.kind)).transpose()?;
    Ok(page(&ShowPage { shell: request.shell.clone(), known, measured, index, now }))
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let form = request.unsent().map_or_else(|| AttributeForm::blank(request.query.get("name")), AttributeForm::typed);
    Ok(page(&FormPage { shell: request.shell.clone(), known: None, form }))
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = known(request, conn, request.query.get("name"))?;
    let form = request.unsent().map_or_else(|| AttributeForm::of(&known), AttributeForm::typed);
    Ok(page(&FormPage { shell: request.shell.clone(), known: Some(known), form }))
}

/// The form again, with its problems.
pub fn again(request: &Request, known: Option<Definition>, form: AttributeForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: request.shell.clone(), known, form })
}

/// The types to choose from; with a chosen type, a dry run of the change.
pub fn retype(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = known(request, conn, request.query.get("name"))?;
    let shell = request.shell.clone();
    if let Some(why) = known.origin.why_fixed() {
        let message = format!("{} {why}. Its type cannot be changed either.", known.short_label());
        return Ok(see_other_saying(&address(&shell.scope, "show", &known.name), &message));
    }
    let Some(to) = AttributeType::from_stored(request.query.get("kind")) else {
        let kinds = form::kinds("Type", Some(known.kind));
        return Ok(page(&TypePage { shell, known, kinds }));
    };
    let environment = shell.scope.environment;
    let run = retype::dry_run(conn, environment, (&known.name, to))?;
    let named: BTreeSet<ProfileId> = run.values.iter().flat_map(|value| value.profiles.iter().copied()).collect();
    let people = profiles::people(conn, environment, &named)?;
    Ok(page(&DryRunPage { shell, known, to, run, people }))
}

/// Address of a page about one attribute: `show`, `edit` or `type`.
pub fn address(scope: &Scope, page: &str, name: &str) -> String {
    Pairs::default().with("name", name).address(&scope.path(&format!("attributes/{page}")))
}
