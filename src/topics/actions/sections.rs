//! Changes of sections.

use serde_json::json;

use super::{change, moved};
use crate::{
    auth::Action,
    console::Request,
    db::ids::SectionId,
    error::AppError,
    topics::{Section, form::SectionForm, pages, store, told},
    web::{Answer, FormData, respond::see_other_saying},
};

fn index(request: &Request, message: &str) -> Answer {
    see_other_saying(&request.scope().path("topics"), message)
}

pub fn create_section(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let made = change(request, |conn, workspace, known| {
        let name = match SectionForm::parse(sent, known, None) {
            Ok(name) => name,
            Err(form) => return Ok((Err(form), None)),
        };
        let id = SectionId(known.sections.iter().map(|section| section.id.0).max().unwrap_or(0) + 1);
        store::put_section(conn, workspace, &Section { id, name: name.clone() })?;
        let ids: Vec<i32> = known.sections.iter().map(|section| section.id.0).chain([id.0]).collect();
        store::order_sections(conn, workspace, &ids)?;
        let written = (Action::SectionMade, json!({ "section": name }));
        Ok((Ok(name), Some(written)))
    })?;
    match made {
        Ok(name) => Ok(index(request, &format!("Section {name} created."))),
        Err(form) => Ok(pages::section_again(request, None, *form)),
    }
}

pub fn update_section(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: SectionId = request.id()?;
    let done = change(request, |conn, workspace, known| {
        let Some(own) = known.sections.iter().find(|section| section.id == id) else { return Ok((None, None)) };
        let name = match SectionForm::parse(sent, known, Some(own)) {
            Ok(name) => name,
            Err(form) => return Ok((Some(Err((own.clone(), form))), None)),
        };
        store::put_section(conn, workspace, &Section { id, name: name.clone() })?;
        let what = told::changed("name", &own.name, &name);
        let written = what.map(|what| (Action::SectionChanged, json!({ "section": name, "what": what })));
        Ok((Some(Ok(())), written))
    })?;
    match done.ok_or(AppError::NotFound)? {
        Ok(()) => Ok(index(request, "Section saved.")),
        Err((own, form)) => Ok(pages::section_again(request, Some(own), *form)),
    }
}

pub fn move_section(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: SectionId = request.id()?;
    let is_new = change(request, |conn, workspace, known| {
        let Some(ids) = moved(known.sections.iter().map(|it| it.id.0).collect(), id.0, sent) else {
            return Ok((false, None));
        };
        store::order_sections(conn, workspace, &ids)?;
        Ok((true, Some((Action::TopicsOrdered, json!({})))))
    })?;
    Ok(index(request, if is_new { "Section moved." } else { "Nothing changed." }))
}

/// Removes a section in which no topic stands.
pub fn remove_section(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let id: SectionId = request.id()?;
    let message = change(request, |conn, workspace, known| {
        let Some(own) = known.sections.iter().find(|section| section.id == id) else {
            return Ok(("The section no longer exists.", None));
        };
        if known.topics.iter().any(|topic| topic.section == Some(id)) {
            return Ok(("The section has topics. Put them into another section first, retired ones too.", None));
        }
        store::remove_section(conn, workspace, id)?;
        Ok(("Section removed.", Some((Action::SectionRemoved, json!({ "section": own.name })))))
    })?;
    Ok(index(request, message))
}
