//! The address of a client, also behind proxies.

use std::net::{IpAddr, SocketAddr};

use actix_web::{HttpRequest, http::header::HeaderName};

use crate::config::{TrustedProxies, network_start};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address under which a client is counted: an IPv6 address is counted as its whole /64, which one client usually has.
pub fn counted_as(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    if address.is_ipv6() { network_start(address, 64) } else { address }
}

/// The client's address: that of the connection, or the one that trusted proxies state. Each proxy appends the address that it saw to
/// `X-Forwarded-For`, so the list is read from its end, as long as the proxy that stated the next entry is trusted. An entry that cannot be
/// parsed ends the list: then the client is the proxy that stated it.
pub fn client_address(request: &HttpRequest, trusted: &TrustedProxies) -> Option<IpAddr> {
    let mut known = request.peer_addr()?.ip().to_canonical();
    let lines: Vec<_> = request.headers().get_all(FORWARDED_FOR).collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else { return Some(known) };
        for entry in line.rsplit(',') {
            let Some(said) = address(entry).filter(|_| trusted.contains(known)) else { return Some(known) };
            known = said;
        }
    }
    Some(known)
}

/// Parses an entry as proxies write it: an address, perhaps with a port, in brackets, or in quotes.
fn address(entry: &str) -> Option<IpAddr> {
    let text = entry.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let found = plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip()));
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The client address for a peer, a trusted proxy, that sends these lines.
    fn found(peer: &str, lines: &[&str]) -> String {
        let port = SocketAddr::new(peer.parse().unwrap(), 40_000);
        let request = TestRequest::default().peer_addr(port);
        let request = lines.iter().fold(request, |request, line| request.append_header((FORWARDED_FOR, *line)));
        let trusted = "10.0.0.0/8, 192.0.2.7, fd00::/8".parse().unwrap();
        client_address(&request.to_http_request(), &trusted).unwrap().to_string()
    }

    #[test]
    fn every_way_of_writing_is_read() {
        let client = "203.0.113.9";
        for (lines, address) in [
            (&[client][..], client),
            (&["203.0.113.9:5555"], client),
            (&["\"203.0.113.9:5555\""], client),
            (&["::ffff:203.0.113.9"], client),
            (&["  203.0.113.9  "], client),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["[2001:db8::1]:443"], "2001:db8::1"),
            (&["\"[2001:db8::1]:443\""], "2001:db8::1"),
            // An address that the client itself states precedes those of the proxies, in the same line or in an earlier one.
            (&["198.51.100.1, 203.0.113.9"], client),
            (&["198.51.100.1", "203.0.113.9"], client),
            (&["198.51.100.1, 203.0.113.9", "10.0.0.2", "192.0.2.7, 10.0.0.3"], client),
            (&["unknown, 203.0.113.9"], client),
            (&[", 203.0.113.9"], client),
            // An entry that cannot be parsed leaves the proxy that stated it.
            (&["unknown"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["203.0.113.9,"], "10.0.0.1"),
            (&["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9", "\u{e9}"], "10.0.0.1"),
            (&["203.0.113.9:99999"], "10.0.0.1"),
            (&["fe80::1%eth0"], "10.0.0.1"),
            (&[], "10.0.0.1"),
            // If all are proxies, the first one is the client.
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            assert_eq!(found("10.0.0.1", lines), address, "{lines:?}");
        }
        assert_eq!(found("::ffff:10.0.0.1", &[client]), client);
        assert_eq!(found("198.51.100.7", &[client]), "198.51.100.7", "nobody else is believed");
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let counted = |text: &str| counted_as(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("2001:db8:1:3::"), "2001:db8:1:3::");
        assert_eq!(counted("::ffff:203.0.113.9"), "203.0.113.9");
    }
}
