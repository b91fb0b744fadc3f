//! The numbers of dispatch.

use serde::Deserialize;

/// The numbers of dispatch, with their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Messages on their way at once. 256: each is a connection.
    pub messages_max: usize,
    /// Messages of one inbox on their way at once. 16: one channel is not flooded.
    pub inbox_messages_max: usize,
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
    /// How long one attempt may take in all, in milliseconds. 30 s.
    pub timeout_ms: u64,
    /// The most of an answer that is read, in bytes. 64 KiB: an id is short.
    pub answer_bytes_max: usize,
    /// When a message of a channel that is gone is looked at again, in milliseconds. 1 h.
    pub gone_delay_ms: u64,
    /// How long messages may go on after the host was asked to stop, in milliseconds. 25 s.
    pub grace_ms: u64,
    /// Whether channels may be at private addresses and without TLS. False: a URL must not reach the host's own network.
    pub private_networks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            messages_max: 256,
            inbox_messages_max: 16,
            attempts_max: 8,
            retry_base_ms: 10_000,
            retry_factor: 4,
            retry_delay_max_ms: 21_600_000,
            breaker_failures: 5,
            breaker_base_ms: 30_000,
            breaker_max_ms: 900_000,
            connect_timeout_ms: 5_000,
            timeout_ms: 30_000,
            answer_bytes_max: 65_536,
            gone_delay_ms: 3_600_000,
            grace_ms: 25_000,
            private_networks: false,
        }
    }
}
