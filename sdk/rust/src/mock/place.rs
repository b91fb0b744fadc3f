//! Where calls may go: the scopes of `http`, by the rule of a real host.

use crate::http::Address;

/// Whether `scope` allows the call: `*`, or a method (any when there is none) and an origin, whose host may be `*.example.com`.
/// What is no scope allows nothing.
pub(super) fn allows(scope: &str, method: &str, address: &Address) -> bool {
    if scope == "*" {
        return true;
    }
    let (allowed_method, place) = scope.split_once(' ').unwrap_or(("*", scope));
    let Ok(allowed) = Address::parse(place) else { return false };
    let at_method = allowed_method == "*" || allowed_method == method;
    let (host, port) = parts(address);
    let (allowed_host, allowed_port) = parts(&allowed);
    let at_host = match allowed_host.strip_prefix("*.") {
        None => host == allowed_host,
        Some(above) => host.strip_suffix(above).is_some_and(|front| front.len() > 1 && front.ends_with('.')),
    };
    let is_origin = allowed.path_with_query == "/";
    is_origin && at_method && at_host && allowed.secure == address.secure && allowed_port == port
}

/// The host in lower case, and the port.
fn parts(address: &Address) -> (String, String) {
    let authority = address.authority.to_ascii_lowercase();
    let bracket = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[bracket..].rfind(':') {
        Some(colon) => (authority[..bracket + colon].into(), authority[bracket + colon + 1..].into()),
        None => (authority, if address.secure { "443".into() } else { "80".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::allows;
    use crate::http::Address;

    #[track_caller]
    fn check(scope: &str, method: &str, url: &str, allowed: bool) {
        let address = Address::parse(url).expect("a URL");
        assert_eq!(allows(scope, method, &address), allowed, "{scope}: {method} {url}");
    }

    #[test]
    fn a_call_is_granted_by_method_scheme_host_and_port() {
        check("POST https://api.example.com", "POST", "https://API.example.com:443/x", true);
        check("https://api.example.com/", "GET", "https://api.example.com/x?y", true);
        check("* https://api.example.com:8443", "GET", "https://api.example.com:8443", true);
        check("http://[::1]:8080", "GET", "http://[::1]:8080/", true);
        check("*", "DELETE", "http://anything:1", true);
        check("GET https://*.example.com", "GET", "https://a.b.example.com", true);
        check("POST https://api.example.com", "GET", "https://api.example.com", false);
        check("https://api.example.com", "GET", "http://api.example.com", false);
        check("https://api.example.com", "GET", "https://api.example.com:8443", false);
        check("https://api.example.com", "GET", "https://api.example.com.evil.net", false);
        check("https://*.example.com", "GET", "https://example.com", false);
        check("https://*.example.com", "GET", "https://evilexample.com", false);
        check("https://api.example.com/path", "GET", "https://api.example.com/path", false);
        check("api.example.com", "GET", "https://api.example.com", false);
    }
}
