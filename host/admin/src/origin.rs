//! Whose page made a browser send a request, and whether what it carries can be read on the way.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whose page a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// One of this host.
    Same,
    /// Another's, or nobody's that can be told.
    Foreign,
    /// The request says nothing of it: it is not from a browser, or not from a page.
    Unsaid,
}

impl Origin {
    /// What the request says of it. `public_url` is where this host is for browsers; a proxy may have changed `Host`.
    pub(crate) fn of(headers: &HeaderMap, public_url: Option<&str>) -> Self {
        if let Some(site) = headers.get(&SEC_FETCH_SITE) {
            return if site == "same-origin" { Self::Same } else { Self::Foreign };
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Self::Unsaid };
        let ours = origin.to_str().ok().is_some_and(|origin| {
            let Some(there) = authority(origin) else { return false };
            match public_url.filter(|url| authority(url).as_ref() == Some(&there)) {
                // Where it is known how browsers come, another scheme is another site.
                Some(url) => is_https(url) == is_https(origin),
                None => text(headers, &header::HOST) == Some(there),
            }
        });
        if ours { Self::Same } else { Self::Foreign }
    }
}

/// Whether nobody on the way reads along: TLS ends in front of this host, or the browser is on this machine. What a proxy says of it
/// counts, because one may pass a request on under a name of this machine; browsers do not write `X-Forwarded-Proto`, and who writes it
/// by hand deceives only themselves.
pub(crate) fn is_private(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    if let Some(proto) = text(headers, &X_FORWARDED_PROTO) {
        return proto == "https";
    }
    let Some(host) = text(headers, &header::HOST) else { return false };
    let tls = public_url.filter(|url| is_https(url));
    is_loopback(&host) || tls.and_then(authority).is_some_and(|ours| ours == host)
}

/// Whether an address is that of a proxy whose word is not believed: it is of this machine or of a private network, and what it sends
/// says that it comes from elsewhere. Who is in such a network and writes that by hand is counted by no address; from outside nobody
/// can.
pub(crate) fn is_proxy(address: IpAddr, headers: &HeaderMap) -> bool {
    let address = address.to_canonical();
    let near = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if !near && !address.is_loopback() {
        return false;
    }
    // A proxy that is believed says the very address.
    let says =
        |name: &HeaderName| headers.get_all(name).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let said = |part: &[u8]| std::str::from_utf8(part).ok().and_then(|text| text.trim().parse::<IpAddr>().ok());
    if says(&X_FORWARDED_FOR).any(|part| said(part).is_some_and(|said| said.to_canonical() == address)) {
        return false;
    }
    let forwarded =
        [&X_FORWARDED_FOR, &X_FORWARDED_PROTO, &header::FORWARDED].into_iter().any(|name| headers.contains_key(name));
    forwarded || address.is_loopback() && text(headers, &header::HOST).is_some_and(|host| !is_loopback(&host))
}

/// A header in lower case.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_ascii_lowercase())
}

/// Whether a URL is one of TLS.
pub(crate) fn is_https(url: &str) -> bool {
    url.trim().to_ascii_lowercase().starts_with("https://")
}

/// Host and port of a URL in lower case, the port only where it is not that of its scheme, as browsers write it.
fn authority(url: &str) -> Option<String> {
    let url: Uri = url.trim().parse().ok()?;
    let (scheme, host) = (url.scheme_str()?, url.host()?.to_ascii_lowercase());
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(match url.port_u16() {
        Some(port) if port != usual => format!("{host}:{port}"),
        Some(_) | None => host,
    })
}

/// Whether a `Host` names the machine that the browser is on.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let local = |name: &str| name == "localhost" || name.ends_with(".localhost");
    local(name) || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Origin, is_private, is_proxy};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_a_page_of_this_host_is_the_same_origin() {
        let public = Some("https://hooks.example.com/");
        for (pairs, expected) in [
            (&[("host", "a.example")][..], Origin::Unsaid),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], Origin::Same),
            (
                &[("sec-fetch-site", "same-site"), ("origin", "https://a.example"), ("host", "a.example")],
                Origin::Foreign,
            ),
            (&[("sec-fetch-site", "cross-site")], Origin::Foreign),
            (&[("sec-fetch-site", "none")], Origin::Foreign),
            (&[("host", "a.example"), ("origin", "https://a.example")], Origin::Same),
            (&[("host", "A.example:8080"), ("origin", "http://a.example:8080")], Origin::Same),
            (&[("host", "a.example:8080"), ("origin", "http://a.example")], Origin::Foreign),
            (&[("host", "a.example"), ("origin", "https://a.example.evil.example")], Origin::Foreign),
            (&[("host", "a.example"), ("origin", "null")], Origin::Foreign),
            (&[("host", "127.0.0.1:8080"), ("origin", "https://hooks.example.com")], Origin::Same),
            (&[("host", "hooks.example.com"), ("origin", "http://hooks.example.com")], Origin::Foreign),
            (&[("host", "hooks.example.com"), ("origin", "HTTPS://Hooks.example.com")], Origin::Same),
            (&[("origin", "https://evil.example")], Origin::Foreign),
        ] {
            assert_eq!(Origin::of(&headers(pairs), public), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_proxy_that_is_not_believed_is_known_by_what_it_sends() {
        for (address, pairs, expected) in [
            ("127.0.0.1", &[("host", "127.0.0.1:8080")][..], false),
            ("127.0.0.1", &[("host", "hooks.example.com")], true),
            ("127.0.0.1", &[("host", "127.0.0.1:8080"), ("x-forwarded-for", "192.0.2.1")], true),
            ("10.0.0.2", &[("host", "hooks.example.com")], false),
            ("10.0.0.2", &[("x-forwarded-proto", "https")], true),
            ("::ffff:10.0.0.2", &[("forwarded", "for=192.0.2.1")], true),
            ("fd00::2", &[("x-forwarded-for", "192.0.2.1")], true),
            ("10.0.0.2", &[("x-forwarded-for", "198.51.100.1, 10.0.0.2")], false),
            ("192.0.2.1", &[("x-forwarded-for", "198.51.100.1")], false),
            ("2001:db8::1", &[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")], false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(is_proxy(address, &headers(pairs)), expected, "{address} {pairs:?}");
        }
    }

    #[test]
    fn a_password_is_taken_where_nobody_reads_along() {
        for (pairs, public, expected) in [
            (&[("host", "127.0.0.1:8080")][..], None, true),
            (&[("host", "localhost:8080")], None, true),
            (&[("host", "app.localhost")], None, true),
            (&[("host", "[::1]:8080")], None, true),
            (&[("host", "[::1]")], None, true),
            (&[("host", "192.0.2.1:8080")], None, false),
            (&[("host", "localhost.evil.example")], None, false),
            (&[], None, false),
            (&[("host", "hooks.example.com")], Some("https://hooks.example.com"), true),
            (&[("host", "hooks.example.com")], Some("http://hooks.example.com"), false),
            (&[("host", "other.example.com")], Some("https://hooks.example.com"), false),
            (&[("host", "other.example.com"), ("x-forwarded-proto", "https")], None, true),
            (&[("host", "other.example.com"), ("x-forwarded-proto", "http")], None, false),
            (&[("host", "127.0.0.1:8080"), ("x-forwarded-proto", "http")], None, false),
        ] {
            assert_eq!(is_private(&headers(pairs), public), expected, "{pairs:?} {public:?}");
        }
    }
}
