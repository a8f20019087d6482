//! The page of a filter that took too long: which conditions no index serves, and what helps.

use actix_web::http::StatusCode;
use askama::Template;

use crate::{
    attributes,
    console::{Request, Shell},
    error::AppError,
    filter::{self, SlowCondition, slow_conditions},
    web::{Answer, page_with, pager},
};

#[derive(Template)]
#[template(path = "profiles/slow.html")]
struct SlowPage {
    shell: Shell,
    typed: String,
    /// Conditions that no index serves, each with the address of the list without it.
    slow: Vec<(SlowCondition, String)>,
    /// Address of the same list, for another try.
    again: String,
}

impl SlowPage {
    fn attribute(&self, name: &str) -> String {
        let page = if self.shell.scope.role.can_manage() { "edit" } else { "show" };
        attributes::address(&self.shell.scope, page, name)
    }
}

/// The page, if there is a filter; else the error as it is.
pub fn page(request: &Request, error: AppError) -> Result<Answer, AppError> {
    let (query, path) = (&request.query, request.scope().path("profiles"));
    let typed = query.get("q").to_owned();
    let Ok(parsed) = filter::parse(&typed) else { return Err(error) };
    if parsed.filter.is_everybody() {
        return Err(error);
    }
    error.log();
    let slow = slow_conditions(&parsed.filter).into_iter().map(|slow| {
        let address = pager::from_start(query).with("q", &slow.without).address(&path);
        (slow, address)
    });
    let (slow, again) = (slow.collect(), query.address(&path));
    let page = SlowPage { shell: request.shell.clone(), typed, slow, again };
    Ok(page_with(StatusCode::SERVICE_UNAVAILABLE, &page))
}
