//! The list of profiles, the Info tab, its forms, and new profiles.

mod create;
mod edit;
mod info;
mod list;
mod paging;
mod same;
mod search;

use crate::support::{Browser, Page};

/// Names in the list, as it shows them.
fn names(page: &Page) -> Vec<String> {
    page.texts("table.list tbody th")
}

/// Types into the search box and returns the names found, in alphabetical order.
#[track_caller]
fn find(browser: &mut Browser<'_>, typed: &str) -> Vec<String> {
    browser.visit("/acme/live/profiles");
    let mut found = names(browser.submit("Search", &[("q", typed)]).expect(200));
    found.sort();
    found
}
