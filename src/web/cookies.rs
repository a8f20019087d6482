//! The cookies of the console: HttpOnly, SameSite=Lax, and Secure where the site is served over https.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

/// A cookie for the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Token of the session.
    Session,
    /// Form token of a visitor who has not signed in yet.
    Visitor,
    /// Message for the next page.
    Flash,
    /// Identifies the browser to accounts that signed in with it.
    Browser,
}

/// Name of the cookie with the time of the last look at a profile's activity, sent to that address alone.
const VISIT: &str = "kith_visit";
/// Lifetime of lasting cookies: the longest that browsers allow.
const LASTING: Duration = Duration::days(400);

impl Name {
    /// Name of the cookie. A name that begins with `__Host-` can only be set by this host, over https, for the whole site: another host of
    /// the same domain cannot plant it.
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

/// Reads and makes cookies that fit the site's scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jar {
    is_https: bool,
}

impl Jar {
    /// A jar for a site served over https, or not.
    pub fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// The value that the browser sent.
    pub fn read(self, request: &HttpRequest, name: Name) -> Option<String> {
        request.cookie(name.text(self.is_https)).map(|cookie| cookie.value().to_owned())
    }

    /// A cookie for the whole site, until the browser is closed; [`Name::Browser`] for 400 days.
    pub fn keep(self, name: Name, value: String) -> Cookie<'static> {
        let mut cookie = self.cookie(name.text(self.is_https), value, "/".to_owned());
        if name == Name::Browser {
            cookie.set_max_age(LASTING);
        }
        cookie
    }

    /// A cookie that removes `name` from the browser.
    pub fn remove(self, name: Name) -> Cookie<'static> {
        let mut cookie = self.cookie(name.text(self.is_https), String::new(), "/".to_owned());
        cookie.set_max_age(Duration::ZERO);
        cookie
    }

    /// The value of the visit cookie for the requested page, if the browser sent one.
    pub fn read_visit(self, request: &HttpRequest) -> Option<String> {
        request.cookie(VISIT).map(|cookie| cookie.value().to_owned())
    }

    /// A visit cookie for that path alone.
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
                // Browsers take the prefix only with this path.
                assert_eq!(text.starts_with("__Host-"), cookie.path() == Some("/"), "{text}");
            }
            let text = http.keep(name, "v".to_owned()).to_string();
            assert!(text.starts_with("kith_") && !text.contains("Secure") && text.contains("HttpOnly"), "{text}");
            assert!(http.remove(name).to_string().contains("Max-Age=0"));
        }
    }
}
