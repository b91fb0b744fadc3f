//! Which addresses may be reached: public ones, and the networks that the operator names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hookbox_model::is_public;
use ipnet::IpNet;
use reqwest::Url;

/// Where machines find their own credentials, and forms that hide an IPv4 address: never allowed, whatever is configured.
const NEVER: [&str; 8] = [
    "169.254.0.0/16",
    "100.100.100.200/32",
    "fe80::/10",
    "fd00:ec2::/32",
    "fd20:ce::/32",
    "64:ff9b::/32",
    "2001::/32",
    "2002::/16",
];

/// The private networks of people: loopback, RFC 1918 and unique local addresses.
const PRIVATE: [&str; 6] = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"];

/// The addresses that may be reached.
#[derive(Debug, Clone)]
pub struct Addresses {
    named: Vec<IpNet>,
    never: Vec<IpNet>,
}

impl Addresses {
    /// The public ones, those in `named` networks, and with `private` every private network.
    pub fn new(named: &[IpNet], private: bool) -> Self {
        let mut named = named.to_vec();
        if private {
            named.extend(networks(&PRIVATE));
        }
        Self { named, never: networks(&NEVER).collect() }
    }

    /// Whether this URL may be called, as far as it tells by itself: a name is looked up when something is sent.
    pub fn may_reach(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.admit(&url))
    }

    /// As [`Addresses::may_reach`], for a URL that is parsed.
    pub fn admit(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        match url.scheme() {
            "https" => address.is_none_or(|ip| self.allow(ip)),
            "http" => address.map_or(!self.named.is_empty(), |ip| self.allow_plain(ip)),
            _ => false,
        }
    }

    /// Whether it may be reached over TLS.
    pub(crate) fn allow(&self, address: IpAddr) -> bool {
        // An IPv4 address that is written as an IPv6 one (::ffff:1.1.1.1) is never public: no name has a reason to answer it.
        is_public(address) || self.allow_plain(address)
    }

    /// Whether it may be reached without TLS: only in networks that were named.
    pub(crate) fn allow_plain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let special = match address {
            IpAddr::V4(address) => [Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST].contains(&address),
            IpAddr::V6(address) => address == Ipv6Addr::UNSPECIFIED,
        };
        let is_in = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
        !special && !address.is_multicast() && !is_in(&self.never) && is_in(&self.named)
    }
}

fn networks(texts: &'static [&'static str]) -> impl Iterator<Item = IpNet> {
    texts.iter().map(|text| text.parse().expect("a network that is written above"))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Addresses;

    fn at(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_named_networks_are_added_to_the_public_ones() {
        let addresses = Addresses::new(&["127.0.0.1/32".parse().unwrap()], false);
        assert!(addresses.allow(at("1.1.1.1")) && !addresses.allow_plain(at("1.1.1.1")));
        for named in ["127.0.0.1", "::ffff:127.0.0.1"] {
            assert!(addresses.allow(at(named)) && addresses.allow_plain(at(named)), "{named}");
        }
        for other in ["127.0.0.2", "10.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "::ffff:1.1.1.1"] {
            assert!(!addresses.allow(at(other)), "{other}");
        }
    }

    #[test]
    fn a_url_tells_by_itself_that_it_is_never_reached() {
        let (public, private) = (Addresses::new(&[], false), Addresses::new(&[], true));
        for (url, reached) in [
            ("https://example.com/in", (true, true)),
            ("http://example.com/in", (false, true)),
            ("http://1.1.1.1/", (false, false)),
            ("https://127.0.0.1/", (false, true)),
            ("https://[::1]/", (false, true)),
            ("https://2130706433/", (false, true)),
            ("https://169.254.169.254/", (false, false)),
            ("ftp://example.com/", (false, false)),
            ("nonsense", (false, false)),
        ] {
            assert_eq!((public.may_reach(url), private.may_reach(url)), reached, "{url}");
        }
    }

    #[test]
    fn the_addresses_of_metadata_are_never_allowed() {
        let addresses = Addresses::new(&["0.0.0.0/0", "::/0"].map(|text| text.parse().unwrap()), true);
        assert!(addresses.allow(at("10.0.0.1")) && addresses.allow(at("fd12::1")));
        let never = ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"];
        let more = ["0.0.0.0", "::", "100.100.100.200", "255.255.255.255", "224.0.0.1", "fd20:ce::254"];
        for address in never.into_iter().chain(more) {
            assert!(!addresses.allow(at(address)), "{address}");
        }
    }
}
