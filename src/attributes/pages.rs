//! What the catalogue of attributes shows.

use std::collections::{BTreeSet, HashMap};

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    AttributeType, Definition,
    form::{self, AttributeForm},
    retype::{self, DryRun, Staying},
    sample::{Measured, Samples},
    store::{self, NamePlace},
};
use crate::{
    console::{Scope, Shell},
    db::{ids::ProfileId, keyset::Page},
    error::AppError,
    ledger::{Shown, shown},
    profiles::{self, PersonLabel},
    state::AppState,
    web::{
        Now, Query, Timestamp,
        form::Choices,
        page, page_with,
        pager::{self, Pager},
        pairs::Pairs,
        respond::see_other_saying,
    },
};

/// Values of an attribute that the list gives as examples.
const EXAMPLES: usize = 3;

/// A line of the catalogue.
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
    /// Which part of the catalogue this is.
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
    now: Now,
}

impl ShowPage {
    fn link(&self, page: &str) -> String {
        address(&self.shell.scope, page, &self.known.name)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// What to type into the search box to ask for a value.
    fn asked(&self) -> String {
        let name = &self.known.name;
        match name.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '"')) {
            true => format!("\"{}\":…", name.replace('"', "")),
            false => format!("{name}:…"),
        }
    }
}

#[derive(Template)]
#[template(path = "attributes/form.html")]
struct FormPage {
    shell: Shell,
    /// None: it is a new one.
    known: Option<Definition>,
    form: AttributeForm,
}

impl FormPage {
    fn title(&self) -> String {
        self.known.as_ref().map_or_else(|| "New attribute".to_owned(), |known| format!("Edit {}", known.label()))
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
    /// Profiles that have this value, as many as are named, with what to call them.
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

pub async fn index(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let (typed, is_retired) = (query.get("q").to_owned(), query.get("show") == "retired");
    let (environment, now) = (shell.scope.environment, shell.now(&state.clock));
    let (way, word, samples) = (pager::way::<NamePlace>(&query), typed.clone(), state.db.memory::<Samples>());
    let loaded = state.db.read(move |conn| {
        let page = store::page(conn, environment, (&word, is_retired), way.clone())?;
        let measured = samples.measure(conn, environment, &page.rows, now.at)?;
        Ok((page, measured, store::counts(conn, environment)?))
    });
    let (found, measured, (in_use, retired)) = loaded.await?;
    let lines = found.rows.into_iter().zip(measured).map(|(known, measured)| Line { known, measured });
    let page_of_lines = Page { rows: lines.collect(), has_next: found.has_next, has_previous: found.has_previous };
    let place = |line: &Line| NamePlace(line.known.name.clone());
    let pager = Pager::new(&page_of_lines, &shell.scope.path("attributes"), &query, place, ["Previous", "Next"]);
    let asked = query.address("").trim_start_matches('?').to_owned();
    Ok(page(&IndexPage { shell, typed, asked, is_retired, in_use, retired, page: page_of_lines, pager }))
}

/// The attribute that the address names.
pub async fn known(state: &AppState, shell: &Shell, name: &str) -> Result<Definition, AppError> {
    let (environment, name) = (shell.scope.environment, name.to_owned());
    state.db.read(move |conn| store::find(conn, environment, &name)).await?.ok_or(AppError::NotFound)
}

pub async fn show(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let (environment, now, name) = (shell.scope.environment, shell.now(&state.clock), query.get("name").to_owned());
    let samples = state.db.memory::<Samples>();
    let loaded = state.db.read(move |conn| {
        let Some(known) = store::find(conn, environment, &name)? else { return Ok(None) };
        let measured = samples.measure(conn, environment, std::slice::from_ref(&known), now.at)?.pop();
        Ok(Some((known, measured.unwrap_or_default())))
    });
    let (known, measured) = loaded.await?.ok_or(AppError::NotFound)?;
    Ok(page(&ShowPage { now: shell.now(&state.clock), shell, known, measured }))
}

pub async fn new(shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let form = AttributeForm::blank(query.get("name"));
    Ok(page(&FormPage { shell, known: None, form }))
}

pub async fn edit(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let known = known(&state, &shell, query.get("name")).await?;
    let form = AttributeForm::of(&known);
    Ok(page(&FormPage { shell, known: Some(known), form }))
}

/// A form again, with what is wrong.
pub fn again(shell: Shell, known: Option<Definition>, form: AttributeForm) -> HttpResponse {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell, known, form })
}

/// The types to choose from; with one of them, what choosing it would do.
pub async fn retype(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    let known = known(&state, &shell, query.get("name")).await?;
    if let Some(why) = known.origin.why_fixed() {
        let message = format!("{} {why}. So does its type.", known.short_label());
        return Ok(see_other_saying(&address(&shell.scope, "show", &known.name), &message));
    }
    let Some(to) = AttributeType::from_stored(query.get("kind")) else {
        let kinds = form::kinds("Type", Some(known.kind));
        return Ok(page(&TypePage { shell, known, kinds }));
    };
    let (environment, name) = (shell.scope.environment, known.name.clone());
    let loaded = state.db.read(move |conn| {
        let run = retype::dry_run(conn, environment, (&name, to))?;
        let named: BTreeSet<ProfileId> = run.values.iter().flat_map(|value| value.profiles.iter().copied()).collect();
        let people = profiles::people(conn, environment, &named)?;
        Ok((run, people))
    });
    let (run, people) = loaded.await?;
    Ok(page(&DryRunPage { shell, known, to, run, people }))
}

/// Address of a page about one attribute: `show`, `edit` or `type`.
pub fn address(scope: &Scope, page: &str, name: &str) -> String {
    Pairs::default().with("name", name).address(&scope.path(&format!("attributes/{page}")))
}
