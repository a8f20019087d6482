//! Origins of pages that carry keys.

/// Scheme, host, and port if it is not the default one, of the page that makes a call, as the browser states them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Checks an origin: a slash at its end is ignored, a path is refused. The error is text for people.
    pub fn new(given: &str) -> Result<Self, String> {
        let refuse = || format!("{given:?} is not an origin. Enter one like https://shop.example, without a path.");
        let text = given.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://").ok_or_else(refuse)?;
        let usual = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(refuse()),
        };
        let rest = rest.strip_suffix(usual).unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !rest.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_named = inner.map_or_else(
            || !host.is_empty() && host.chars().all(is_host),
            |address| address.parse::<std::net::Ipv6Addr>().is_ok(),
        );
        if !is_named || port.is_some_and(|port| port.parse::<u16>().is_err()) || text.len() > 255 {
            return Err(refuse());
        }
        Ok(Self(format!("{scheme}://{rest}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (given, text) in [
            ("https://Shop.example/", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(Origin::new(given).unwrap().as_str(), text);
        }
        for wrong in [
            "",
            "*",
            "null",
            "shop.example",
            "ftp://shop.example",
            "https://",
            "https://shop.example/path",
            "https://*.example",
            "https://shop.example:port",
            "https://user@shop.example",
            "https://a b",
        ] {
            assert!(Origin::new(wrong).is_err(), "{wrong}");
        }
    }
}
