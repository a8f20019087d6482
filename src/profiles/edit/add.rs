//! Adds an attribute that the profile does not have, known to the catalogue or new (S3.6, F2.3).

use actix_web::http::StatusCode;
use askama::Template;
use chrono::NaiveDate;
use diesel::PgConnection;
use serde_json::Value;

use super::{rules, store::Present};
use crate::{
    attributes::{self, AttributeName, AttributeType, AttributeValue, Attributes, Definition},
    console::Request,
    error::AppError,
    ingest::Statement,
    ledger::Effect,
    profile_page::{Tab, View},
    registers::Correction,
    web::{
        Answer, Field, FormData,
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

/// Attributes whose values are always text.
const NAMES: [&str; 3] = ["name", "first_name", "last_name"];

/// The form as it was typed.
#[derive(Default)]
struct Typed {
    name: String,
    kind: String,
    value: String,
}

impl Typed {
    fn of(sent: &FormData) -> Self {
        Self { name: sent.raw("name").into(), kind: sent.raw("kind").into(), value: sent.raw("value").into() }
    }
}

fn show(request: &Request, conn: &mut PgConnection, typed: &Typed, problems: Problems) -> Result<Answer, AppError> {
    let now = Present::load(request, conn, &[])?;
    let mut known = attributes::options(conn, request.scope().environment)?;
    known.retain(|definition| !now.values.contains_key(&definition.name) && definition.origin.why_fixed().is_none());
    let kinds = [(String::new(), "Automatic".to_owned())];
    let kinds = kinds.into_iter().chain(AttributeType::ALL.map(|it| (it.as_str().to_owned(), it.label().to_owned())));
    let fields = [
        Field::new("name", "Attribute", Control::Text)
            .required()
            .value(&typed.name)
            .limit(256)
            .list("known")
            .hint("Choose an existing attribute or type a new name."),
        Field::new("kind", "Type", Control::Select).value(&typed.kind).options(kinds),
        Field::new("value", "Value", Control::Area)
            .required()
            .value(&typed.value)
            .hint("For a list, put each entry on its own line."),
    ]
    .map(|field| field.problem(&problems.0));
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &AddPage { at: now.at, fields, problems, known }))
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, &request.unsent().map(Typed::of).unwrap_or_default(), Problems::default())
}

/// Reads the typed value of an attribute: as the type that an operator chose for the attribute, else as the type that the text looks like.
///
/// # Errors
/// The rule that the text breaks, as the rest of a sentence; or why nobody may change the attribute by hand.
pub fn read(
    name: &AttributeName,
    typed: &str,
    definition: Option<&Definition>,
    today: NaiveDate,
) -> Result<Value, &'static str> {
    if let Some(why) = definition.and_then(|it| it.origin.why_fixed()) {
        return Err(why);
    }
    let chosen = definition.filter(|it| it.is_typed).map(|it| it.kind);
    read_as(chosen.unwrap_or_else(|| looks_like(name, typed)), name, typed, today)
}

fn read_as(kind: AttributeType, name: &AttributeName, typed: &str, today: NaiveDate) -> Result<Value, &'static str> {
    kind.read(&rules::written(name.as_str(), typed.trim(), today)?)?.ok_or("needs a value")
}

/// The type that a text looks like: number, yes or no, date, else text.
fn looks_like(name: &AttributeName, typed: &str) -> AttributeType {
    use AttributeType::{Boolean, Date, Number, Text};
    let typed = Value::from(typed.trim());
    let is_word = matches!(typed.as_str(), Some("yes" | "no" | "true" | "false"));
    match () {
        // A name is text even if it looks like a number.
        () if NAMES.contains(&name.as_str()) => Text,
        () if is_word => Boolean,
        () if Number.convert(&typed).is_some() => Number,
        () if Date.convert(&typed).is_some() => Date,
        () => Text,
    }
}

pub fn add(request: &Request, form: &FormData) -> Result<Answer, AppError> {
    let typed = Typed::of(form);
    let again = |problems: &Problems| request.read(|conn| show(request, conn, &typed, problems.clone()));
    let mut problems = Problems::default();
    let name = match AttributeName::new(&typed.name) {
        Ok(name) => name,
        Err(wrong) => {
            let message = match typed.name.trim() {
                "" => "Enter a name.".to_owned(),
                _ => format!("The name {}.", wrong.rule),
            };
            problems.add("name", message);
            return again(&problems);
        }
    };
    let now = request.read(|conn| Present::load(request, conn, &[name.as_str()]))?;
    let definition = now.definitions.get(name.as_str());
    if now.values.contains_key(name.as_str()) {
        problems.add("name", "This person already has this attribute. Edit it instead.");
    } else if let Some(why) = definition.and_then(|it| it.origin.why_fixed()) {
        problems.add("name", format!("{} {why}.", name.as_str()));
    }
    let today = request.now.day();
    let value = match AttributeType::from_stored(&typed.kind) {
        Some(kind) => read_as(kind, &name, &typed.value, today),
        None => read(&name, &typed.value, definition, today),
    };
    let value = value.and_then(|value| AttributeValue::new(&name, value).map_err(|wrong| wrong.rule));
    let value = value.map_err(|rule| match typed.value.trim() {
        "" => problems.add("value", "Enter a value."),
        _ => problems.add("value", format!("The value {rule}.")),
    });
    let value = value.ok();
    let Some(value) = value.filter(|_| problems.is_empty()) else { return again(&problems) };
    let batch = request.batch()?;
    let undo = format!("{}/groups/{}/undo", now.at.frame.path(&Tab::History), batch.group);
    let done = format!("{} added.", AttributeName::humanise(name.as_str()));
    let correction = Correction::new::<Attributes>(name, None, Some(value));
    match request.say_in(&batch, now.at.frame.id, Statement::Correct(vec![correction]))?.effect {
        Effect::Conflict | Effect::Fixed => {
            problems.add("name", "Somebody else just added this attribute. Edit it instead.");
            again(&problems)
        }
        Effect::Missing => Err(AppError::NotFound),
        _ => Ok(see_other_offering(&now.at.path(), &done, &undo)),
    }
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
