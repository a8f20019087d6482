//! The page itself. What it lists is asked of the code that does it.

use askama::Template;
use diesel::PgConnection;

use crate::{
    console::{LIST_KEY, Request, SEARCH_KEY, Shell},
    error::AppError,
    profile_page::Tab,
    web::{Answer, page},
};

#[derive(Template)]
#[template(path = "help/index.html")]
struct HelpPage {
    shell: Shell,
}

impl HelpPage {
    /// Access keys, each with what it does.
    fn keys(&self) -> Vec<(&'static str, String)> {
        let lists = [(LIST_KEY, "the list of profiles"), (SEARCH_KEY, "the search box of a list")];
        let lists = lists.into_iter().map(|(key, what)| (key, format!("Go to {what}")));
        lists.chain(Tab::ALL.map(|tab| (tab.key(), format!("On a profile: {}", tab.label())))).collect()
    }
}

pub fn show(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(page(&HelpPage { shell: request.shell.clone() }))
}
