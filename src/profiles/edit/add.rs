//! An attribute that the person does not have yet, known to the catalogue or new (S3.6, F2.3).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use serde_json::Value;

use super::{rules, store::Present};
use crate::{
    attributes::{self, AttributeName, AttributeType, AttributeValue, Attributes, Definition},
    console,
    console::Shell,
    db::ids::ProfileId,
    error::AppError,
    ingest::{self, Item, Person, Statement},
    ledger::Effect,
    profile_page::{Tab, View, redirect_if_merged},
    registers::Correction,
    state::AppState,
    web::{
        Field, FormData, PathId,
        form::{Control, Problems},
        page_with,
        respond::see_other_offering,
    },
};

#[derive(Template)]
#[template(path = "profiles/add.html")]
struct AddPage {
    at: View,
    fields: [Field; 3],
    problems: Problems,
    known: Vec<Definition>,
}

/// Attributes of words alone.
const NAMES: [&str; 3] = ["name", "first_name", "last_name"];

/// What was typed.
#[derive(Default)]
struct Typed {
    name: String,
    kind: String,
    value: String,
}

async fn show(
    (request, state, shell): (&HttpRequest, &AppState, Shell),
    typed: &Typed,
    problems: Problems,
) -> Result<HttpResponse, AppError> {
    let (id, made, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.read(move |conn| {
        let now = Present::load(conn, &scope, id, &[], made)?;
        Ok(now.zip(Some(attributes::options(conn, scope.environment)?)))
    });
    let Some((now, mut known)) = loaded.await? else { return redirect_if_merged(state, &shell, id, Tab::Info).await };
    known.retain(|definition| !now.values.contains_key(&definition.name) && definition.origin.why_fixed().is_none());
    let kinds = [(String::new(), "As the catalogue says, else as it looks".to_owned())];
    let kinds = kinds.into_iter().chain(AttributeType::ALL.map(|it| (it.as_str().to_owned(), it.label().to_owned())));
    let fields = [
        Field::new("name", "Attribute", Control::Text)
            .value(&typed.name)
            .limit(256)
            .list("known")
            .hint("Choose one that is known, or name a new one."),
        Field::new("kind", "Type", Control::Select).value(&typed.kind).options(kinds),
        Field::new("value", "Value", Control::Area).value(&typed.value).hint("Of a list, one entry a line."),
    ]
    .map(|field| field.problem(&problems.0));
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &AddPage { at: View { shell, frame: now.frame, now: made }, fields, problems, known }))
}

pub async fn new(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    show((&request, &state, shell), &Typed::default(), Problems::default()).await
}

/// Reads what was typed as the value of an attribute: as the type that somebody chose for it, else as what it looks like.
pub fn read(name: &AttributeName, typed: &str, definition: Option<&Definition>) -> Result<Value, &'static str> {
    if let Some(why) = definition.and_then(|it| it.origin.why_fixed()) {
        return Err(why);
    }
    let chosen = definition.filter(|it| it.is_typed).map(|it| it.kind);
    read_as(chosen.unwrap_or_else(|| looks_like(name, typed)), name, typed)
}

fn read_as(kind: AttributeType, name: &AttributeName, typed: &str) -> Result<Value, &'static str> {
    let value = kind.read(typed)?.ok_or("needs a value")?;
    rules::check(name.as_str(), typed.trim())?;
    Ok(value)
}

/// The type of what was typed, where nobody says it: a number, yes or no, a date, else text.
fn looks_like(name: &AttributeName, typed: &str) -> AttributeType {
    use AttributeType::{Boolean, Date, Number, Text};
    let typed = Value::from(typed.trim());
    let is_word = matches!(typed.as_str(), Some("yes" | "no" | "true" | "false"));
    match () {
        // Names are words, whatever they look like.
        () if NAMES.contains(&name.as_str()) => Text,
        () if is_word => Boolean,
        () if Number.convert(&typed).is_some() => Number,
        () if Date.convert(&typed).is_some() => Date,
        () => Text,
    }
}

pub async fn add(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    form: FormData,
) -> Result<HttpResponse, AppError> {
    let typed = Typed { name: form.raw("name").into(), kind: form.raw("kind").into(), value: form.raw("value").into() };
    let (id, made, mut problems) = (ProfileId::from_path(&request)?, shell.now(&state.clock), Problems::default());
    let name =
        AttributeName::new(&typed.name).map_err(|wrong| problems.add("name", format!("The name {}.", wrong.rule)));
    let Ok(name) = name else { return show((&request, &state, shell), &typed, problems).await };
    let (scope, asked) = (shell.scope.clone(), name.clone());
    let Some(now) = state.db.read(move |conn| Present::load(conn, &scope, id, &[asked.as_str()], made)).await? else {
        return redirect_if_merged(&state, &shell, id, Tab::Info).await;
    };
    let definition = now.definitions.get(name.as_str());
    if now.values.contains_key(name.as_str()) {
        problems.add("name", "This person has that attribute already. Edit it instead.");
    } else if let Some(why) = definition.and_then(|it| it.origin.why_fixed()) {
        problems.add("name", format!("{} {why}.", name.as_str()));
    }
    let value = match AttributeType::from_stored(&typed.kind) {
        Some(kind) => read_as(kind, &name, &typed.value),
        None => read(&name, &typed.value, definition),
    };
    let value = value.and_then(|value| AttributeValue::new(&name, value).map_err(|wrong| wrong.rule));
    let value = value.map_err(|rule| problems.add("value", format!("The value {rule}."))).ok();
    let Some(value) = value.filter(|_| problems.is_empty()) else {
        return show((&request, &state, shell), &typed, problems).await;
    };
    let batch = console::batch(&state, &shell.scope).await?;
    let undo = format!("{}/groups/{}/undo", now.frame.path(&Tab::History), batch.group);
    let correction = Correction::new::<Attributes>(name.clone(), None, Some(value));
    let statement = Statement::Correct(vec![correction]);
    let item = Item { person: Person::Profile(id), as_of: batch.received_at, statement };
    let outcomes = ingest::submit(&state.db, batch, vec![item]).await?;
    if outcomes.iter().any(|outcome| matches!(outcome.effect, Effect::Conflict | Effect::Fixed)) {
        problems.add("name", "Somebody else gave this person that attribute a moment ago. Edit it instead.");
        return show((&request, &state, shell), &typed, problems).await;
    }
    Ok(see_other_offering(
        &now.frame.path(&Tab::Info),
        &format!("{} added.", AttributeName::humanise(name.as_str())),
        &undo,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_looks_like_something() {
        for (typed, expected) in [
            ("12.50", AttributeType::Number),
            ("yes", AttributeType::Boolean),
            ("1", AttributeType::Number),
            ("2026-11-22", AttributeType::Date),
            ("Pro", AttributeType::Text),
            ("+49 30 1234", AttributeType::Text),
        ] {
            assert_eq!(looks_like(&AttributeName::new("plan").unwrap(), typed), expected, "{typed}");
        }
        assert_eq!(looks_like(&AttributeName::new("last_name").unwrap(), "No"), AttributeType::Text);
    }
}
