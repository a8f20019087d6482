//! The Activity tab.

mod bots;
mod changes;
mod filters;
mod link;
mod messages;
mod moves;
mod paging;
mod statistics;
mod timeline;
mod visit;
mod zones;

use crate::support::{Page, page};

/// The timeline: each day, then what happened on it.
fn days(page: &Page) -> Vec<(String, Vec<String>)> {
    let document = page.parse();
    let [day, head, entry] = ["li.day", "h2", "summary strong"].map(page::selector);
    let text = |element: scraper::ElementRef<'_>| page::text_of(&element);
    let one = |element: scraper::ElementRef<'_>| {
        (element.select(&head).map(text).collect(), element.select(&entry).map(text).collect())
    };
    document.select(&day).map(one).collect()
}

/// What each entry is called, top to bottom.
fn flat(page: &Page) -> Vec<String> {
    days(page).into_iter().flat_map(|(_, entries)| entries).collect()
}

/// What each entry says of itself in a line.
fn summaries(page: &Page) -> Vec<String> {
    page.texts("summary > span > span.muted")
}
