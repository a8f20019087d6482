//! Renders Markdown as harmless HTML: parsed by one library, cleaned by another.
//!
//! The parser takes time in proportion to the text, whatever is in it (measured over some ninety shapes of up to 10,000 characters: under a
//! millisecond each). The cleaner's time grows with the square of the nesting: 350 ms for 10,000 characters of `- > `, under 10 ms now that
//! nesting is bounded. Recent results are cached by `rendered`.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use ammonia::Builder;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use super::links::{SCHEMES, links};

/// Maximum nesting of lists and quotes, and of emphases. What nests deeper loses its marks and keeps its text.
const DEEPEST: usize = 8;

/// Clean HTML of a text. Only this module makes it, so a template may trust it.
#[derive(Clone, Debug)]
pub struct Html(Arc<str>);

impl Html {
    /// Renders Markdown with strike-through. Bare addresses are links. Raw HTML, images and scripts are removed; links vouch for nothing; headings become bold text, for the page has its own.
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
                .url_schemes(HashSet::from(SCHEMES))
                .link_rel(Some("noopener nofollow ugc"));
            builder
        });
        let parsed = TextMergeStream::new(Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).map(calm));
        let events = Flat::new(links(parsed));
        let mut rendered = String::with_capacity(text.len() * 2);
        html::push_html(&mut rendered, events);
        Self(CLEANER.clean(&rendered).to_string().into())
    }

    /// Length in bytes, for the cache.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The text of Markdown in one line without its marks, cut to so many letters.
pub fn plain(text: &str, most: usize) -> String {
    let mut line = String::new();
    for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => line.push_str(&text),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            Event::SoftBreak | Event::HardBreak | Event::Rule | Event::End(_) => line.push(' '),
            _ => {}
        }
    }
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Parser events without the marks of what nests too deeply.
struct Flat<I> {
    events: I,
    /// For each open block or emphasis, whether its marks are kept.
    open: Vec<bool>,
    blocks: usize,
    emphases: usize,
    is_in_text: bool,
}

impl<'a, I: Iterator<Item = Event<'a>>> Flat<I> {
    fn new(events: I) -> Self {
        Self { events, open: Vec::new(), blocks: 0, emphases: 0, is_in_text: false }
    }

