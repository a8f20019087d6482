//! The site of the console: its origin, and the one host under which it is served.

use actix_web::{HttpRequest, http::header};

/// Names of the loopback interface.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// The address that people type to reach the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    origin: String,
    is_https: bool,
    host: Host,
}

/// A host and its port, as browsers compare them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    name: String,
    port: u16,
}

impl Host {
    fn parse(text: &str, usual_port: u16) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !text.ends_with(']') => (name, port.parse().ok()?),
            _ => (text, usual_port),
        };
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let name = match inner {
            Some(inner) => format!("[{}]", inner.parse::<std::net::Ipv6Addr>().ok()?),
            None => name.to_ascii_lowercase(),
        };
        let is_named = inner.is_some()
            || !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        is_named.then_some(Self { name, port })
    }

    fn is_loopback(&self) -> bool {
        LOOPBACK.contains(&self.name.as_str())
            || self.name.parse::<std::net::Ipv4Addr>().is_ok_and(|it| it.is_loopback())
    }
}

/// Parses scheme and host of an origin.
fn split(origin: &str) -> Option<(bool, Host)> {
    let (scheme, rest) = origin.split_once("://")?;
    let (is_https, usual_port) = match scheme.to_ascii_lowercase().as_str() {
        "https" => (true, 443),
        "http" => (false, 80),
        _ => return None,
    };
    Some((is_https, Host::parse(rest, usual_port)?))
}

impl Site {
    /// The site of an origin such as `https://kith.example.com`; `None` if it has a path. A slash at its end is ignored.
    pub fn new(origin: &str) -> Option<Self> {
        let origin = origin.trim_end_matches('/');
        let (is_https, host) = split(origin)?;
        Some(Self { origin: origin.to_owned(), is_https, host })
    }

    /// The origin, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the origin is https.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether the request is for this host. For a loopback host, all loopback names count as the same.
    pub fn is_asked(&self, request: &HttpRequest) -> bool {
        self.host_of(request).is_some()
    }

    /// Whether `origin` is the origin of the page that the request asks for or comes from.
    pub fn is_origin_of(&self, request: &HttpRequest, origin: &str) -> bool {
        let asked = self.host_of(request);
        split(origin).is_some_and(|(is_https, host)| is_https == self.is_https && Some(host) == asked)
    }

    fn host_of(&self, request: &HttpRequest) -> Option<Host> {
        let usual_port = if self.is_https { 443 } else { 80 };
        let mut named = request.headers().get_all(header::HOST);
        let (Some(named), None) = (named.next(), named.next()) else { return None };
        let host = Host::parse(named.to_str().ok()?, usual_port)?;
        // An absolute address in the request line overrides the header.
        let whole = request.uri().authority().map(|authority| Host::parse(authority.as_str(), usual_port));
        let is_same = host == self.host
            || host.port == self.host.port && self.host.is_loopback() && LOOPBACK.contains(&host.name.as_str());
        (is_same && whole.is_none_or(|whole| whole.as_ref() == Some(&host))).then_some(host)
    }
}

impl std::fmt::Display for Site {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(site: &str, host: &str) -> bool {
        Site::new(site).unwrap().is_asked(&TestRequest::default().insert_header((header::HOST, host)).to_http_request())
    }

    #[test]
    fn a_site_has_one_host_and_this_machine_several_names() {
        for (site, host, is_served) in [
            ("https://kith.example.com", "kith.example.com", true),
            ("https://kith.example.com", "KITH.example.com:443", true),
            ("https://kith.example.com:443", "kith.example.com", true),
            ("https://kith.example.com", "kith.example.com:80", false),
            ("https://kith.example.com", "kith.example.com.", false),
            ("https://kith.example.com", "kith.example.com@evil.example", false),
            ("https://kith.example.com", "evil.example", false),
            ("https://kith.example.com", "localhost", false),
            ("https://kith.example.com", "", false),
            ("http://kith.example.com", "kith.example.com:80", true),
            ("http://kith.example.com:8080", "kith.example.com:8080", true),
            ("http://kith.example.com:8080", "kith.example.com", false),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://127.0.0.1:8080", "localhost:8080", true),
            ("http://127.0.0.1:8080", "[::1]:8080", true),
            ("http://127.0.0.1:8080", "[0:0:0:0:0:0:0:1]:8080", true),
            ("http://localhost:8080", "127.0.0.1:8080", true),
            ("http://[::1]:8080", "localhost:8080", true),
            ("http://127.0.0.2:8080", "127.0.0.2:8080", true),
            ("http://127.0.0.2:8080", "localhost:8080", true),
            ("http://127.0.0.1:8080", "127.0.0.1:8081", false),
            ("http://127.0.0.1:8080", "localhost", false),
            ("http://127.0.0.1:8080", "localhost.evil.example:8080", false),
            ("http://192.0.2.1:8080", "localhost:8080", false),
        ] {
            assert_eq!(asked(site, host), is_served, "{host:?} of {site}");
        }
        let two = TestRequest::default().append_header((header::HOST, "a.example")).append_header((header::HOST, "b"));
        assert!(!Site::new("http://a.example").unwrap().is_asked(&two.to_http_request()));
        assert!(!Site::new("http://a.example").unwrap().is_asked(&TestRequest::default().to_http_request()));
        let whole =
            |address| TestRequest::with_uri(address).insert_header((header::HOST, "a.example")).to_http_request();
        assert!(Site::new("http://a.example").unwrap().is_asked(&whole("http://a.example/sign-in")));
        assert!(!Site::new("http://a.example").unwrap().is_asked(&whole("http://b.example/sign-in")));
    }

    #[test]
    fn an_origin_is_compared_as_a_whole() {
        let request = |host| TestRequest::default().insert_header((header::HOST, host)).to_http_request();
        let site = Site::new("https://kith.example.com").unwrap();
        for (origin, is_own) in [
            ("https://kith.example.com", true),
            ("https://kith.example.com:443", true),
            ("http://kith.example.com", false),
            ("ftp://kith.example.com", false),
            ("https://kith.example.com:8443", false),
            ("https://kith.example.com.evil.example", false),
            ("https://kith.example.com/", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(site.is_origin_of(&request("kith.example.com"), origin), is_own, "{origin:?}");
        }
        let here = Site::new("http://127.0.0.1:8080").unwrap();
        assert!(here.is_origin_of(&request("localhost:8080"), "http://localhost:8080"));
        assert!(!here.is_origin_of(&request("localhost:8080"), "http://127.0.0.1:8080"), "these are two to a browser");
        assert!(!here.is_origin_of(&request("evil.example"), "http://evil.example"));
    }

    #[test]
    fn a_site_is_an_origin() {
        for wrong in [
            "",
            "kith.example.com",
            "ftp://kith.example.com",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://a@b",
            "https://a b",
            "http://a:port",
            "http://[::g]",
        ] {
            assert!(Site::new(wrong).is_none(), "{wrong:?}");
        }
        assert_eq!(Site::new("https://kith.example.com/").unwrap().to_string(), "https://kith.example.com");
    }
}
