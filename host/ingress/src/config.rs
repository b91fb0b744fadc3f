//! Every number that limits the webhook door.

use std::time::Duration;

use hookbox_model::JsonLimits;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

/// The limits of the webhook door.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The largest body in bytes of a trigger that sets none itself. Default 1 MiB.
    pub body_bytes_max: u64,
    /// The largest body in bytes that a trigger may set for itself. Default 1 MiB, the most that actions are handed.
    pub body_bytes_ceiling: u64,
    /// The largest body in bytes of what a channel tells. Default 256 KiB: it is read before anybody knows who sent it, and the
    /// longest message has 40 KB.
    pub incoming_body_bytes_max: u64,
    /// How many such bodies may be read and checked at one time; more are answered 503. Default 256, at most 64 MiB.
    pub incoming_bodies_max: usize,
    /// How deep and wide a payload may be. Default 64 levels, 50,000 values.
    pub json: JsonLimits,

    /// From the first byte of a request head to its end. Default 5 s.
    pub head_timeout_ms: u64,
    /// From the end of the head to the end of the body. Default 15 s.
    pub body_timeout_ms: u64,
    /// The slowest a body may come, in bytes per second, after its first second. Default 1,000.
    pub body_rate_bytes_per_s_min: u64,
    /// How long a connection may stand still: between requests, while an answer cannot be written, or in the middle of a
    /// body that is not ours. Default 30 s.
    pub idle_timeout_ms: u64,

    /// The most headers of a request. Default 64.
    pub headers_max: usize,
    /// The largest request head in bytes. Default 16 KiB.
    pub head_bytes_max: usize,

    /// The most open connections. Default 4,096.
    pub connections_max: usize,
    /// The most open connections of one address (of one /64 for IPv6). Loopback is only bound by `connections_max`: it is
    /// a reverse proxy that speaks for many, or the machine's owner. Raise it for a proxy elsewhere. Default 512.
    pub connections_per_address_max: usize,
    /// The most connections over those limits that are told so politely at one time; more are closed at once. Default 256.
    pub turned_away_max: usize,
    /// How many connections the system holds until they are accepted. Default 1,024.
    pub backlog: u32,

    /// How long, after a refusal, what the sender still sends is read and thrown away, so that the answer reaches it
    /// before the connection is gone. Default 2 s.
    pub linger_timeout_ms: u64,
    /// How much of that is read at most, in bytes. Default 8 MiB.
    pub linger_bytes_max: u64,
    /// How long requests in flight may take to end after a shutdown began. Default 10 s.
    pub grace_timeout_ms: u64,
    /// The `Retry-After` of every 503, in seconds. Default 2.
    pub retry_after_s: u32,

    /// Requests a second of one address (of one /64 for IPv6) in the long run, before its key is looked at; 0 is no limit.
    /// Loopback is not counted. Default 5,000, more than one sender needs.
    pub address_rate_per_s_max: u32,
    /// Requests at once of one address. Default 10,000, two seconds' worth.
    pub address_burst_max: u32,
    /// Requests a second with one key in the long run, if the trigger sets no limit, and of one inbox's channel; 0 is no
    /// limit. Default 2,000.
    pub key_rate_per_s_max: u32,
    /// Requests at once with one key, and of one inbox's channel. Default 4,000, two seconds' worth.
    pub key_burst_max: u32,
    /// How many addresses, how many keys and how many inboxes are counted at one time; who is forgotten begins anew.
    /// Default 50,000.
    pub buckets_max: usize,
    /// The networks of reverse proxies whose `X-Forwarded-For` is believed; a text with commas. Default none: anybody can
    /// write that header.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// How far `webhook-timestamp` may be from now, in seconds. Default 300, as Standard Webhooks recommends.
    pub signature_tolerance_s: u64,

    /// How many senders may wait for the result of a run (`?wait=`) at one time; more get the plain answer at once.
    /// Default 1,000.
    pub waits_max: usize,

    /// How many triggers are remembered between requests. Default 10,000.
    pub triggers_cached_max: usize,
    /// How many inboxes are remembered between what their channels tell. Default 10,000.
    pub inboxes_cached_max: usize,
    /// How many ids that no automation has are remembered, and as many that no inbox has. Default 10,000.
    pub unknown_cached_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            body_bytes_ceiling: 1 << 20,
            incoming_body_bytes_max: 256 << 10,
            incoming_bodies_max: 256,
            json: JsonLimits::default(),
            head_timeout_ms: 5_000,
            body_timeout_ms: 15_000,
            body_rate_bytes_per_s_min: 1_000,
            idle_timeout_ms: 30_000,
            headers_max: 64,
            head_bytes_max: 16 << 10,
            connections_max: 4_096,
            connections_per_address_max: 512,
            turned_away_max: 256,
            backlog: 1_024,
            linger_timeout_ms: 2_000,
            linger_bytes_max: 8 << 20,
            grace_timeout_ms: 10_000,
            retry_after_s: 2,
            address_rate_per_s_max: 5_000,
            address_burst_max: 10_000,
            key_rate_per_s_max: 2_000,
            key_burst_max: 4_000,
            buckets_max: 50_000,
            trusted_proxies: Vec::new(),
            signature_tolerance_s: 300,
            waits_max: 1_000,
            triggers_cached_max: 10_000,
            inboxes_cached_max: 10_000,
            unknown_cached_max: 10_000,
        }
    }
}

/// Networks as one text with commas between them, the same in a file and in an environment variable.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}

impl Config {
    pub(crate) const fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use serde_json::json;

    #[test]
    fn networks_are_written_as_a_text_with_commas() {
        let read = |networks| serde_json::from_value::<Config>(json!({"trusted_proxies": networks}));
        assert_eq!(read("10.0.0.0/8, fd12::/16").expect("networks").trusted_proxies.len(), 2);
        assert_eq!(read("").expect("none"), Config::default());
        assert!(read("everybody").is_err());
    }
}
