//! What the catalogue of tags shows.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{
    Tag, card,
    form::{OtherForm, TagForm, tag_field},
    known,
    store::{self, Definition, MOST_COUNTED},
};
use crate::{
    console::Shell,
    db::keyset::Page,
    error::AppError,
    state::AppState,
    web::{
        Field, PathId, Query,
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
    form: TagForm,
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

    /// Everybody who has the tag.
    fn having(&self, tag: &str) -> String {
        card::having(&self.shell.scope.path("profiles"), tag)
    }
}

#[derive(Template)]
#[template(path = "tags/edit.html")]
struct EditPage {
    shell: Shell,
    tag: Definition,
    form: TagForm,
}

/// What may happen to everybody who has a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Another name for the same thing.
    Rename,
    /// It becomes part of another tag.
    Merge,
    /// It goes.
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

pub async fn index(state: Data<AppState>, shell: Shell, query: Query) -> Result<HttpResponse, AppError> {
    list(&state, shell, &query, TagForm::blank(), StatusCode::OK).await
}

/// The catalogue, with what was typed into its form.
pub async fn list(
    state: &AppState,
    shell: Shell,
    query: &Query,
    form: TagForm,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (environment, way) = (shell.scope.environment, pager::way::<Tag>(query));
    let typed = query.get("q").to_owned();
    let (asked, db, now) = (typed.clone(), state.db.clone(), state.clock.now());
    let loaded = state.db.read(move |conn| {
        let rows = store::page(conn, environment, &asked, &way)?;
        let names: Vec<&str> = rows.rows.iter().map(|row| row.name.as_str()).collect();
        let counts = known::counts(&db, conn, environment, &names, now)?;
        Ok((rows, counts))
    });
    let (rows, counts) = loaded.await?;
    let path = shell.scope.path("tags");
    let pager = Pager::new(&rows, &path, query, |row: &Definition| row.name.clone(), ["Previous", "Next"]);
    Ok(page_with(status, &TagsPage { shell, typed, page: rows, counts, pager, form }))
}

pub async fn edit(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (environment, tag) = (shell.scope.environment, Tag::from_path(&request)?);
    let known = state.db.read(move |conn| store::find(conn, environment, tag.as_str())).await?;
    let tag = known.ok_or(AppError::NotFound)?;
    Ok(page(&EditPage { form: TagForm::of(&tag), shell, tag }))
}

/// The form again, with what is wrong.
pub async fn edit_again(state: &AppState, shell: Shell, tag: Tag, form: TagForm) -> Result<HttpResponse, AppError> {
    let environment = shell.scope.environment;
    let known = state.db.read(move |conn| store::find(conn, environment, tag.as_str())).await?;
    let tag = known.ok_or(AppError::NotFound)?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { shell, tag, form }))
}

pub async fn rename(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    change(&state, shell, Act::Rename, Tag::from_path(&request)?, Typed::default()).await
}

pub async fn merge(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    change(&state, shell, Act::Merge, Tag::from_path(&request)?, Typed::default()).await
}

pub async fn delete(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    change(&state, shell, Act::Delete, Tag::from_path(&request)?, Typed::default()).await
}

/// What was typed as the other tag, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// As typed.
    pub text: String,
    /// In words that say what to do.
    pub problem: Option<String>,
}

/// Tags offered for merging into.
const OFFERED: i64 = 500;

/// How many people a change is about and what it does to them, with the button that does it.
pub async fn change(
    state: &AppState,
    shell: Shell,
    act: Act,
    tag: Tag,
    typed: Typed,
) -> Result<HttpResponse, AppError> {
    let environment = shell.scope.environment;
    let loaded = state.db.read(move |conn| {
        let Some(known) = store::find(conn, environment, tag.as_str())? else { return Ok(None) };
        let people = store::count(conn, environment, tag.as_str())?;
        let mut offered = if act == Act::Merge { store::names(conn, environment, OFFERED)? } else { Vec::new() };
        offered.retain(|name| name != tag.as_str());
        Ok(Some((known, people, offered)))
    });
    let (tag, people, offered) = loaded.await?.ok_or(AppError::NotFound)?;
    let status = if typed.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let field = match act {
        Act::Merge => Field::new("to", "Tag that it becomes part of", Control::Text)
            .limit(40)
            .list("known-tags")
            .hint("One that is in the catalogue."),
        _ => tag_field("to", "New name"),
    };
    let form = OtherForm::new(field, &typed.text, typed.problem);
    Ok(page_with(status, &ChangePage { shell, act, tag, people, form, offered }))
}
