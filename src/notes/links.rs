//! Links in notes: addresses that were typed bare become links, and links that lead nowhere good become text.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

/// What a link may begin with.
pub const SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

/// Adds the links, takes off the others. Its work grows with the length of the text.
pub fn links<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    // Neither in code nor in a link is an address a link.
    let (mut inside, mut refused) = (0_usize, Vec::new());
    events.flat_map(move |event| match event {
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            inside += 1;
            let is_refused = !is_good(dest_url);
            refused.push(is_refused.then(|| dest_url.to_string()));
            if is_refused { vec![] } else { vec![event] }
        }
        Event::End(TagEnd::Link) => {
            inside = inside.saturating_sub(1);
            match refused.pop().flatten() {
                Some(address) => vec![Event::Text(format!(" ({address})").into())],
                None => vec![event],
            }
        }
        Event::Start(Tag::CodeBlock(_)) => {
            inside += 1;
            vec![event]
        }
        Event::End(TagEnd::CodeBlock) => {
            inside = inside.saturating_sub(1);
            vec![event]
        }
        Event::Text(text) if inside == 0 && text.contains("://") => linked(&text),
        other => vec![other],
    })
}

/// Whether a link may lead there: by one of [`SCHEMES`], or to a page of the console.
fn is_good(address: &str) -> bool {
    match address.split_once(':') {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => {
            SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        }
        _ => true,
    }
}

/// The events of a text, with a link for each address in it.
fn linked<'a>(text: &str) -> Vec<Event<'a>> {
    let own = |text: &str| CowStr::from(text.to_owned());
    let (mut events, mut rest) = (Vec::new(), text);
    while let Some((start, end)) = next_address(rest) {
        let address = &rest[start..end];
        let link = Tag::Link { link_type: LinkType::Autolink, dest_url: own(address), title: "".into(), id: "".into() };
        events.extend([
            Event::Text(own(&rest[..start])),
            Event::Start(link),
            Event::Text(own(address)),
            Event::End(TagEnd::Link),
        ]);
        rest = &rest[end..];
    }
    events.push(Event::Text(own(rest)));
    events
}

/// Where the first address of a text begins and ends. What ends the sentence around it is no part of it.
fn next_address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("://").map(|at| from + at) {
        let before = &text[from..found];
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let cut = before.len().checked_sub(scheme.len()).filter(|cut| before.is_char_boundary(*cut));
            cut.is_some_and(|cut| {
                before[cut..].eq_ignore_ascii_case(scheme) && !before[..cut].ends_with(char::is_alphanumeric)
            })
        });
        let start = scheme.map(|scheme| found - scheme.len());
        let host = found + "://".len();
        let end = host
            + text[host..].find(|c: char| c.is_whitespace() || "<>\"“”«»".contains(c)).unwrap_or(text.len() - host);
        let end = host + without_end(&text[host..end]);
        match start {
            Some(start) if text[host..end].starts_with(char::is_alphanumeric) => return Some((start, end)),
            _ => from = end.max(host),
        }
    }
    None
}

/// Length of an address without the signs that belong to the sentence: a closing bracket does unless the address opened it.
fn without_end(address: &str) -> usize {
    let (mut end, mut open) = (address.len(), 0_isize);
    for (at, sign) in address.char_indices() {
        match sign {
            '(' => open += 1,
            ')' if open == 0 => {
                end = at;
                break;
            }
            ')' => open -= 1,
            _ => {}
        }
    }
    address[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '…', ']', '}', '(']).len()
}

#[cfg(test)]
mod tests {
    use crate::notes::markdown::Html;

    fn html(text: &str) -> String {
        let html = Html::from_markdown(text).to_string();
        html.trim().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
    }

    fn link(address: &str, words: &str) -> String {
        format!("<a href=\"{address}\" rel=\"noopener nofollow ugc\">{words}</a>")
    }

    #[test]
    fn a_bare_address_is_a_link() {
        let shop = link("https://shop.example/a_b?c=d", "https://shop.example/a_b?c=d");
        assert_eq!(html("See https://shop.example/a_b?c=d."), format!("See {shop}."));
        assert_eq!(
            html("(https://shop.example/a_b?c=d), twice https://shop.example/a_b?c=d"),
            format!("({shop}), twice {shop}")
        );
        let wiki = "http://wiki.example/Tea_(drink)";
        assert_eq!(html(wiki), link(wiki, wiki));
        assert_eq!(
            html("**HTTPS://shop.example**"),
            format!("<strong>{}</strong>", link("HTTPS://shop.example", "HTTPS://shop.example"))
        );
        assert_eq!(html("[tea](https://tea.example/)"), link("https://tea.example/", "tea"));
        for text in ["xhttp://a.example", "ftp://a.example", "https://", "http://.", "://"] {
            assert_eq!(html(text), text);
        }
        assert_eq!(html("`https://a.example`"), "<code>https://a.example</code>");
        assert!(!html("    https://a.example").contains("<a"));
    }

    #[test]
    fn a_refused_link_is_text() {
        for (text, shown) in [
            ("[js](javascript:alert(1))", "js (javascript:alert(1))"),
            ("a [file](FILE:///srv/x) b", "a file (FILE:///srv/x) b"),
            ("[data *x*](data:text/html,x)", "data <em>x</em> (data:text/html,x)"),
        ] {
            assert_eq!(html(text), shown);
        }
        assert_eq!(html("[page](/acme/live/tags)"), link("/acme/live/tags", "page"));
    }
}
