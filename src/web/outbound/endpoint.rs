//! The address that messages are sent to.

use std::net::IpAddr;

use ureq::http::Uri;

use super::reach::Reach;

/// Characters of an address at most.
pub const LONGEST: usize = 2000;

/// Address of a receiver: https, or http where private addresses may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Checks an address. What its name leads to is checked each time before something is sent there.
    ///
    /// # Errors
    /// It is no address of a receiver. The text is for people.
    pub fn parse(given: &str, reach: Reach) -> Result<Self, String> {
        let given = given.trim();
        if given.is_empty() {
            return Err("Enter the address of the receiver, such as https://shop.example/hooks/kith.".to_owned());
        }
        if given.chars().count() > LONGEST {
            return Err(format!("An address can have at most {LONGEST} characters."));
        }
        let wrong = || "This is not an address such as https://shop.example/hooks/kith.".to_owned();
        let written = in_ascii(given).ok_or_else(wrong)?;
        let address: Uri = written.parse().map_err(|_| wrong())?;
        let host = address.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        if address.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("An address must not hold a name and a password: the signature proves who sent it.".to_owned());
        }
        if written.contains('#') {
            return Err("Leave out the part from # on: it is never sent.".to_owned());
        }
        match (address.scheme_str(), reach) {
            (Some("https"), _) | (Some("http"), Reach::Anywhere) => {}
            (Some("http"), Reach::Public) => {
                return Err("The address must begin with https://, because messages name people.".to_owned());
            }
            _ => return Err(wrong()),
        }
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_local = host.eq_ignore_ascii_case("localhost") && reach == Reach::Public;
        if is_local || literal.is_ok_and(|address| !reach.allows(address)) {
            return Err(
                "This address is in a private network. kith sends there only if the server allows it (KITH_PRIVATE_WEBHOOKS)."
                    .to_owned(),
            );
        }
        Ok(Self(written))
    }

    /// An address that was checked when it was stored.
    pub fn from_stored(stored: String) -> Self {
        Self(stored)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address with the name of its host in the letters of the internet; `None` if there is another letter elsewhere.
fn in_ascii(given: &str) -> Option<String> {
    if given.is_ascii() {
        return Some(given.to_owned());
    }
    let (scheme, rest) = given.split_once("://")?;
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    let host = idna::domain_to_ascii_strict(host).ok()?;
    rest.is_ascii().then(|| format!("{scheme}://{host}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_receivers_are_taken() {
        for (given, reach, stored) in [
            (" https://shop.example/hooks?a=1 ", Reach::Public, "https://shop.example/hooks?a=1"),
            ("https://shop.example:8443", Reach::Public, "https://shop.example:8443"),
            ("https://käse.example/x", Reach::Public, "https://xn--kse-qla.example/x"),
            ("https://8.8.8.8/", Reach::Public, "https://8.8.8.8/"),
            ("http://127.0.0.1:9000/", Reach::Anywhere, "http://127.0.0.1:9000/"),
            ("http://localhost/", Reach::Anywhere, "http://localhost/"),
        ] {
            assert_eq!(Endpoint::parse(given, reach).map(|it| it.0), Ok(stored.to_owned()), "{given}");
        }
    }

    #[test]
    fn others_are_refused_with_the_rule() {
        for (given, part) in [
            ("", "Enter the address"),
            ("shop.example", "not an address"),
            ("ftp://shop.example/", "not an address"),
            ("https:///x", "not an address"),
            ("https://shop.example/k\u{e4}se", "not an address"),
            ("https://a b/", "not an address"),
            ("http://shop.example/", "https://"),
            ("https://ann:secret@shop.example/", "password"),
            ("https://shop.example/#x", "part from #"),
            ("https://127.0.0.1/", "private network"),
            ("https://[::1]/", "private network"),
            ("https://[::ffff:10.0.0.1]/", "private network"),
            ("https://LOCALHOST/", "private network"),
        ] {
            let said = Endpoint::parse(given, Reach::Public).unwrap_err();
            assert!(said.contains(part), "{given}: {said}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(LONGEST));
        assert!(Endpoint::parse(&long, Reach::Public).unwrap_err().contains("at most"));
    }
}
