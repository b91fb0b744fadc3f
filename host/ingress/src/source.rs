//! Where a request comes from: the connection's other side, or, behind a reverse proxy of ours, whom that proxy names.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The addresses that a request passed through, as each proxy adds the one it heard from at the end.
static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request is taken to be from. A header can be written by anybody, so it is read from its end, and
/// only as far as trusted proxies wrote it: the first address that is none of theirs is the sender's.
pub(crate) fn source(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut source = peer.to_canonical();
    if !is_trusted(source) {
        return source;
    }
    let lines = headers.get_all(&X_FORWARDED_FOR).iter().collect::<Vec<_>>();
    for entry in lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        let text = std::str::from_utf8(entry).unwrap_or_default().trim();
        let Ok(address) = text.parse::<IpAddr>() else { return source };
        source = address.to_canonical();
        if !is_trusted(source) {
            return source;
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::{X_FORWARDED_FOR, source};
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append(&X_FORWARDED_FOR, HeaderValue::from_static(line));
            }
            let found = source(peer.parse().expect("an address"), &headers, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded:?}");
        }
    }
}
