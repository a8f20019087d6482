//! Changes of templates: each is one line of the audit log.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    Template,
    form::{self, Wish},
    pages,
    store::{self, By, Saved},
};
use crate::{
    auth::{self, Action, Actor, Place},
    console::Request,
    db::ids::{MessageTemplateId, new_id},
    error::AppError,
    web::{Answer, FormData, form::Problems, respond::see_other_saying},
    workspaces,
};

const TAKEN: &str = "There is a template of this name. Enter another one.";
const FULL: &str = "There are 500 templates, which is the limit.";
const STALE: &str = "Somebody else changed this template meanwhile. Look at it, then change it again.";

fn by(request: &Request) -> By<'_> {
    By { name: &request.scope().operator.name, at: request.now.at }
}

fn note(
    request: &Request,
    conn: &mut PgConnection,
    action: Action,
    (id, name): (MessageTemplateId, &str),
    what: Option<String>,
) -> QueryResult<()> {
    let actor = Actor { place: Place::Workspace(request.scope().workspace.id), ..request.actor() };
    let detail = json!({ "template": id, "name": name, "what": what });
    auth::audit(conn, &actor, action, detail, request.now.at).map(drop)
}

fn shown(request: &Request, id: MessageTemplateId, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("templates/{id}")), message)
}

/// The problem of one field.
fn problem(field: &'static str, rule: &str) -> Problems {
    let mut problems = Problems::default();
    problems.add(field, rule);
    problems
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let wish = Wish::read(sent);
    if wish != Wish::Save {
        return pages::new_again(request, &form::after(sent, wish), Problems::default());
    }
    let saved = match form::parse(sent, pages::channel(sent).ok_or(AppError::NotFound)?) {
        Ok(saved) => saved,
        Err(problems) => return pages::new_again(request, sent, problems),
    };
    let (workspace, id) = (request.scope().workspace.id, MessageTemplateId(new_id(request.now.at)));
    let channel = pages::channel(sent).ok_or(AppError::NotFound)?;
    let wrong = request.state.db.tx_now(|conn| {
        workspaces::hold(conn, workspace)?;
        let all = store::list(conn, workspace, None)?;
        if all.len() >= store::MOST {
            return Ok(Some(FULL));
        }
        if store::is_taken(&all, None, saved.name.as_str()) {
            return Ok(Some(TAKEN));
        }
        store::add(conn, workspace, id, channel, &saved, by(request))?;
        note(request, conn, Action::TemplateMade, (id, saved.name.as_str()), None)?;
        Ok(None)
    })?;
    match wrong {
        Some(rule) => pages::new_again(request, sent, problem("name", rule)),
        None => Ok(shown(request, id, &format!("Template {} saved.", saved.name.as_str()))),
    }
}

/// What differs, in words.
fn what_changed(was: &Template, new: &Saved, version: i32) -> Vec<String> {
    let mut what = Vec::new();
    if was.name != new.name {
        what.push(format!("name: “{}” → “{}”", was.name.as_str(), new.name.as_str()));
    }
    if was.kind != new.kind {
        what.push(format!("kind: “{}” → “{}”", was.kind.label(), new.kind.label()));
    }
    if was.topic != new.topic {
        what.push("topic".to_owned());
    }
    if was.version != version {
        what.push(format!("version {version}"));
    }
    what
}

/// Saves what is new of a template, if it still has the version that was seen. Returns whether anything changed, or what is wrong.
fn change(
    request: &Request,
    (id, seen): (MessageTemplateId, i32),
    new: &Saved,
) -> Result<Result<bool, &'static str>, AppError> {
    let workspace = request.scope().workspace.id;
    request.state.db.tx_now(|conn| {
        workspaces::hold(conn, workspace)?;
        let Some(was) = store::find(conn, workspace, id)?.filter(|it| it.version == seen) else {
            return Ok(Err(STALE));
        };
        let all = store::list(conn, workspace, None)?;
        if was.name != new.name && store::is_taken(&all, Some(id), new.name.as_str()) {
            return Ok(Err(TAKEN));
        }
        let version = store::change(conn, workspace, &was, new, by(request))?;
        let what = what_changed(&was, new, version);
        if !what.is_empty() {
            let about = (id, new.name.as_str());
            note(request, conn, Action::TemplateChanged, about, Some(what.join("; ")))?;
        }
        Ok(Ok(!what.is_empty()))
    })
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let template = pages::asked(request)?;
    let wish = Wish::read(sent);
    if wish != Wish::Save {
        return pages::edit_again(request, &template, &form::after(sent, wish), Problems::default());
    }
    let saved = match form::parse(sent, template.channel) {
        Ok(saved) => saved,
        Err(problems) => return pages::edit_again(request, &template, sent, problems),
    };
    match change(request, (template.id, sent.parsed("version").unwrap_or(0)), &saved)? {
        Err(rule) => pages::edit_again(request, &template, sent, problem("name", rule)),
        Ok(false) => Ok(shown(request, template.id, "Nothing changed.")),
        Ok(true) => Ok(shown(request, template.id, &format!("Template {} saved.", saved.name.as_str()))),
    }
}

/// Makes the words of an earlier version the newest ones.
pub fn use_again(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (now, then) = (pages::asked(request)?, pages::asked_version(request)?);
    let saved =
        Saved { name: now.name.clone(), kind: now.kind, topic: now.topic.clone(), variants: then.variants.clone() };
    // The kind may be another one by now, and then other rules hold.
    let needs_link = form::needs_link(now.channel, now.kind);
    if let Some(fault) = saved.variants.iter().find_map(|it| super::check(&it.words, needs_link).err()) {
        return Ok(shown(request, now.id, &format!("Version {} cannot be used: {fault}", then.version)));
    }
    let message = match change(request, (now.id, now.version), &saved)? {
        Err(rule) => rule.to_owned(),
        Ok(false) => "The words are the same already.".to_owned(),
        Ok(true) => format!("The words of version {} are used again.", then.version),
    };
    Ok(shown(request, now.id, &message))
}

pub fn archive(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let template = pages::asked(request)?;
    let workspace = request.scope().workspace.id;
    request.state.db.tx_now(|conn| {
        store::archive(conn, workspace, template.id, Some(request.now.at))?;
        note(request, conn, Action::TemplateArchived, (template.id, template.name.as_str()), None)
    })?;
    let message = format!("Template {} archived.", template.name.as_str());
    Ok(see_other_saying(&request.scope().path("templates"), &message))
}

pub fn restore(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let template = pages::asked(request)?;
    let (workspace, name) = (request.scope().workspace.id, template.name.as_str());
    let is_free = request.state.db.tx_now(|conn| {
        workspaces::hold(conn, workspace)?;
        if store::is_taken(&store::list(conn, workspace, None)?, Some(template.id), name) {
            return Ok(false);
        }
        store::archive(conn, workspace, template.id, None)?;
        note(request, conn, Action::TemplateBroughtBack, (template.id, name), None)?;
        Ok(true)
    })?;
    let message = if is_free {
        format!("Template {name} is back.")
    } else {
        format!("Another template is called {name} now. Rename that one first.")
    };
    Ok(shown(request, template.id, &message))
}
