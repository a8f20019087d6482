//! Changes of purposes.

use serde_json::json;

use super::change;
use crate::{
    auth::Action,
    console::Request,
    db::ids::PurposeId,
    error::AppError,
    topics::{form::PurposeForm, pages, store, told},
    web::{Answer, FormData, respond::see_other_saying},
};

fn list(request: &Request, message: &str) -> Answer {
    see_other_saying(&request.scope().path("topics/purposes"), message)
}

pub fn create_purpose(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let made = change(request, |conn, workspace, known| match PurposeForm::parse(sent, known, None) {
        Ok(new) => {
            store::put_purpose(conn, workspace, &new, request.now.at)?;
            let written = (Action::PurposeMade, json!({ "purpose": new.purpose.as_str() }));
            Ok((Ok(new.name), Some(written)))
        }
        Err(form) => Ok((Err(form), None)),
    })?;
    match made {
        Ok(name) => Ok(list(request, &format!("Purpose {name} defined."))),
        Err(form) => Ok(pages::purpose_again(request, None, *form)),
    }
}

pub fn update_purpose(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let id: PurposeId = request.id()?;
    let done = change(request, |conn, workspace, known| {
        let Some(own) = known.purposes.iter().find(|purpose| purpose.id == id) else { return Ok((None, None)) };
        let new = match PurposeForm::parse(sent, known, Some(own)) {
            Ok(new) => new,
            Err(form) => return Ok((Some(Err((own.clone(), form))), None)),
        };
        let described = told::changed("description", &own.description, &new.description);
        let what: Vec<String> = told::changed("name", &own.name, &new.name).into_iter().chain(described).collect();
        store::put_purpose(conn, workspace, &new, request.now.at)?;
        let detail = json!({ "purpose": new.purpose.as_str(), "what": what.join("; ") });
        Ok((Some(Ok(())), (!what.is_empty()).then_some((Action::PurposeChanged, detail))))
    })?;
    match done.ok_or(AppError::NotFound)? {
        Ok(()) => Ok(list(request, "Purpose saved.")),
        Err((own, form)) => Ok(pages::purpose_again(request, Some(own), *form)),
    }
}

/// Removes a purpose that nobody ever answered for (M9.3) and that nothing needs.
pub fn remove_purpose(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let id: PurposeId = request.id()?;
    let message = change(request, |conn, workspace, known| {
        let Some(own) = known.purposes.iter().find(|purpose| purpose.id == id) else {
            return Ok(("The purpose no longer exists.", None));
        };
        if known.is_tied(&own.purpose) {
            return Ok(("A topic or a channel needs this purpose, so it stays. Untie it there first.", None));
        }
        if store::answers(conn, workspace, &[&own.purpose])?.values().any(|count| *count > 0) {
            return Ok(("People answered for this purpose, so it stays: their answers must keep their meaning.", None));
        }
        store::remove_purpose(conn, workspace, id)?;
        Ok(("Purpose removed.", Some((Action::PurposeRemoved, json!({ "purpose": own.purpose.as_str() })))))
    })?;
    Ok(list(request, message))
}
