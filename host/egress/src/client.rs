//! Clients whose every connection goes to an address that may be reached.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};

use crate::{Addresses, Names, SystemNames};

/// With TLS or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// `https` and nothing else.
    Tls,
    /// `http`, only into networks that the operator named.
    Plain,
}

/// A name has an address that may not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name resolves to an address that may not be reached")]
pub struct AddressForbidden;

/// Resolves names, and gives an address only when every one of the name's addresses may be reached.
struct Guard {
    addresses: Addresses,
    transport: Transport,
    names: Arc<dyn Names>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (addresses, transport, names) = (self.addresses.clone(), self.transport, Arc::clone(&self.names));
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let allow = |&ip: &_| match transport {
                Transport::Tls => addresses.allow(ip),
                Transport::Plain => addresses.allow_plain(ip),
            };
            if !found.iter().all(allow) {
                return Err(AddressForbidden.into());
            }
            // The port is the URL's.
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// A client with this transport, to be given its timeouts and built. Addresses that stand in a URL are not resolved: they are
/// checked with [`Addresses::admit`] before the call.
pub fn client(addresses: &Addresses, transport: Transport) -> ClientBuilder {
    client_with(addresses, transport, Arc::new(SystemNames))
}

/// As [`client`], with names looked up by `names`.
pub fn client_with(addresses: &Addresses, transport: Transport, names: Arc<dyn Names>) -> ClientBuilder {
    choose_tls();
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .https_only(transport == Transport::Tls)
        .dns_resolver(Guard { addresses: addresses.clone(), transport, names })
}

/// Says once for the program whose cryptography TLS is made with.
pub(crate) fn choose_tls() {
    // An error says that it was said already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}
