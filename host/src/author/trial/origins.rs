//! The places that fixtures name, and the servers on this machine that stand in for them while the fixtures run.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use hookbox_model::{HttpScope, HttpTarget};
use serde_json::Value;
use ureq::http::Uri;

/// A place that fixtures name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
    /// As it is written in URLs: without a port that is the scheme's own.
    text: String,
}

/// Each place with the server that stands in for it.
#[derive(Debug, Default)]
pub(crate) struct Origins(Vec<(Origin, String)>);

impl Origin {
    /// The origin of a URL.
    pub(crate) fn of(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url:?} is no URL"))?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            bail!("{url:?} is not a URL in full, like https://api.example.com/v1");
        };
        let own = match scheme {
            "https" => 443,
            "http" => 80,
            _ => bail!("{url:?} is neither http nor https"),
        };
        let (host, port) = (host.to_ascii_lowercase(), uri.port_u16().unwrap_or(own));
        let text = if port == own { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") };
        Ok(Self { scheme: scheme.to_owned(), host, port, text })
    }

    /// As it is written in URLs.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn is_within(&self, scope: &HttpScope, method: &str) -> bool {
        scope.covers(HttpTarget { method, scheme: &self.scheme, host: &self.host, port: self.port })
    }
}

impl Origins {
    /// These places, each with the address of its server.
    pub(crate) fn new(places: impl IntoIterator<Item = (Origin, SocketAddr)>) -> Self {
        Self(places.into_iter().map(|(origin, address)| (origin, format!("http://{address}"))).collect())
    }

    /// A text with the servers in the place of what they stand in for.
    pub(super) fn stand_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (origin, server)| replaced(&text, &origin.text, server))
    }

    /// A text with what the servers stand in for in their place.
    pub(super) fn restore(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (origin, server)| replaced(&text, server, &origin.text))
    }

    /// As [`Origins::stand_in`], in every text of a JSON document.
    pub(super) fn stand_in_all(&self, value: &Value) -> Value {
        each_text(value, &|text| self.stand_in(text))
    }

    /// As [`Origins::restore`], in every text of a JSON document.
    pub(super) fn restore_all(&self, value: &Value) -> Value {
        each_text(value, &|text| self.restore(text))
    }

    /// What a scope of `http` comes to: the servers of the places that it covers, for its method. Nothing else can be reached.
    pub(super) fn scopes(&self, scope: &str) -> Vec<String> {
        // What is no scope covers nothing; an admin could not grant it either.
        let Ok(parsed) = scope.parse::<HttpScope>() else { return Vec::new() };
        let method = match &parsed {
            HttpScope::Anywhere => None,
            HttpScope::Place { method, .. } => method.as_deref(),
        };
        let within = self.0.iter().filter(|(origin, _)| origin.is_within(&parsed, method.unwrap_or("GET")));
        let written = |server: &str| method.map_or(server.to_owned(), |method| format!("{method} {server}"));
        within.map(|(_, server)| written(server)).collect()
    }
}

/// `text` with `to` for every `from` that an origin ends with: `https://a.example` is not in `https://a.example.org`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let goes_on = after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '.' | '-' | ':' | '@'));
        result.push_str(before);
        result.push_str(if goes_on { from } else { to });
        rest = after;
    }
    result.push_str(rest);
    result
}

fn each_text(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| each_text(item, change)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), each_text(member, change))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Origins};
    use serde_json::json;

    fn origins() -> Origins {
        let place = |url: &str, address: &str| (Origin::of(url).expect("a URL"), address.parse().expect("an address"));
        Origins::new([
            place("https://API.example.com/v1", "127.0.0.1:1000"),
            place("http://other.example:8080/", "127.0.0.1:2000"),
        ])
    }

    #[test]
    fn a_server_takes_the_place_of_an_origin_and_of_nothing_that_only_begins_so() {
        let origins = origins();
        let settings = json!({"url": "https://api.example.com/v1?a=b", "other": ["http://other.example:8080", 7]});
        let with_servers = json!({"url": "http://127.0.0.1:1000/v1?a=b", "other": ["http://127.0.0.1:2000", 7]});
        assert_eq!(origins.stand_in_all(&settings), with_servers);
        assert_eq!(origins.restore_all(&with_servers), settings);
        for other in ["https://api.example.com.evil.example/", "https://api.example.com:8443/", "http://other.example/"]
        {
            assert_eq!(origins.stand_in(other), other);
        }
    }

    #[test]
    fn a_grant_reaches_the_servers_of_what_it_covers_with_its_method_and_nothing_else() {
        let origins = origins();
        let check = |scope: &str, expected: &[&str]| assert_eq!(origins.scopes(scope), expected, "{scope}");
        check("POST https://api.example.com", &["POST http://127.0.0.1:1000"]);
        check("https://*.example.com", &["http://127.0.0.1:1000"]);
        check("*", &["http://127.0.0.1:1000", "http://127.0.0.1:2000"]);
        check("https://elsewhere.example", &[]);
        check("nonsense", &[]);
    }

    #[test]
    fn only_whole_urls_name_a_place() {
        for wrong in ["/v1", "api.example.com/v1", "ftp://api.example.com/", "", "http://"] {
            assert!(Origin::of(wrong).is_err(), "{wrong}");
        }
    }
}
