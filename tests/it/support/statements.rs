//! How many statements the application asks of a database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::TestDb;

/// By database: each test has its own.
static ASKED: Mutex<Option<HashMap<String, usize>>> = Mutex::new(None);

/// The name of a test's database in its address, to which the application adds settings of its own.
fn database(url: &str) -> &str {
    let start = url.rfind("test_").unwrap_or(url.len());
    let end = url[start..].find(['?', '&', ' ', '\'']).map_or(url.len(), |end| start + end);
    &url[start..end]
}

fn is_bracket(query: &str) -> bool {
    query.starts_with("BEGIN") || query.starts_with("COMMIT")
}

/// Counts what one connection asks.
#[derive(Default)]
struct Counter {
    database: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.database = database(url).to_owned(),
            // The brackets of a transaction ask nothing.
            InstrumentationEvent::StartQuery { query, .. } if !is_bracket(&query.to_string()) => {
                let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
                *asked.get_or_insert_default().entry(self.database.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
}

/// Counts from now on; to be called before the application connects.
pub fn count() {
    set_default_instrumentation(|| Some(Box::<Counter>::default())).expect("it is counted");
}

/// How many statements were asked of a database so far.
pub fn asked(db: &TestDb) -> usize {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.as_ref().and_then(|asked| asked.get(database(&db.url())).copied()).unwrap_or(0)
}
