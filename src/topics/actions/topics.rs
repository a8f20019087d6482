//! Changes of topics.

use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::{change, moved};
use crate::{
    auth::Action,
    console::Request,
    db::ids::{TopicId, WorkspaceId},
    error::AppError,
    topics::{Catalogue, TopicDefinition, form::TopicForm, pages, store},
    web::{Answer, FormData, respond::see_other_saying},
};

/// Puts a topic after all others of its section.
fn put_last(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    known: &Catalogue,
    own: &TopicDefinition,
) -> QueryResult<usize> {
    let others = known.topics.iter().filter(|topic| topic.section == own.section && topic.id != own.id);
    let ids: Vec<i32> = others.map(|topic| topic.id.0).chain([own.id.0]).collect();
    store::order_topics(conn, workspace, &ids)
}

fn detail(topic: &TopicDefinition, what: &str) -> Value {
    json!({ "topic": topic.id, "name": topic.name, "what": what })
}

fn page(request: &Request, topic: TopicId, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("topics/{topic}")), message)
}

pub fn create_topic(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let made = change(request, |conn, workspace, known| match TopicForm::parse(sent, known, None) {
        Ok(new) => {
            store::put_topic(conn, workspace, &new, request.now.at)?;
            put_last(conn, workspace, known, &new)?;
            let written = (Action::TopicMade, detail(&new, ""));
            Ok((Ok(new.id), Some(written)))
        }
        Err(form) => Ok((Err(form), None)),
    })?;
    match made {
        Ok(id) => Ok(page(request, id, "Topic created.")),
        Err(form) => Ok(pages::topic_again(request, None, *form)),
    }
}

pub fn update_topic(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: TopicId = request.id()?;
    let done = change(request, |conn, workspace, known| {
        let Some(own) = known.topics.iter().find(|topic| topic.id == id) else { return Ok((None, None)) };
        let new = match TopicForm::parse(sent, known, Some(own)) {
            Ok(new) => new,
            Err(form) => return Ok((Some(Err((own.clone(), form))), None)),
        };
        let what = new.differences(own, known);
        if what.is_empty() {
            return Ok((Some(Ok("Nothing changed.")), None));
        }
        store::put_topic(conn, workspace, &new, request.now.at)?;
        if new.section != own.section {
            put_last(conn, workspace, known, &new)?;
        }
        let message = "Topic saved. It takes effect within ten seconds.";
        Ok((Some(Ok(message)), Some((Action::TopicChanged, detail(&new, &what)))))
    })?;
    match done.ok_or(AppError::NotFound)? {
        Ok(message) => Ok(page(request, id, message)),
        Err((own, form)) => Ok(pages::topic_again(request, Some(own), *form)),
    }
}

/// Moves a topic up or down among those of its section that are not retired.
pub fn move_topic(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: TopicId = request.id()?;
    let is_new = change(request, |conn, workspace, known| {
        let section = known.topics.iter().find(|topic| topic.id == id).map(|topic| topic.section);
        let beside = |is_retired| {
            let of = known
                .topics
                .iter()
                .filter(move |it| Some(it.section) == section && it.retired_at.is_some() == is_retired);
            of.map(|topic| topic.id.0)
        };
        let Some(mut ids) = moved(beside(false).collect(), id.0, sent) else { return Ok((false, None)) };
        ids.extend(beside(true));
        store::order_topics(conn, workspace, &ids)?;
        Ok((true, Some((Action::TopicsOrdered, json!({})))))
    })?;
    let message = if is_new { "Topic moved." } else { "Nothing changed." };
    Ok(see_other_saying(&request.scope().path("topics"), message))
}

pub fn retire_topic(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (id, is_retired): (TopicId, _) = (request.id()?, sent.get("retired") == "yes");
    let is_new = change(request, |conn, workspace, known| {
        let Some(own) = known.topics.iter().find(|topic| topic.id == id) else { return Ok((None, None)) };
        if own.retired_at.is_some() == is_retired {
            return Ok((Some(false), None));
        }
        let new = TopicDefinition { retired_at: is_retired.then_some(request.now.at), ..own.clone() };
        store::put_topic(conn, workspace, &new, request.now.at)?;
        let action = if is_retired { Action::TopicRetired } else { Action::TopicBroughtBack };
        Ok((Some(true), Some((action, detail(&new, "")))))
    })?;
    let message = match (is_new.ok_or(AppError::NotFound)?, is_retired) {
        (false, _) => "Nothing changed.",
        (true, true) => "Topic retired. Nobody can choose it any more; what people said about it stays.",
        (true, false) => "Topic restored.",
    };
    Ok(page(request, id, message))
}
