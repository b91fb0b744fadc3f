//! Where a plugin may call: the scopes of `http`, as an author asks for them and an admin grants them.
//!
//! `POST https://api.example.com` · `https://api.example.com:8443` (any method) · `GET https://*.example.com` (hosts below it, not
//! itself) · `*` (any method, anywhere that the operator lets guests go). The path is not part of it; one slash at the end is
//! passed over.

use std::fmt;
use std::str::FromStr;

/// A scope of `http`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpScope {
    /// Any method to any place.
    Anywhere,
    /// A method to a place.
    Place {
        /// The method in capitals; any when absent.
        method: Option<String>,
        /// To where.
        origin: Origins,
    },
}

/// One origin, or those of all hosts below a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    scheme: Scheme,
    /// Lower case, without the dot of a wildcard.
    host: String,
    below: bool,
    port: u16,
}

/// The scheme of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// A call that a guest wants to make, as far as scopes look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpTarget<'a> {
    /// The method.
    pub method: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host's name or address; an IPv6 address in brackets.
    pub host: &'a str,
    /// The port, also when it is the scheme's own.
    pub port: u16,
}

/// A text is no scope of `http`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no place to call: {why}; write it like \"POST https://api.example.com\"")]
pub struct HttpScopeError {
    /// The text, cut to 200 characters.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl HttpScope {
    /// Whether the call is within the scope.
    pub fn covers(&self, target: HttpTarget<'_>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Place { method, origin } => {
                method.as_deref().is_none_or(|method| method == target.method) && origin.cover(target)
            }
        }
    }
}

impl Origins {
    fn cover(&self, target: HttpTarget<'_>) -> bool {
        let host = target.host.to_ascii_lowercase();
        let at = match self.below {
            false => host == self.host,
            true => host.strip_suffix(self.host.as_str()).is_some_and(|front| front.len() > 1 && front.ends_with('.')),
        };
        at && self.scheme.as_str().eq_ignore_ascii_case(target.scheme) && self.port == target.port
    }
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl FromStr for HttpScope {
    type Err = HttpScopeError;

    fn from_str(text: &str) -> Result<Self, HttpScopeError> {
        let wrong = |why| HttpScopeError { text: text.chars().take(200).collect(), why };
        let (method, place) = match text.split_once(' ') {
            Some((method, place)) => (Some(method), place),
            None => (None, text),
        };
        let method = match method {
            None | Some("*") => None,
            Some(method)
                if (1..=20).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                Some(method.to_owned())
            }
            Some(_) => return Err(wrong("the method is not in capitals")),
        };
        if place == "*" && method.is_none() {
            return Ok(Self::Anywhere);
        }
        let origin = place.parse().map_err(wrong)?;
        Ok(Self::Place { method, origin })
    }
}

impl FromStr for Origins {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(_) | None => return Err("it does not begin with https:// or http://"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let bracket = rest.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match rest[bracket..].rfind(':') {
            Some(colon) => {
                let port = rest[bracket + colon + 1..].parse().map_err(|_| "the port is no number")?;
                (&rest[..bracket + colon], port)
            }
            None => (rest, scheme.port()),
        };
        let (host, below) = host.strip_prefix("*.").map_or((host, false), |host| (host, true));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return Err("the host is none (a path is not part of it; other alphabets are written as xn--)");
        }
        Ok(Self { scheme, host: host.to_ascii_lowercase(), below, port })
    }
}

impl fmt::Display for HttpScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anywhere => f.write_str("*"),
            Self::Place { method: None, origin } => origin.fmt(f),
            Self::Place { method: Some(method), origin } => write!(f, "{method} {origin}"),
        }
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.as_str(), if self.below { "*." } else { "" }, self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// As the scope that grants exactly this call.
impl fmt::Display for HttpTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}://{}", self.method, self.scheme, self.host.to_ascii_lowercase())?;
        let own = matches!((self.scheme, self.port), ("https", 443) | ("http", 80));
        if own { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::{HttpScope, HttpTarget};

    fn covers(scope: &str, method: &str, scheme: &str, host: &str, port: u16) -> bool {
        let scope: HttpScope = scope.parse().expect("a scope");
        scope.covers(HttpTarget { method, scheme, host, port })
    }

    #[test]
    fn a_call_is_granted_by_method_scheme_host_and_port() {
        assert!(covers("POST https://api.example.com", "POST", "https", "API.example.com", 443));
        assert!(covers("https://api.example.com/", "GET", "https", "api.example.com", 443));
        assert!(covers("* https://api.example.com:8443", "GET", "https", "api.example.com", 8443));
        assert!(covers("http://[::1]:8080", "GET", "http", "[::1]", 8080));
        assert!(covers("*", "DELETE", "http", "anything", 1));
        assert!(covers("GET https://*.example.com", "GET", "https", "a.b.example.com", 443));
        for (scope, method, scheme, host, port) in [
            ("POST https://api.example.com", "GET", "https", "api.example.com", 443),
            ("https://api.example.com", "GET", "http", "api.example.com", 80),
            ("https://api.example.com", "GET", "https", "api.example.com", 8443),
            ("https://api.example.com", "GET", "https", "api.example.com.evil.net", 443),
            ("https://api.example.com", "GET", "https", "evil-api.example.com", 443),
            ("https://*.example.com", "GET", "https", "example.com", 443),
            ("https://*.example.com", "GET", "https", ".example.com", 443),
            ("https://*.example.com", "GET", "https", "evilexample.com", 443),
        ] {
            assert!(!covers(scope, method, scheme, host, port), "{scope} {method} {scheme}://{host}:{port}");
        }
    }

    #[test]
    fn what_is_refused_is_named_as_the_scope_that_would_grant_it() {
        for (scheme, port, expected) in [
            ("https", 443, "POST https://api.example.com"),
            ("https", 8443, "POST https://api.example.com:8443"),
            ("http", 80, "POST http://api.example.com"),
        ] {
            let target = HttpTarget { method: "POST", scheme, host: "API.example.com", port };
            assert_eq!(target.to_string(), expected);
            let scope: HttpScope = expected.parse().expect("a scope");
            assert!(scope.covers(target));
            assert_eq!(scope.to_string(), expected);
        }
    }

    #[test]
    fn texts_that_name_no_place_are_refused() {
        for wrong in [
            "",
            "api.example.com",
            "ftp://api.example.com",
            "https://",
            "https:///x",
            "https://a/b",
            "https://a?b",
            "https://a:b",
            "https://a:99999",
            "https://user@a",
            "post https://a",
            "POST  https://a",
            "GET *",
            "https://*",
            "https://münchen.de",
        ] {
            assert!(wrong.parse::<HttpScope>().is_err(), "{wrong}");
        }
    }
}
