//! Markdown to HTML that cannot harm: rendered by one library, cleaned by another.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;
use pulldown_cmark::{Options, Parser, html};

/// HTML of a text. Only this module makes it, so a template may trust it.
#[derive(Clone, Debug)]
pub struct Html(String);

impl Html {
    /// Renders Markdown with tables, strike-through and task lists. Raw HTML, images and scripts do not survive; links open
    /// with no referrer; headings become bold text, for the page has its own.
    pub fn from_markdown(text: &str) -> Self {
        static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
            let mut builder = Builder::default();
            builder
                .tags(HashSet::from([
                    "p",
                    "br",
                    "strong",
                    "em",
                    "del",
                    "code",
                    "pre",
                    "blockquote",
                    "ul",
                    "ol",
                    "li",
                    "a",
                    "hr",
                ]))
                .url_schemes(HashSet::from(["https", "http", "mailto", "tel"]))
                .link_rel(Some("noopener noreferrer nofollow"));
            builder
        });
        let events = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).map(calm);
        let mut rendered = String::with_capacity(text.len() * 2);
        html::push_html(&mut rendered, events);
        Self(CLEANER.clean(&rendered).to_string())
    }
}

/// Headings to bold paragraphs, line ends to breaks, as people who do not know Markdown expect.
fn calm(event: pulldown_cmark::Event<'_>) -> pulldown_cmark::Event<'_> {
    use pulldown_cmark::{Event, Tag, TagEnd};
    match event {
        Event::Start(Tag::Heading { .. }) => Event::Html("<p><strong>".into()),
        Event::End(TagEnd::Heading(_)) => Event::Html("</strong></p>".into()),
        Event::SoftBreak => Event::HardBreak,
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    }
}

impl std::fmt::Display for Html {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn markdown_is_rendered() {
        assert_eq!(Html::from_markdown("**a**\nb").to_string(), "<p><strong>a</strong><br>\nb</p>\n");
        assert!(Html::from_markdown("# A").to_string().starts_with("<p><strong>A</strong></p>"));
    }

    #[test]
    fn nothing_harmful_survives() {
        for bad in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "<a href=\"javascript:alert(1)\" onclick=\"alert(1)\">x</a>",
            "![x](https://example.com/pixel.gif)",
            "<style>body{display:none}</style>",
        ] {
            let html = Html::from_markdown(bad).to_string();
            // What was typed may stand there as text; the tags are ours alone.
            for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                assert!(
                    ["p", "/p", "a rel=\"noopener noreferrer nofollow\"", "/a"].contains(&tag),
                    "{bad} became {html}"
                );
            }
        }
    }
}
