//! A browser without script: a cookie jar, links to click, rendered forms to fill and send.

use std::collections::BTreeMap;

use actix_web::{
    cookie::{Cookie, time::Duration},
    http::{Method, header},
    test::TestRequest,
};
use scraper::ElementRef;

use super::{
    App, Page,
    page::{selector, text_of},
};

/// Host of the console in tests.
pub const HOST: &str = "kith.test";

/// Somebody's browser.
pub struct Browser<'a> {
    app: &'a App,
    /// Those of the whole site.
    pub cookies: BTreeMap<String, String>,
    /// Those of one address and what is below it, by path and name.
    pub narrow: BTreeMap<(String, String), String>,
    /// Sent with each POST: what browsers of today say by themselves.
    pub origin: Vec<(&'static str, String)>,
    page: Option<Page>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a App) -> Self {
        let origin = app.state.config.server.site.origin().to_owned();
        let origin = vec![("origin", origin), ("sec-fetch-site", "same-origin".to_owned())];
        Self { app, cookies: BTreeMap::new(), narrow: BTreeMap::new(), origin, page: None }
    }

    /// The page that is open.
    #[track_caller]
    pub fn page(&self) -> &Page {
        self.page.as_ref().expect("a page is open")
    }

    /// Opens an address and stays there, whatever the answer is.
    pub fn get(&mut self, address: &str) -> &Page {
        self.send(Method::GET, address, None)
    }

    /// Asks without wanting the text.
    pub fn head(&mut self, address: &str) -> &Page {
        self.send(Method::HEAD, address, None)
    }

    /// Asks in some other way.
    pub fn ask(&mut self, method: Method, address: &str) -> &Page {
        self.send(method, address, None)
    }

    /// Opens an address and goes where it leads; the page must be there.
    #[track_caller]
    pub fn visit(&mut self, address: &str) -> &Page {
        self.get(address);
        self.follow().expect(200)
    }

    /// Goes where the last answer leads.
    #[track_caller]
    pub fn follow(&mut self) -> &Page {
        for _ in 0..5 {
            if !self.page().status.is_redirection() {
                return self.page();
            }
            let next = self.page().location();
            assert!(next.starts_with('/') && !next.starts_with("//"), "{next} leads away");
            self.get(&next);
        }
        panic!("redirects without end: {}", self.page().describe());
    }

    /// Opens the link with that text.
    #[track_caller]
    pub fn click(&mut self, text: &str) -> &Page {
        let address = self.page().link(text);
        let address = address.unwrap_or_else(|| panic!("no link {text:?} on {}", self.page().describe()));
        self.get(&address)
    }

    /// Fills and sends the form with that button. Fields go by label or name; hidden ones are sent as rendered; boxes are
    /// ticked with "yes" and cleared with "no".
    #[track_caller]
    pub fn submit(&mut self, button: &str, fields: &[(&str, &str)]) -> &Page {
        self.submit_in("body", button, fields)
    }

    /// Likewise, for one of several such forms: the one inside what `css` selects.
    #[track_caller]
    pub fn submit_in(&mut self, css: &str, button: &str, fields: &[(&str, &str)]) -> &Page {
        let filled = self.fill(css, button, fields);
        if filled.is_post {
            self.post(&filled.action, &filled.pairs)
        } else {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&filled.pairs).finish();
            let path = filled.action.split(['?', '#']).next().unwrap_or_default();
            self.get(&format!("{path}?{query}"))
        }
    }

    /// What sending that form would send.
    #[track_caller]
    pub fn fill(&self, css: &str, button: &str, fields: &[(&str, &str)]) -> Filled {
        let page = self.page();
        let document = page.parse();
        let has_button = |form: &ElementRef<'_>| form.select(&selector("button")).any(|it| text_of(&it) == button);
        let forms: Vec<_> = document
            .select(&selector(css))
            .flat_map(|part| part.select(&selector("form")).collect::<Vec<_>>())
            .filter(has_button)
            .collect();
        let [form] = forms.as_slice() else {
            panic!("{} forms with a button {button:?} in {css} on {}", forms.len(), page.describe());
        };
        let labels: BTreeMap<String, String> = form
            .select(&selector("label[for]"))
            .map(|label| (text_of(&label), label.attr("for").unwrap_or_default().to_owned()))
            .collect();
        let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
        for (name, value) in fields {
            wanted.insert(labels.get(*name).map_or_else(|| (*name).to_owned(), Clone::clone), value);
        }
        let mut pairs = Vec::new();
        // Of boxes of which one is chosen, naming another takes the first off.
        let radio = selector("input[type=radio]");
        let renamed: Vec<String> = form
            .select(&radio)
            .filter(|control| wanted.get(control.attr("id").unwrap_or_default()) == Some(&"yes"))
            .map(|control| control.attr("name").unwrap_or_default().to_owned())
            .collect();
        for control in form.select(&selector("input, textarea, select")) {
            let (name, id) = (control.attr("name").unwrap_or_default(), control.attr("id").unwrap_or_default());
            let given = match control.attr("type") {
                Some("hidden") => None,
                Some("checkbox" | "radio") => {
                    let is_on = match wanted.remove(id) {
                        Some(said) => said == "yes",
                        None => control.attr("checked").is_some() && !renamed.iter().any(|it| it == name),
                    };
                    if !is_on {
                        continue;
                    }
                    None
                }
                _ => wanted.remove(id).or_else(|| wanted.remove(name)),
            };
            pairs.push((name.to_owned(), given.map_or_else(|| value_of(&control), str::to_owned)));
        }
        let pressed = selector("button[name]");
        if let Some(pressed) = form.select(&pressed).find(|it| text_of(it) == button) {
            let sent = |name| pressed.attr(name).unwrap_or_default().to_owned();
            pairs.push((sent("name"), sent("value")));
        }
        assert!(wanted.is_empty(), "the form has no {:?}: {}", wanted.keys(), form.html());
        Filled {
            is_post: form.attr("method") == Some("post"),
            action: form.attr("action").unwrap_or(&page.address).to_owned(),
            pairs,
        }
    }

    /// Sends a form that no page has to hold.
    pub fn post(&mut self, address: &str, pairs: &[(String, String)]) -> &Page {
        // Time passes with every change, so that they have an order.
        self.app.clock.advance(chrono::TimeDelta::milliseconds(1));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.send(Method::POST, address, Some(("application/x-www-form-urlencoded", body.into_bytes())))
    }

    /// Sends a form with a file, in the order of its fields.
    pub fn post_file(&mut self, address: &str, fields: &[(&str, &str)], (name, content): (&str, &[u8])) -> &Page {
        self.app.clock.advance(chrono::TimeDelta::milliseconds(1));
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(
                format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes().chain(content.iter().copied()).chain(*b"\r\n--edge--\r\n"));
        self.send(Method::POST, address, Some(("multipart/form-data; boundary=edge", body)))
    }

    /// The form token of the page that is open.
    #[track_caller]
    pub fn token(&self) -> String {
        self.page().attr("input[name=csrf]", "value")
    }

    fn send(&mut self, method: Method, address: &str, body: Option<(&str, Vec<u8>)>) -> &Page {
        let mut request = TestRequest::with_uri(address)
            .method(method)
            .insert_header((header::HOST, HOST))
            .peer_addr(([127, 0, 0, 1], 40_000).into());
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let asked = address.split('?').next().unwrap_or_default();
        for ((path, name), value) in self.narrow.iter().filter(|((path, _), _)| asked.starts_with(path.as_str())) {
            assert_ne!(path, "/");
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        if let Some((kind, body)) = body {
            request = request.insert_header((header::CONTENT_TYPE, kind)).set_payload(body);
            for (name, value) in &self.origin {
                request = request.insert_header((*name, value.as_str()));
            }
        }
        let answer = self.app.call(request);
        for value in answer.headers.get_all(header::SET_COOKIE) {
            let set = Cookie::parse(value.to_str().expect("text").to_owned()).expect("a cookie");
            assert_eq!(set.http_only(), Some(true), "{set} is not for the site alone");
            let path = set.path().unwrap_or_default().to_owned();
            if path != "/" {
                assert_eq!(path, asked, "{set} is for another address");
                self.narrow.insert((path, set.name().to_owned()), set.value().to_owned());
            } else if set.max_age().is_some_and(|age| age <= Duration::ZERO) {
                self.cookies.remove(set.name());
            } else {
                self.cookies.insert(set.name().to_owned(), set.value().to_owned());
            }
        }
        self.page.insert(Page::new(address, answer))
    }
}

/// A form, ready to be sent.
#[derive(Clone, Debug)]
pub struct Filled {
    pub is_post: bool,
    pub action: String,
    pub pairs: Vec<(String, String)>,
}

/// What a control sends if nobody touches it.
fn value_of(control: &ElementRef<'_>) -> String {
    match control.value().name() {
        "textarea" => control.text().collect(),
        "select" => {
            let options: Vec<_> = control.select(&selector("option")).collect();
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
            chosen.map(|option| option.attr("value").map_or_else(|| text_of(option), str::to_owned)).unwrap_or_default()
        }
        _ => control.attr("value").unwrap_or_default().to_owned(),
    }
}
