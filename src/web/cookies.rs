//! The cookies of the console, and all that is said with them: HttpOnly, SameSite=Lax, and for https alone where people come by it.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

/// What a browser keeps for the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The session's token.
    Session,
    /// The form token of somebody who has not signed in yet.
    Visitor,
    /// A message for the next page.
    Flash,
    /// What makes it known to the accounts that signed in with it.
    Browser,
}

/// When somebody last looked at what a person did, for that address alone.
const VISIT: &str = "kith_visit";
/// How long a browser keeps what is to last: as long as browsers keep anything.
const LASTING: Duration = Duration::days(400);

impl Name {
    /// As browsers know it. A name that begins with `__Host-` can only be set by this host, over https, for the whole site: another
    /// host of the same domain cannot plant it.
    fn text(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-kith_session",
            (Self::Session, false) => "kith_session",
            (Self::Visitor, true) => "__Host-kith_visitor",
            (Self::Visitor, false) => "kith_visitor",
            (Self::Flash, true) => "__Host-kith_flash",
            (Self::Flash, false) => "kith_flash",
            (Self::Browser, true) => "__Host-kith_browser",
            (Self::Browser, false) => "kith_browser",
        }
    }
}

/// Reads and makes cookies, as the site's scheme wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jar {
    is_https: bool,
}

impl Jar {
    /// The one of a site that people come to by https, or not.
    pub fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// What the browser sent.
    pub fn read(self, request: &HttpRequest, name: Name) -> Option<String> {
        request.cookie(name.text(self.is_https)).map(|cookie| cookie.value().to_owned())
    }

    /// A cookie for the whole site, until the browser is closed or, if it is to know accounts again, for long.
    pub fn keep(self, name: Name, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(name.text(self.is_https), value, "/".to_owned());
        if name == Name::Browser {
            cookie.set_max_age(LASTING);
        }
        cookie
    }

    /// Takes that cookie back.
    pub fn remove(self, name: Name) -> Cookie<'static> {
        let mut cookie = self.cookie(name.text(self.is_https), String::new(), "/".to_owned());
        cookie.set_max_age(Duration::ZERO);
        cookie
    }

    /// What the browser remembers of visits to the page that it asks for.
    pub fn read_visit(self, request: &HttpRequest) -> Option<String> {
        request.cookie(VISIT).map(|cookie| cookie.value().to_owned())
    }

    /// Has the browser remember a visit to that path, and to it alone.
    pub fn keep_visit(self, path: String, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(VISIT, value, path);
        cookie.set_max_age(Duration::days(365));
        cookie
    }

    fn cookie(self, name: &'static str, value: String, path: String) -> Cookie<'static> {
        Cookie::build(name, value).path(path).http_only(true).same_site(SameSite::Lax).secure(self.is_https).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Name; 4] = [Name::Session, Name::Visitor, Name::Flash, Name::Browser];

    #[test]
    fn every_cookie_says_all_that_protects_it() {
        for name in ALL {
            let (https, http) = (Jar::new(true), Jar::new(false));
            for cookie in [
                https.keep(name, "v".to_owned()),
                https.remove(name),
                https.keep_visit("/a".to_owned(), "v".to_owned()),
            ] {
                let text = cookie.to_string();
                assert!(
                    text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.contains("Secure"),
                    "{text}"
                );
                // What begins like that is only taken with this path.
                assert_eq!(text.starts_with("__Host-"), cookie.path() == Some("/"), "{text}");
            }
            let text = http.keep(name, "v".to_owned()).to_string();
            assert!(text.starts_with("kith_") && !text.contains("Secure") && text.contains("HttpOnly"), "{text}");
            assert!(http.remove(name).to_string().contains("Max-Age=0"));
        }
    }
}
