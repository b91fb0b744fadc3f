//! Whose page made a browser send a request, and whether what it carries can be read on the way.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
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
        let ours = origin.to_str().ok().and_then(authority).is_some_and(|origin| {
            [text(headers, &header::HOST), public_url.and_then(authority)]
                .into_iter()
                .flatten()
                .any(|ours| ours == origin)
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
    let tls = public_url.filter(|url| url.to_ascii_lowercase().starts_with("https://"));
    is_loopback(&host) || tls.and_then(authority).is_some_and(|ours| ours == host)
}

/// A header in lower case.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_ascii_lowercase())
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

    use super::{Origin, is_private};

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
            (&[("origin", "https://evil.example")], Origin::Foreign),
        ] {
            assert_eq!(Origin::of(&headers(pairs), public), expected, "{pairs:?}");
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
