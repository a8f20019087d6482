//! Trusted proxies: those whose statement about the client is believed.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// This machine and private networks: the meaning of `yes`.
const NEAR: [&str; 6] = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// Proxies whose `X-Forwarded-For` is believed; if empty, none is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Whether the address belongs to a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromStr for TrustedProxies {
    type Err = ();

    /// Parses `no`, `yes`, or addresses and networks separated by commas.
    fn from_str(text: &str) -> Result<Self, ()> {
        let networks = match text {
            "no" => Vec::new(),
            "yes" => NEAR.iter().map(|network| network.parse()).collect::<Result<_, _>>()?,
            list => list.split(',').map(|network| network.trim().parse()).collect::<Result<_, _>>()?,
        };
        Ok(Self(networks))
    }
}

/// A network: addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    start: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.start.is_ipv4() == address.is_ipv4() && network_start(address, self.bits) == self.start
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
            true if bits <= most => Ok(Self { start: network_start(address, bits), bits }),
            // An IPv4 address written as an IPv6 one stands for itself only.
            false if bits == most => Ok(Self { start: canonical, bits: 32 }),
            _ => Err(()),
        }
    }
}

/// First address of the network with that many bits that contains `address`.
pub fn network_start(address: IpAddr, bits: u8) -> IpAddr {
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

#[cfg(test)]
mod tests {
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
}
