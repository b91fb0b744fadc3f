//! The numbers of dispatch.

use ipnet::IpNet;
use serde::Deserialize;

/// The numbers of dispatch, with their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Messages on their way at once. 256: each is a connection.
    pub messages_max: usize,
    /// Messages of one inbox on their way at once. 16: one channel is not flooded.
    pub inbox_messages_max: usize,
    /// Messages of one inbox that wait for one of its places; what is more goes back to the outbox for a moment. 64.
    pub inbox_waiting_max: usize,
    /// Messages claimed and not settled, waiting ones included. 1,024: each is in memory.
    pub claims_max: usize,
    /// How long a message goes back for when its inbox has enough waiting, in milliseconds. 1 s.
    pub crowded_delay_ms: u64,
    /// Inboxes that are remembered at once; idle ones with failures are forgotten beyond it. 10,000: bounded memory.
    pub lanes_max: usize,
    /// Attempts of one message before it fails. 8: with the delays below about a day.
    pub attempts_max: u32,
    /// The delay before the second attempt, in milliseconds. 10 s.
    pub retry_base_ms: u64,
    /// What each further delay is multiplied by. 4.
    pub retry_factor: u32,
    /// The longest delay, in milliseconds, also of what a channel asks for. 6 h.
    pub retry_delay_max_ms: u64,
    /// Failures in a row after which an inbox is given a rest. 5.
    pub breaker_failures: u32,
    /// The first rest of an inbox, in milliseconds; doubles each time. 30 s.
    pub breaker_base_ms: u64,
    /// The longest rest of an inbox, in milliseconds. 15 min.
    pub breaker_max_ms: u64,
    /// How long a connection may take to open, in milliseconds. 5 s.
    pub connect_timeout_ms: u64,
    /// How long one attempt may take in all, in milliseconds. 20 s: less than `grace_ms`, so that a stop loses no outcome.
    pub timeout_ms: u64,
    /// The most of an answer that is read, in bytes. 64 KiB: an id is short.
    pub answer_bytes_max: usize,
    /// When a message is looked at again that its inbox cannot send as it is set up, in milliseconds. 1 h.
    pub gone_delay_ms: u64,
    /// How long messages may go on after the host was asked to stop, in milliseconds. 25 s: an attempt and its commit.
    pub grace_ms: u64,
    /// Networks that channels may be in besides the public internet, there also without TLS; a text with commas.
    /// Link-local and metadata addresses stay refused. Empty: a URL must not reach the host's own network.
    #[serde(deserialize_with = "hookbox_egress::networks")]
    pub allowed_networks: Vec<IpNet>,
    /// Names loopback, RFC 1918 and unique local addresses all at once, as if by `allowed_networks`. False.
    pub private_networks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            messages_max: 256,
            inbox_messages_max: 16,
            inbox_waiting_max: 64,
            claims_max: 1_024,
            crowded_delay_ms: 1_000,
            lanes_max: 10_000,
            attempts_max: 8,
            retry_base_ms: 10_000,
            retry_factor: 4,
            retry_delay_max_ms: 21_600_000,
            breaker_failures: 5,
            breaker_base_ms: 30_000,
            breaker_max_ms: 900_000,
            connect_timeout_ms: 5_000,
            timeout_ms: 20_000,
            answer_bytes_max: 65_536,
            gone_delay_ms: 3_600_000,
            grace_ms: 25_000,
            allowed_networks: Vec::new(),
            private_networks: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Config;

    #[test]
    fn networks_are_written_as_a_text_with_commas() {
        let read = |networks| serde_json::from_value::<Config>(json!({"allowed_networks": networks}));
        assert_eq!(read("127.0.0.1/32, fd12::/16").unwrap().allowed_networks.len(), 2);
        assert_eq!(read("").unwrap(), Config::default());
        assert!(read("everything").is_err());
    }
}
