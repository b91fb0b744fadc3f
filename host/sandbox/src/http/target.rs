//! Where a request goes: one parsed URL, by which everything is decided and which is then called.
//!
//! The guest gives scheme, authority and path apart; they are read once, the way the client reads them (`0x7f.1` is an address),
//! so that what was checked cannot differ from what is called.

use hookbox_egress::{Transport, Url};
use hookbox_model::HttpTarget;
use http::{Method, Uri};

use super::refusal::Refusal;

/// A method and a URL that may be looked at.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) transport: Transport,
    host: String,
    port: u16,
}

impl Target {
    /// Reads where a request goes. Refuses what is no place: other schemes, a user in front of the host, a path that is none.
    pub(super) fn read(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let transport = match uri.scheme_str() {
            Some("https") => Transport::Tls,
            Some("http") => Transport::Plain,
            Some(_) | None => return Err(Refusal::Url { part: "scheme" }),
        };
        let scheme = if transport == Transport::Tls { "https" } else { "http" };
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        if authority.is_empty() || authority.contains('@') {
            return Err(Refusal::Url { part: "authority (a host, and a port after a colon)" });
        }
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        if !path.starts_with('/') && !path.starts_with('?') {
            return Err(Refusal::Url { part: "path (it begins with a slash)" });
        }
        let url = Url::parse(&format!("{scheme}://{authority}{path}"));
        let url = url.map_err(|_| Refusal::Url { part: "authority or path" })?;
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(Refusal::Url { part: "authority" });
        };
        if host.split('.').rev().skip(1).any(str::is_empty) {
            return Err(Refusal::Url { part: "host (one of its names is empty)" });
        }
        let target = Self { method: method.clone(), host: host.to_owned(), port, transport, url };
        if [Method::CONNECT, Method::TRACE].iter().any(|no| method.as_str().eq_ignore_ascii_case(no.as_str())) {
            return Err(Refusal::Method { what: target.shown() });
        }
        Ok(target)
    }

    /// As grants look at it.
    pub(super) fn of_grants(&self) -> HttpTarget<'_> {
        HttpTarget { method: self.method.as_str(), scheme: self.url.scheme(), host: &self.host, port: self.port }
    }

    /// Whether a repetition could do something twice, or a rehearsal do it at all.
    pub(super) fn is_unsafe(&self) -> bool {
        ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&self.method)
    }

    /// For the log: method, origin and path. No query, which may hold what is nobody's business.
    pub(super) fn shown(&self) -> String {
        format!("{} {}{}", self.method, self.url.origin().ascii_serialization(), self.url.path())
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, Uri};

    use super::Target;

    fn read(method: &str, scheme: &str, authority: &str, path: &str) -> Result<String, String> {
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
        let uri = uri.map_err(|error| error.to_string())?;
        let method: Method = method.parse().map_err(|_| "a method")?;
        Target::read(&method, &uri).map(|target| target.of_grants().to_string()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_place_is_what_the_client_will_call() {
        for (authority, expected) in [
            ("api.example.com", "GET https://api.example.com"),
            ("API.Example.COM:8443", "GET https://api.example.com:8443"),
            ("api.example.com:443", "GET https://api.example.com"),
            ("0x7f.1", "GET https://127.0.0.1"),
            ("2130706433", "GET https://127.0.0.1"),
            ("127.0.0.1.", "GET https://127.0.0.1"),
            ("[::FFFF:127.0.0.1]", "GET https://[::ffff:7f00:1]"),
        ] {
            assert_eq!(read("GET", "https", authority, "/a?b"), Ok(expected.to_owned()), "{authority}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for (method, scheme, authority, path, expected) in [
            ("GET", "ftp", "a.example", "/", "scheme"),
            ("GET", "https", "user@a.example", "/", "authority"),
            ("GET", "https", "user:pass@a.example", "/", "authority"),
            ("GET", "https", "1.2.3.4.5", "/", "authority"),
            ("GET", "https", "127.0.0.1..", "/", "host"),
            ("GET", "https", ".a.example", "/", "host"),
            ("GET", "https", "a.example", "http://other.example/", "path"),
            ("GET", "https", "a.example", "*", "path"),
            ("CONNECT", "https", "a.example", "/", "CONNECT"),
            ("TRACE", "https", "a.example", "/", "TRACE"),
            ("trace", "https", "a.example", "/", "TRACE"),
            ("Connect", "https", "a.example", "/", "CONNECT"),
        ] {
            let refused = read(method, scheme, authority, path).expect_err("no place");
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
