//! Clients for many workspaces: each has its own, so that a connection of one is never used for another.
//!
//! A client keeps its open connections by authority. Those of workspaces that call nothing for a while are dropped with all
//! their connections, and there are never more than a limit. A workspace that calls many authorities gets another client now and
//! then: the idle connections of the one before are closed.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hookbox_model::WorkspaceId;
use reqwest::{Client, Url};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_platform_verifier::ConfigVerifierExt;

use crate::client::{choose_tls, client_with};
use crate::names::SharedNames;
use crate::{Addresses, Names, Transport};

/// TLS sessions that a client remembers, so that a next connection opens sooner.
const SESSIONS_KEPT: usize = 32;

/// Authorities that a workspace calls before its client is another one: the client bounds its idle connections to each of them
/// only.
const AUTHORITIES_MAX: usize = 64;

/// What calls of an unnamed program are called.
const USER_AGENT: &str = concat!("hookbox/", env!("CARGO_PKG_VERSION"));

/// How long and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a connection may stand idle, and a workspace call nothing, before it is dropped.
    pub idle_timeout: Duration,
    /// Idle connections of one workspace to one authority.
    pub idle_connections_max: usize,
    /// Workspaces that have clients at one time; past it, who has not called for longest begins anew.
    pub workspaces_max: usize,
}

/// The clients of workspaces.
pub struct Clients {
    addresses: Addresses,
    names: Arc<dyn Names>,
    limits: ClientLimits,
    kept: Mutex<Kept>,
}

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// There is nothing to trust certificates by.
    #[error("the host's TLS certificates cannot be read")]
    Certificates(#[source] rustls::Error),
    /// The client refuses its settings.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

#[derive(Default)]
struct Kept {
    /// Read once: the certificates of a system take milliseconds and are the same for everyone.
    tls: Option<ClientConfig>,
    by_workspace: HashMap<WorkspaceId, Pair>,
}

struct Pair {
    secure: Client,
    plain: Client,
    /// Stays the same when the clients change.
    names: Arc<SharedNames>,
    /// What these clients called.
    authorities: HashSet<String>,
    used: Instant,
}

impl Clients {
    /// None yet; each is made when a workspace calls first.
    pub fn new(addresses: Addresses, names: Arc<dyn Names>, limits: ClientLimits) -> Self {
        Self { addresses, names, limits, kept: Mutex::default() }
    }

    /// The addresses that they reach.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The client of a workspace for a call of `url`, made when it has none, or has called too many places with the one it has.
    /// Calls under way go on when their client is dropped from here.
    pub fn of(
        &self,
        workspace: WorkspaceId,
        (transport, url): (Transport, &Url),
        now: Instant,
    ) -> Result<Client, ClientsError> {
        let authority = url.origin().ascii_serialization();
        // Whoever panicked in between left at worst a client too few.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.by_workspace.contains_key(&workspace) {
            self.make_room(&mut kept.by_workspace, now);
            let names = Arc::new(SharedNames::new(Arc::clone(&self.names)));
            let pair = self.make(&mut kept.tls, names, now)?;
            kept.by_workspace.insert(workspace, pair);
        }
        let Kept { tls, by_workspace } = &mut *kept;
        let pair = by_workspace.get_mut(&workspace).expect("made just above when it was absent");
        if pair.authorities.len() >= AUTHORITIES_MAX && !pair.authorities.contains(&authority) {
            *pair = self.make(tls, Arc::clone(&pair.names), now)?;
        }
        pair.authorities.insert(authority);
        pair.used = now;
        Ok(match transport {
            Transport::Tls => pair.secure.clone(),
            Transport::Plain => pair.plain.clone(),
        })
    }

    /// How many workspaces have clients.
    pub fn workspaces(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).by_workspace.len()
    }

    fn make_room(&self, clients: &mut HashMap<WorkspaceId, Pair>, now: Instant) {
        clients.retain(|_, pair| now.saturating_duration_since(pair.used) < self.limits.idle_timeout);
        while clients.len() >= self.limits.workspaces_max.max(1) {
            let oldest = clients.iter().min_by_key(|(_, pair)| pair.used).map(|(&workspace, _)| workspace);
            let Some(oldest) = oldest else { return };
            clients.remove(&oldest);
        }
    }

    fn make(
        &self,
        tls: &mut Option<ClientConfig>,
        names: Arc<SharedNames>,
        now: Instant,
    ) -> Result<Pair, ClientsError> {
        let mut tls = match tls {
            Some(tls) => tls.clone(),
            None => tls.insert(tls_of_system().map_err(ClientsError::Certificates)?).clone(),
        };
        tls.resumption = Resumption::in_memory_sessions(SESSIONS_KEPT);
        let builder = |transport| {
            client_with(&self.addresses, transport, Arc::clone(&names) as Arc<dyn Names>)
                .connect_timeout(self.limits.connect_timeout)
                .pool_idle_timeout(self.limits.idle_timeout)
                .pool_max_idle_per_host(self.limits.idle_connections_max)
                .user_agent(USER_AGENT)
                .tls_backend_preconfigured(tls.clone())
        };
        let secure = builder(Transport::Tls).build().map_err(ClientsError::Client)?;
        let plain = builder(Transport::Plain).build().map_err(ClientsError::Client)?;
        Ok(Pair { secure, plain, names, authorities: HashSet::new(), used: now })
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clients({} workspaces)", self.workspaces())
    }
}

fn tls_of_system() -> Result<ClientConfig, rustls::Error> {
    choose_tls();
    ClientConfig::with_platform_verifier()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use hookbox_model::WorkspaceId;

    use super::{ClientLimits, Clients};
    use crate::{Addresses, SystemNames, Transport};

    #[test]
    fn clients_are_few_and_idle_ones_are_dropped() {
        let limits = ClientLimits {
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
            idle_connections_max: 4,
            workspaces_max: 3,
        };
        let clients = Clients::new(Addresses::new(&[], false), Arc::new(SystemNames), limits);
        let begun = Instant::now();
        let url = "http://name.example/".parse().expect("a URL");
        let call = |workspace, seconds| {
            let at = begun + Duration::from_secs(seconds);
            clients.of(WorkspaceId::from_bytes([workspace; 16]), (Transport::Plain, &url), at).expect("a client");
            clients.workspaces()
        };
        assert_eq!((0..6).map(|n| call(n, u64::from(n))).collect::<Vec<_>>(), [1, 2, 3, 3, 3, 3]);
        assert_eq!(call(5, 50), 3, "it has one");
        assert_eq!(call(9, 100), 2, "two called nothing for a minute");
    }
}
