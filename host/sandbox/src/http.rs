//! Calls of guests to other machines: what `wasi:http` ends in here.
//!
//! `wasmtime-wasi-http` reads requests out of the guest and hands answers in; its own way out (no guard, ten-minute timeouts, no
//! pool) is not compiled in. A request passes, in this order: its number ([`HttpCall`]), its URL (`target.rs`), the grant, the
//! operator's list, the address; a rehearsal ends here for what could change something; then its headers (secrets, limits, the
//! idempotency key). Then it is sent (`sending.rs`): a place among the step's requests, the workspace's client, timeouts, bodies that
//! are counted (`body.rs`). Each leaves one line in the step's log.

mod body;
mod call;
mod config;
mod fields;
mod record;
mod refusal;
mod sending;
mod target;

use std::sync::Arc;
use std::time::Duration;

use hookbox_egress::{Addresses, ClientLimits, Clients, Names};

pub(crate) use call::{Around, HttpCall};
pub use config::HttpConfig;

/// The way out that all calls share.
#[derive(Debug)]
pub(crate) struct Door {
    config: HttpConfig,
    clients: Clients,
}

impl Door {
    /// A way out within `config`, with names looked up by `names`.
    pub(crate) fn new(config: &HttpConfig, names: Arc<dyn Names>) -> Self {
        let limits = ClientLimits {
            connect_timeout: Duration::from_millis(config.connect_timeout_ms),
            idle_timeout: Duration::from_millis(config.idle_timeout_ms),
            idle_connections_max: config.idle_connections_max as usize,
            workspaces_max: config.workspaces_max as usize,
        };
        let addresses = Addresses::new(&config.allowed_networks, config.private_networks);
        Self { config: config.clone(), clients: Clients::new(addresses, names, limits) }
    }
}
