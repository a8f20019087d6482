//! The page of rejections.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::Value;

use super::store::{self, Row};
use crate::{
    console::{Request, Scope, Shell},
    db::{
        ids::KeyId,
        keyset::{Cursor, Page},
    },
    error::AppError,
    keys::{self, Format, without_secrets},
    ledger::Sensitive,
    web::{
        Answer, Now, Timestamp, page,
        pager::{self, Pager},
    },
};

/// A filter, by key or by code.
struct Filter {
    label: String,
    count: i64,
    address: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "rejections/index.html")]
struct RejectionsPage {
    shell: Shell,
    keys: Vec<Filter>,
    codes: Vec<Filter>,
    is_filtered: bool,
    names: HashMap<KeyId, String>,
    sensitive: Sensitive,
    page: Page<Row>,
    pager: Pager,
    now: Now,
}

impl RejectionsPage {
    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn path(&self) -> String {
        self.shell.scope.path("rejections")
    }

    fn key(&self, id: &KeyId) -> &str {
        self.names.get(id).map_or("deleted API key", String::as_str)
    }

    fn format(&self, slug: &str) -> &'static str {
        slug.parse().map_or("unknown format", Format::label)
    }

    fn pretty(&self, item: &Value) -> String {
        match item {
            // Too long, or no JSON: the beginning of the text.
            Value::String(text) => self.sensitive.text(text).to_owned(),
            _ => {
                let mut item = item.clone();
                self.sensitive.hide_in(&mut item);
                serde_json::to_string_pretty(&item).unwrap_or_default()
            }
        }
    }

    fn message(&self, row: &Row) -> String {
        self.sensitive.message(&row.field, &without_secrets(&row.message)).into_owned()
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment) = (&request.query, request.scope().environment);
    let (key, code) =
        (query.parsed::<KeyId>("key"), Some(query.get("code").to_owned()).filter(|code| !code.is_empty()));
    let counts = store::counts(conn, environment)?;
    let way = pager::way::<Cursor>(query);
    let rows = store::page(conn, environment, key, code.as_deref(), way, store::PAGE)?;
    let ids: Vec<KeyId> = counts.iter().map(|(key, ..)| *key).collect();
    let (names, sensitive) = (keys::names(conn, &ids)?, Sensitive::load(conn, environment)?);
    let path = request.scope().path("rejections");
    let start = pager::from_start(query);
    let mut page_of_rows = RejectionsPage {
        pager: Pager::new(&rows, &path, query, |row| Cursor { at: row.received_at, id: row.id }, ["Newer", "Older"]),
        keys: Vec::new(),
        codes: Vec::new(),
        is_filtered: key.is_some() || code.is_some(),
        names,
        sensitive,
        page: rows,
        now: request.now,
        shell: request.shell.clone(),
    };
    // A click on an active filter removes it.
    let filter = |name, value: String, label, count, is_on: bool| {
        let address = start.with(name, if is_on { "" } else { &value }).address(&path);
        Filter { label, count, address, is_on }
    };
    let by_key = sum(counts.iter().map(|(key, _, count)| (*key, *count)));
    let by_code =
        sum(counts.iter().filter(|(id, ..)| key.is_none_or(|key| key == *id)).map(|(_, code, count)| (code, *count)));
    page_of_rows.keys = by_key
        .into_iter()
        .map(|(id, count)| filter("key", id.to_string(), page_of_rows.key(&id).to_owned(), count, key == Some(id)))
        .collect();
    page_of_rows.codes = by_code
        .into_iter()
        .map(|(it, count)| filter("code", it.clone(), it.clone(), count, code.as_ref() == Some(it)))
        .collect();
    Ok(page(&page_of_rows))
}

/// Sums by key, the largest first.
fn sum<T: std::hash::Hash + Ord + Copy>(counts: impl Iterator<Item = (T, i64)>) -> Vec<(T, i64)> {
    let mut sums = HashMap::new();
    for (of, count) in counts {
        *sums.entry(of).or_insert(0) += count;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable_by_key(|(of, count)| (std::cmp::Reverse(*count), *of));
    sums
}

/// Address of the page, filtered by one key.
pub fn address(scope: &Scope, key: KeyId) -> String {
    scope.path(&format!("rejections?key={key}"))
}
