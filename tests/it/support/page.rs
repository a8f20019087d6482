//! A page as it was rendered, and what tests ask of it.

use std::collections::HashSet;

use actix_web::http::{StatusCode, header::HeaderMap};
use scraper::{ElementRef, Html, Selector};

use super::app::Answer;

/// An answer to a browser.
#[derive(Clone, Debug)]
pub struct Page {
    /// Path and query that were asked for.
    pub address: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn new(address: &str, answer: Answer) -> Self {
        Self { address: address.to_owned(), status: answer.status, headers: answer.headers, body: answer.body }
    }

    /// Fails unless this is the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.describe());
        self
    }

    /// Fails unless the page's text has this, with spaces as people see them.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.visible().contains(text), "{text:?} is missing from {}", self.describe());
        self
    }

    /// Fails if the page's text has this.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.visible().contains(text), "{text:?} must not be on {}", self.describe());
        self
    }

    /// Whether the source has this, markup included.
    pub fn has_source(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// Texts of all elements that match.
    #[track_caller]
    pub fn texts(&self, css: &str) -> Vec<String> {
        let document = self.parse();
        document.select(&selector(css)).map(|element| text_of(&element)).collect()
    }

    /// Text of the first element that matches; there must be one.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        let texts = self.texts(css);
        texts.into_iter().next().unwrap_or_else(|| panic!("nothing is {css} on {}", self.describe()))
    }

    /// How many elements match.
    #[track_caller]
    pub fn count(&self, css: &str) -> usize {
        self.parse().select(&selector(css)).count()
    }

    /// An attribute of the first element that matches; both must be there.
    #[track_caller]
    pub fn attr(&self, css: &str, name: &str) -> String {
        let found = self.attrs(css, name).into_iter().next();
        found.unwrap_or_else(|| panic!("nothing is {css} with {name} on {}", self.describe()))
    }

    /// That attribute of all elements that match and have it.
    #[track_caller]
    pub fn attrs(&self, css: &str, name: &str) -> Vec<String> {
        let document = self.parse();
        document.select(&selector(css)).filter_map(|element| Some(element.attr(name)?.to_owned())).collect()
    }

    /// Where the link with that text leads, if there is one.
    pub fn link(&self, text: &str) -> Option<String> {
        let document = self.parse();
        let link = document.select(&selector("a[href]")).find(|link| text_of(link) == text);
        link.and_then(|link| link.attr("href")).map(str::to_owned)
    }

    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn location(&self) -> String {
        assert!(self.status.is_redirection(), "no redirect: {}", self.describe());
        self.header("location").to_owned()
    }

    /// What every page of the console has to be: one heading, labelled controls, sound ids, nothing that runs.
    #[track_caller]
    pub fn check_markup(&self) {
        let document = self.parse();
        let all = |css: &str| document.select(&selector(css)).collect::<Vec<_>>();
        assert_eq!(all("h1").len(), 1, "one h1: {}", self.describe());
        assert!(!all("title")[0].inner_html().trim().is_empty(), "a title: {}", self.describe());
        // A frame is a sandbox that may do nothing.
        for css in
            ["script", "style", "[style]", "iframe:not([sandbox=''])", "object", "embed", "[href^='javascript:']"]
        {
            assert!(all(css).is_empty(), "{css} on {}", self.describe());
        }
        for element in all("*") {
            let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
            assert!(handler.is_none(), "{handler:?} on {}", self.describe());
        }
        let ids: Vec<&str> = all("[id]").iter().filter_map(|element| element.attr("id")).collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "an id twice among {ids:?}: {}", self.describe());
        for (css, name) in [
            ("[for]", "for"),
            ("[aria-labelledby]", "aria-labelledby"),
            ("[aria-describedby]", "aria-describedby"),
            ("[popovertarget]", "popovertarget"),
        ] {
            for id in all(css).iter().flat_map(|element| element.attr(name).unwrap_or_default().split(' ')) {
                assert!(known.contains(id), "{name} names {id:?}, which is missing: {}", self.describe());
            }
        }
        let labelled: HashSet<&str> = all("label[for]").iter().filter_map(|label| label.attr("for")).collect();
        for control in all("input:not([type=hidden]), textarea, select") {
            let is_labelled =
                control.attr("aria-label").is_some() || control.attr("id").is_some_and(|id| labelled.contains(id));
            assert!(is_labelled, "{} has no label: {}", control.html(), self.describe());
        }
        for control in all("button, a[href]") {
            let named = !text_of(&control).is_empty() || control.attr("aria-label").is_some();
            assert!(named, "{} has no name: {}", control.html(), self.describe());
        }
    }

    /// The page's own text.
    pub fn visible(&self) -> String {
        let document = self.parse();
        let main = document.select(&selector("body")).next().unwrap_or(document.root_element());
        text_of(&main)
    }

    pub fn parse(&self) -> Html {
        Html::parse_document(&self.body)
    }

    pub fn describe(&self) -> String {
        let location = self.header("location");
        let text: String = self.visible().chars().take(1500).collect();
        format!("{} ({} {location}):\n{text}\n", self.address, self.status.as_u16())
    }
}

#[track_caller]
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// Elements that stand in the running text; others begin and end a line.
const INLINE: [&str; 9] = ["a", "b", "code", "em", "i", "span", "strong", "time", "label"];

/// Text with runs of space as one, as somebody reads it out.
pub fn text_of(element: &ElementRef<'_>) -> String {
    fn collect(element: &ElementRef<'_>, text: &mut String) {
        let gap = if INLINE.contains(&element.value().name()) { "" } else { " " };
        text.push_str(gap);
        for child in element.children() {
            match ElementRef::wrap(child) {
                Some(element) => collect(&element, text),
                None => child.value().as_text().into_iter().for_each(|part| text.push_str(part)),
            }
        }
        text.push_str(gap);
    }
    let mut text = String::new();
    collect(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
