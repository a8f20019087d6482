//! The documentation as a page.

use std::sync::LazyLock;

use actix_web::web::Data;
use askama::Template;
use serde_json::Value;

use super::{
    BASE,
    document::{parameters, refusals},
    fields::{self, Field},
    operation::{Answer, Described, Resource},
    schemas,
};
use crate::{
    api::{self, Need, formats::native::MOST_ITEMS, native},
    identities::PLACEHOLDERS,
    ingest::{MOST_ATTRIBUTES, MOST_DEVICES, MOST_NEW_NAMES, MOST_TAGS, RESERVED},
    keys::{Capability, Format, answers},
    merges::UNDO_DAYS,
    rejections::{Code, codes},
    state::AppState,
    web::{self, page, pairs::Pairs},
};

/// A call on the page.
struct Call {
    described: Described,
    parameters: Vec<(&'static str, String)>,
    fields: Vec<(String, Vec<Field>)>,
    /// Path and query of the example.
    address: String,
    body: String,
    status: u16,
    answer: &'static str,
    example: String,
    refused: Vec<Code>,
}

static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let (schemas, parameters) = (schemas::all(), parameters());
    native::calls().described.into_iter().map(|described| call(described, &schemas, &parameters)).collect()
});

fn call(described: Described, schemas: &Value, parameters: &Value) -> Call {
    let operation = &described.operation;
    let text = |name: &str, field: &str| parameters[name][field].as_str().unwrap_or_default().to_owned();
    let names = described.path_parameters().chain(operation.query.iter().copied());
    let address = described
        .path_parameters()
        .fold(described.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), &text(name, "example")));
    let needed = operation.query.iter().filter(|name| parameters[**name]["required"] == true);
    let address = needed.fold(Pairs::default(), |all, name| all.with(name, &text(name, "example"))).address(&address);
    let (status, answer, example) = match &operation.answer {
        Answer::Changed => {
            (200, "The profile as it is then, as getProfile shows it; {} to keys that may not read.", String::new())
        }
        Answer::Own { status, about, example, .. } => (*status, *about, pretty(example)),
    };
    Call {
        parameters: names.map(|name| (name, text(name, "description"))).collect(),
        fields: operation.body.as_ref().map(|body| fields::of(schemas, body.schema)).unwrap_or_default(),
        address,
        body: operation.body.as_ref().map(|body| pretty(&body.example)).unwrap_or_default(),
        status,
        answer,
        example,
        refused: refusals(&described).into_iter().filter(|code| operation.refused.contains(code)).collect(),
        described,
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

#[derive(Template)]
#[template(path = "developers/index.html")]
struct Developers<'a> {
    origin: &'a str,
    call_mb: usize,
    batch_mb: usize,
    others: Vec<(Format, Vec<String>)>,
}

impl Developers<'_> {
    fn calls(&self, resource: Resource) -> impl Iterator<Item = &'static Call> + use<> {
        CALLS.iter().filter(move |call| call.described.operation.resource == resource)
    }
}

/// The page `/developers`.
pub async fn show(state: Data<AppState>) -> web::Answer {
    let ingest = state.config.ingest;
    let others = Format::ALL.into_iter().filter(|format| *format != Format::Native);
    page(&Developers {
        origin: state.config.server.site.origin(),
        call_mb: ingest.call_bytes >> 20,
        batch_mb: ingest.batch_bytes >> 20,
        others: others.map(|format| (format, addresses(format))).collect(),
    })
}

/// Addresses that clients of another format use.
fn addresses(format: Format) -> Vec<String> {
    let routes = api::routes();
    let calls = routes.entries().iter().filter(|entry| entry.guard::<Need>().is_some_and(|need| need.format == format));
    calls.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
}
