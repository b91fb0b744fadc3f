//! Clients whose every connection goes to an address that may be reached.

use std::error::Error;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};

use crate::Addresses;

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
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (addresses, transport) = (self.addresses.clone(), self.transport);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allow = |ip| match transport {
                Transport::Tls => addresses.allow(ip),
                Transport::Plain => addresses.allow_plain(ip),
            };
            if !found.iter().all(|address| allow(address.ip())) {
                return Err(AddressForbidden.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A client with this transport, to be given its timeouts and built. Addresses that stand in a URL are not resolved: they are
/// checked with [`Addresses::admit`] before the call.
pub fn client(addresses: &Addresses, transport: Transport) -> ClientBuilder {
    // An error says that one is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .https_only(transport == Transport::Tls)
        .dns_resolver(Guard { addresses: addresses.clone(), transport })
}

/// Whether a call failed because it may not go where it was to go: nothing was sent.
pub fn is_forbidden(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<AddressForbidden>() {
            return true;
        }
        cause = error.source();
    }
    error.is_builder()
}
