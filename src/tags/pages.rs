//! Pages of the catalogue of tags.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    Tag, card,
    form::{OtherForm, TagForm, tag_field},
    known,
    store::{self, Definition, MOST_COUNTED},
};
use crate::{
    console::{Request, Shell},
    db::keyset::Page,
    error::AppError,
    web::{
        Answer, Field,
        form::Control,
        page, page_with,
        pager::{self, Pager},
        words::{grouped, people},
    },
};

#[derive(Template)]
#[template(path = "tags/index.html")]
struct TagsPage {
    shell: Shell,
    typed: String,
    page: Page<Definition>,
    counts: BTreeMap<String, i64>,
    pager: Pager,
}

impl TagsPage {
    fn path(&self) -> String {
        self.shell.scope.path("tags")
    }

    fn count(&self, tag: &str) -> String {
        match self.counts.get(tag).copied().unwrap_or(0) {
            n if n > MOST_COUNTED => format!("more than {}", grouped(MOST_COUNTED)),
            n => grouped(n),
        }
    }

    /// Address of the list of profiles that have the tag.
    fn having(&self, tag: &str) -> String {
        card::having(&self.shell.scope.path("profiles"), tag)
    }
}

#[derive(Template)]
#[template(path = "tags/new.html")]
struct NewPage {
    shell: Shell,
    form: TagForm,
}

#[derive(Template)]
#[template(path = "tags/edit.html")]
struct EditPage {
    shell: Shell,
    tag: Definition,
    form: TagForm,
}

/// A change of all profiles that have a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The tag gets another name.
    Rename,
    /// The tag is replaced by another existing tag.
    Merge,
    /// The tag is removed.
    Delete,
}

#[derive(Template)]
#[template(path = "tags/change.html")]
struct ChangePage {
    shell: Shell,
    act: Act,
    tag: Definition,
    people: i64,
    form: OtherForm,
    offered: Vec<String>,
}

impl ChangePage {
    fn affected(&self) -> String {
        people(self.people)
    }

    fn path(&self) -> String {
        self.shell.scope.path(&format!("tags/{}", self.tag.name))
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment) = (&request.query, request.scope().environment);
    let typed = query.get("q").to_owned();
    let rows = store::page(conn, environment, &typed, &pager::way::<Tag>(query))?;
    let names: Vec<&str> = rows.rows.iter().map(|row| row.name.as_str()).collect();
    let counts = known::counts(&request.state.db, conn, environment, &names, request.now.at)?;
    let path = request.scope().path("tags");
    let pager = Pager::new(&rows, &path, query, |row: &Definition| row.name.clone(), ["Previous", "Next"]);
    Ok(page(&TagsPage { shell: request.shell.clone(), typed, page: rows, counts, pager }))
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let form = request.unsent().map_or_else(TagForm::blank, TagForm::typed);
    Ok(page(&NewPage { shell: request.shell.clone(), form }))
}

/// The form of a new tag again, with its problems.
pub fn new_again(request: &Request, form: TagForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { shell: request.shell.clone(), form })
}

fn find(request: &Request, conn: &mut PgConnection) -> Result<Definition, AppError> {
    let tag: Tag = request.id()?;
    store::find(conn, request.scope().environment, tag.as_str())?.ok_or(AppError::NotFound)
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let tag = find(request, conn)?;
    let form = request.unsent().map_or_else(|| TagForm::of(&tag), TagForm::typed);
    Ok(page(&EditPage { shell: request.shell.clone(), form, tag }))
}

/// The form again, with its problems.
pub fn edit_again(request: &Request, conn: &mut PgConnection, form: TagForm) -> Result<Answer, AppError> {
    let tag = find(request, conn)?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { shell: request.shell.clone(), tag, form }))
}

pub fn rename(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    change(request, conn, Act::Rename, Typed::before(request))
}

pub fn merge(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    change(request, conn, Act::Merge, Typed::before(request))
}

pub fn delete(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    change(request, conn, Act::Delete, Typed::default())
}

/// The name typed for the other tag, and its problem.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub text: String,
    /// The problem, in words that say what to do.
    pub problem: Option<String>,
}

impl Typed {
    /// What was typed before the operator signed in again.
    fn before(request: &Request) -> Self {
        Self { text: request.unsent().map_or_else(String::new, |sent| sent.raw("to").to_owned()), problem: None }
    }
}

/// Tags offered for merging into.
const OFFERED: i64 = 500;

/// The confirmation of a change: number of profiles, effect, and the button.
pub fn change(request: &Request, conn: &mut PgConnection, act: Act, typed: Typed) -> Result<Answer, AppError> {
    let (tag, environment) = (find(request, conn)?, request.scope().environment);
    let people = store::count(conn, environment, &tag.name)?;
    let mut offered = if act == Act::Merge { store::names(conn, environment, OFFERED)? } else { Vec::new() };
    offered.retain(|name| *name != tag.name);
    let status = if typed.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let field = match act {
        Act::Merge => Field::new("to", "Merge this tag into", Control::Text)
            .limit(40)
            .list("known-tags")
            .hint("Choose an existing tag."),
        _ => tag_field("to", "New name"),
    };
    let form = OtherForm::new(field, &typed.text, typed.problem);
    Ok(page_with(status, &ChangePage { shell: request.shell.clone(), act, tag, people, form, offered }))
}
