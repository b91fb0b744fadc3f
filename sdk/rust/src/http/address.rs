//! A URL in the parts that a request is made of. It takes what can be sent as it stands, and says what is wrong with the rest.

use super::Error;

/// The longest URL, in bytes.
const URL_BYTES_MAX: usize = 8 * 1024;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) secure: bool,
    /// The host's name or address, and the port if there is one.
    pub(crate) authority: String,
    /// Begins with a slash.
    pub(crate) path_with_query: String,
}

impl Address {
    /// Takes a URL apart. What follows `#` is for browsers and left out.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |why: &str| {
            let shown: String = url.chars().take(200).collect();
            Err(Error::Invalid(format!("{shown:?} is no URL that can be called: {why}")))
        };
        if url.len() > URL_BYTES_MAX {
            return wrong(&format!("it has more than {URL_BYTES_MAX} bytes"));
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("spaces and letters past ASCII are written in percent (%20), in names of hosts as xn--");
        }
        let (secure, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) | None => return wrong("it does not begin with https:// or http://"),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.is_empty() {
            return wrong("it names no host");
        }
        if authority.contains('@') {
            return wrong("a user and password do not belong into it; there is the header authorization");
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { secure, authority: authority.into(), path_with_query: format!("{slash}{path}") })
    }

    /// Method and place, as a scope of `http` names them.
    pub(crate) fn scope(&self, method: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let authority = self.authority.to_ascii_lowercase();
        let own_port = if self.secure { ":443" } else { ":80" };
        format!("{method} {scheme}://{}", authority.strip_suffix(own_port).unwrap_or(&authority))
    }

    /// The URL again.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority, self.path_with_query)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[track_caller]
    fn check(url: &str, secure: bool, authority: &str, path_with_query: &str) {
        let parts = Address { secure, authority: authority.into(), path_with_query: path_with_query.into() };
        assert_eq!(Address::parse(url), Ok(parts), "{url}");
    }

    #[test]
    fn a_url_is_sent_as_it_stands() {
        check("https://api.example.com", true, "api.example.com", "/");
        check("HTTP://a:8080/b/../c?d=e/f#g", false, "a:8080", "/b/../c?d=e/f");
        check("https://a?b=https://c", true, "a", "/?b=https://c");
        check("http://[::1]:80/%20", false, "[::1]:80", "/%20");
    }

    #[test]
    fn what_cannot_be_sent_as_it_stands_is_refused() {
        let long = format!("https://a/{}", "x".repeat(9_000));
        for url in
            ["", "a/b", "ftp://a", "https://", "https:///b", "https://u:p@a", "https://a/b c", "https://ä", &long]
        {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_call_is_named_as_the_grant_that_allows_it() {
        let scope = |url: &str| Address::parse(url).map(|address| address.scope("POST")).unwrap_or_default();
        assert_eq!(scope("https://API.example.com:443/x"), "POST https://api.example.com");
        assert_eq!(scope("http://api.example.com:443/x"), "POST http://api.example.com:443");
    }
}
