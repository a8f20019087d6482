//! Who is at the other end: the address of the client, also where proxies stand in between.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use actix_web::{HttpRequest, http::header::HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// This machine and private networks: what `yes` means.
const NEAR: [&str; 6] = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// The proxies whose word on where a request comes from is believed; without any, nobody's is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Whether this is the address of one.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromStr for TrustedProxies {
    type Err = ();

    /// `no`, `yes`, or addresses and networks that are separated by commas.
    fn from_str(text: &str) -> Result<Self, ()> {
        let networks = match text {
            "no" => Vec::new(),
            "yes" => NEAR.iter().map(|network| network.parse()).collect::<Result<_, _>>()?,
            list => list.split(',').map(|network| network.trim().parse()).collect::<Result<_, _>>()?,
        };
        Ok(Self(networks))
    }
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    start: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.start.is_ipv4() == address.is_ipv4() && start(address, self.bits) == self.start
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address = address.parse::<IpAddr>().map_err(drop)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse::<u8>).map_err(drop)?;
        let canonical = address.to_canonical();
        match canonical == address {
            true if bits <= most => Ok(Self { start: start(address, bits), bits }),
            // An IPv4 address that is written as an IPv6 one stands for itself only.
            false if bits == most => Ok(Self { start: canonical, bits: 32 }),
            _ => Err(()),
        }
    }
}

/// The first address of the network of that many bits.
fn start(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}

/// The address that counts as one when clients are counted: whoever has one IPv6 address has the whole /64.
pub fn counted_as(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    if address.is_ipv6() { start(address, 64) } else { address }
}

/// The client's address: that of the connection, or what proxies that are trusted say of it. Each proxy adds the address that it
/// saw at the end of `X-Forwarded-For`, so the list is read from its end, and only as far as whoever said the next entry is trusted. An
/// entry that cannot be read ends it: then the one who said it is the last of whom anything is known.
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

/// An entry as proxies write it: an address, perhaps with a port, in brackets, or in quotes.
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

    fn proxies(text: &str) -> TrustedProxies {
        text.parse().unwrap()
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let trusted = proxies("10.0.0.0/8, 192.0.2.7,fd00::/8 , ::ffff:198.51.100.1");
        for (address, is_trusted) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::ffff:10.1.2.3", true),
            ("fd12::1", true),
            ("fe80::1", false),
            ("198.51.100.1", true),
        ] {
            assert_eq!(trusted.contains(address.parse().unwrap()), is_trusted, "{address}");
        }
        assert!(proxies("0.0.0.0/0").contains([203, 0, 113, 9].into()));
        assert!(!proxies("0.0.0.0/0").contains("2001:db8::1".parse().unwrap()));
        assert!(proxies("::/0").contains("2001:db8::1".parse().unwrap()));
        for near in ["127.0.0.1", "::1", "10.1.1.1", "172.31.0.1", "192.168.1.1", "fd00::1"] {
            assert!(proxies("yes").contains(near.parse().unwrap()), "{near}");
            assert!(!proxies("no").contains(near.parse().unwrap()), "{near}");
        }
        assert!(!proxies("yes").contains([172, 32, 0, 1].into()) && !proxies("yes").contains([203, 0, 113, 9].into()));
        for wrong in
            ["", "maybe", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.1,", "proxy.example", "::ffff:10.0.0.0/104"]
        {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong:?}");
        }
    }

    /// The client that is found where the peer, a trusted proxy, sends these lines.
    fn found(peer: &str, lines: &[&str]) -> String {
        let port = SocketAddr::new(peer.parse().unwrap(), 40_000);
        let request = TestRequest::default().peer_addr(port);
        let request = lines.iter().fold(request, |request, line| request.append_header((FORWARDED_FOR, *line)));
        let trusted = proxies("10.0.0.0/8, 192.0.2.7, fd00::/8");
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
            // What the client itself claims stands before what the proxies saw, in the same line or in one before.
            (&["198.51.100.1, 203.0.113.9"], client),
            (&["198.51.100.1", "203.0.113.9"], client),
            (&["198.51.100.1, 203.0.113.9", "10.0.0.2", "192.0.2.7, 10.0.0.3"], client),
            (&["unknown, 203.0.113.9"], client),
            (&[", 203.0.113.9"], client),
            // What cannot be read leaves the proxy that said it.
            (&["unknown"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["203.0.113.9,"], "10.0.0.1"),
            (&["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9", "\u{e9}"], "10.0.0.1"),
            (&["203.0.113.9:99999"], "10.0.0.1"),
            (&["fe80::1%eth0"], "10.0.0.1"),
            (&[], "10.0.0.1"),
            // All of them are proxies: the first one is where it began.
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
