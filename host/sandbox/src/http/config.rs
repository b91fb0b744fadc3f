//! How far guests may call, and how much.

use hookbox_model::HttpScope;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What the operator lets guests do over HTTP, whatever is granted, and the limits of one step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Where guests may call when it is granted too: scopes of `http`, one text with commas. Default `*`.
    #[serde(deserialize_with = "scopes")]
    pub allowed_hosts: Vec<HttpScope>,
    /// Networks that guests may reach besides the public internet, there also without TLS; a text with commas. Link-local and
    /// metadata addresses stay refused. Default none.
    #[serde(deserialize_with = "hookbox_egress::networks")]
    pub allowed_networks: Vec<IpNet>,
    /// Names loopback, RFC 1918 and unique local addresses all at once, as if by `allowed_networks`. Default false.
    pub private_networks: bool,
    /// How long a connection may take to open, and a request wait for one of its step's places, in milliseconds. Default 5,000.
    pub connect_timeout_ms: u64,
    /// How long from the open connection to the head of the answer, the sending of the request included, in milliseconds.
    /// Default 30,000.
    pub first_byte_timeout_ms: u64,
    /// How long the body of an answer may stand still, in milliseconds. Default 30,000.
    pub between_bytes_timeout_ms: u64,
    /// Bytes of the body of one request. Default 10 MiB.
    pub request_bytes_max: u64,
    /// Bytes of the body of one answer. Default 10 MiB.
    pub response_bytes_max: u64,
    /// Bytes of the headers of one request, and of one answer. Default 64 KiB.
    pub header_bytes_max: u64,
    /// Requests of one step. Default 100.
    pub requests_max: u32,
    /// Requests of one step at once, until their answer is read or dropped; further ones wait. Default 16.
    pub requests_at_once_max: u32,
    /// How long an idle connection is kept, in milliseconds. Default 90,000.
    pub idle_timeout_ms: u64,
    /// Idle connections of one workspace to one host. Default 4.
    pub idle_connections_max: u32,
    /// Workspaces whose connections are kept. Default 256.
    pub workspaces_max: u32,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allowed_hosts: vec![HttpScope::Anywhere],
            allowed_networks: Vec::new(),
            private_networks: false,
            connect_timeout_ms: 5_000,
            first_byte_timeout_ms: 30_000,
            between_bytes_timeout_ms: 30_000,
            request_bytes_max: 10 * MIB,
            response_bytes_max: 10 * MIB,
            header_bytes_max: 64 * KIB,
            requests_max: 100,
            requests_at_once_max: 16,
            idle_timeout_ms: 90_000,
            idle_connections_max: 4,
            workspaces_max: 256,
        }
    }
}

/// Scopes as one text with commas between them, the same in a file and in an environment variable.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HttpScope>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use hookbox_model::HttpScope;
    use serde_json::json;

    use super::HttpConfig;

    #[test]
    fn hosts_and_networks_are_written_as_texts_with_commas() {
        let read = |hosts, networks| {
            serde_json::from_value::<HttpConfig>(json!({"allowed_hosts": hosts, "allowed_networks": networks}))
        };
        let some = read("POST https://api.example.com, https://*.example.org", "127.0.0.1/32").expect("scopes");
        assert_eq!((some.allowed_hosts.len(), some.allowed_networks.len()), (2, 1));
        assert_eq!(read("*", "").expect("a scope"), HttpConfig::default());
        assert_eq!(read("", "").expect("none").allowed_hosts, Vec::<HttpScope>::new());
        assert!(read("example.com", "").is_err() && read("*", "everything").is_err());
    }
}