    /// Depth of open blocks, or of open emphases. A list is as deep as its items.
    fn depth(&mut self, is_emphasis: bool) -> &mut usize {
        if is_emphasis { &mut self.emphases } else { &mut self.blocks }
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Flat<I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let event = self.events.next()?;
            let nested = match &event {
                Event::Start(tag) => nesting(&tag.to_end()).map(|nesting| (nesting, true)),
                Event::End(tag) => nesting(tag).map(|nesting| (nesting, false)),
                _ => None,
            };
            let is_kept = match nested {
                Some((Nesting { is_emphasis, adds }, true)) => {
                    let depth = self.depth(is_emphasis);
                    let is_kept = *depth < DEEPEST;
                    *depth += usize::from(is_kept && adds);
                    self.open.push(is_kept);
                    // The text of an unmarked item stays on its own line.
                    if !is_kept && !is_emphasis && std::mem::take(&mut self.is_in_text) {
                        return Some(Event::HardBreak);
                    }
                    is_kept
                }
                Some((Nesting { is_emphasis, adds }, false)) => {
                    let is_kept = self.open.pop().unwrap_or(true);
                    *self.depth(is_emphasis) -= usize::from(is_kept && adds);
                    is_kept
                }
                None => true,
            };
            if is_kept {
                let is_text = matches!(&event, Event::Text(_) | Event::Code(_) | Event::InlineHtml(_));
                self.is_in_text = is_text || nested.is_some_and(|(nesting, _)| nesting.is_emphasis) && self.is_in_text;
                return Some(event);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Nesting {
    is_emphasis: bool,
    /// Whether its content is one level deeper.
    adds: bool,
}

fn nesting(tag: &TagEnd) -> Option<Nesting> {
    let (is_emphasis, adds) = match tag {
        TagEnd::BlockQuote(_) | TagEnd::Item => (false, true),
        TagEnd::List(_) => (false, false),
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => (true, true),
        _ => return None,
    };
    Some(Nesting { is_emphasis, adds })
}

/// Turns headings into bold paragraphs and line ends into breaks, as people who do not know Markdown expect.
fn calm(event: Event<'_>) -> Event<'_> {
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
    fn what_people_write_keeps_its_shape() {
        for (text, html) in [
            (
                "- a\n  - b\n    1. c\n",
                "<ul>\n<li>a\n<ul>\n<li>b\n<ol>\n<li>c</li>\n</ol>\n</li>\n</ul>\n</li>\n</ul>\n",
            ),
            ("> a\n>\n> > b", "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n"),
            ("**a *b* ~~c~~**", "<p><strong>a <em>b</em> <del>c</del></strong></p>\n"),
        ] {
            assert_eq!(Html::from_markdown(text).to_string(), html, "{text}");
        }
        let eight = Html::from_markdown(&format!("{}deep", "> ".repeat(8))).to_string();
        assert_eq!(eight.matches("<blockquote>").count(), 8, "{eight}");
    }

    #[test]
    fn what_nests_too_deeply_keeps_its_text() {
        let list: String = (0..12).map(|level| format!("{}- item {level}\n", "  ".repeat(level))).collect();
        let html = Html::from_markdown(&list).to_string();
        assert_eq!(html.matches("<ul>").count(), 8, "{html}");
        assert!((0..12).all(|level| html.contains(&format!("item {level}"))), "{html}");
        assert!(html.contains("item 7<br>\nitem 8<br>\nitem 9"), "each on its own line: {html}");
        let stars = Html::from_markdown(&format!("{}x{}", "*a _b ".repeat(10), " c_ d*".repeat(10))).to_string();
        assert_eq!((stars.matches("<em>").count(), deepest(&stars)), (8, 9), "eight in a paragraph: {stars}");
        assert!(stars.contains('x') && !stars.contains(['*', '_']), "{stars}");
    }

    /// Largest number of open tags: the cleaner's time depends on it, besides the length.
    fn deepest(html: &str) -> usize {
        let (mut open, mut most) = (0_usize, 0);
        for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with("br") && !tag.starts_with("hr")) {
            open = if tag.starts_with('/') { open.saturating_sub(1) } else { open + 1 };
            most = most.max(open);
        }
        most
    }

    #[test]
    fn work_grows_with_the_length_whatever_nests() {
        let units = [
            "1. ",
            "> ",
            "- ",
            "* ",
            "- > ",
            "1. > - ",
            "> 1. ",
            "* a\n\n",
            "*",
            "_",
            "**",
            "*_",
            "~~",
            "~~a",
            "*a ",
            "*a _b ",
            "***a",
            "[",
            "[a](",
            "![",
            "[a]: b\n",
            "](",
            "`",
            "``",
            "<",
            "<a href=\"",
            "<!--",
            "&",
            "&#",
            "\\",
            "<b>",
            "<div>\n",
            "#\n",
            "```\n",
            "    a\n",
            "\t",
            "> a\n",
            "1. a\n",
            "- a\n  ",
            "\n",
            "<>*",
            "https://a)",
            "(http://",
            "[*",
        ];
        let deep_list = |length: usize| -> String {
            (0..)
                .map(|level| format!("{}- a\n", "  ".repeat(level)))
                .scan(0, |all, line| {
                    *all += line.len();
                    (*all <= length).then_some(line)
                })
                .collect()
        };
        let quoted_lines = |length: usize| format!("{}\n{}", "> ".repeat(length / 4), ">\n".repeat(length / 4));
        for length in [2_500, 5_000, 10_000] {
            let repeated = units.iter().map(|unit| unit.repeat(length / unit.len()));
            for text in repeated.chain([deep_list(length), quoted_lines(length)]) {
                let html = Html::from_markdown(&text).to_string();
                let start: String = text.chars().take(12).collect();
                // 8 lists with their items, 8 emphases, and a paragraph.
                assert!(deepest(&html) <= 25, "{} tags open for {start:?}", deepest(&html));
                assert!(html.len() <= 16 * length + 200, "{} bytes for {length} of {start:?}", html.len());
            }
        }
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
            // The typed text may be there as text; all tags come from the renderer.
            for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                assert!(["p", "/p", "a rel=\"noopener nofollow ugc\"", "/a"].contains(&tag), "{bad} became {html}");
            }
        }
    }
}
