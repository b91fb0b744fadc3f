//! The life of a host, as a list one can read aloud: bind, assemble, spawn, wait, drain.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use hookbox_admin::FirstToken;
use hookbox_ingress::Door;
use hookbox_model::JsonLimits;
use tokio::net::{TcpListener, lookup_host};
use tokio::runtime::{Builder, Runtime};
use tracing::info;

use crate::assemble::{Start, assemble};
use crate::config::Config;
use crate::drain::{Running, Signals};

/// What there is to tell about a host that just started.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    /// Where it listens, as a URL that works on this machine.
    pub(crate) url: String,
    /// What became of the admin token.
    pub(crate) token: FirstToken,
    /// Where the first user is made, while there is none.
    pub(crate) setup_url: Option<String>,
}

/// How long a thread that helped out stays when nobody needs it. Whoever asks next wakes the one that has rested longest, so that with the
/// ten seconds of tokio five requests a second kept 47 threads of a burst, and the 250 MB in their heaps, for good.
const HELPER_KEPT: Duration = Duration::from_secs(1);

/// The runtime that everything runs on.
pub(crate) fn runtime(config: &Config) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(config.host.threads()).thread_name("hookbox").enable_all();
    builder.thread_stack_size(JsonLimits::STACK_BYTES).thread_keep_alive(HELPER_KEPT);
    builder.build().context("the runtime did not start")
}

/// Serves until a signal asks for the end, and ends in order. `tell` is called once, when requests are answered.
pub(crate) fn serve(config: Config, start: Start, tell: impl FnOnce(&Started) -> Result<()>) -> Result<()> {
    let runtime = runtime(&config)?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let (running, started) = begin(config, start).await?;
        let ending = match tell(&started) {
            Ok(()) => running.wait(&mut signals).await,
            Err(error) => Err(error),
        };
        running.drain(&mut signals).await.and(ending)
    });
    leave(runtime);
    ended
}

/// Leaves the runtime as it is, because the process ends: whatever is to be kept is on disk when the store is closed. To take the
/// runtime down would make a call that computes aside (`block_in_place`) panic when it comes back to its timer.
pub(crate) fn leave(runtime: Runtime) {
    std::mem::forget(runtime);
}

/// Starts everything; it runs until it is drained.
pub(crate) async fn begin(config: Config, start: Start) -> Result<(Running, Started)> {
    let (listener, url) = bind(&config).await?;
    let rooms = assemble(&config, start, &url).await?;
    let started = Started { url, token: rooms.token.clone(), setup_url: rooms.setup_url.clone() };
    let running = Running::spawn(rooms, listener, config.host.grace());
    info!(url = started.url, data = %config.host.data.display(), threads = config.host.threads(), "serving");
    Ok((running, started))
}

/// Binds first: when another program holds the port, nothing was touched yet.
async fn bind(config: &Config) -> Result<(TcpListener, String)> {
    let listen = &config.host.listen;
    let unusable = || {
        format!(
            "cannot listen on {listen}; if another program does, choose another address with --listen (port 0 takes a free one)"
        )
    };
    let addresses =
        lookup_host(listen).await.with_context(|| format!("{listen:?} is no address and port to listen on"))?;
    let mut last = None;
    for address in addresses {
        match Door::bind(address, &config.ingress) {
            Ok(listener) => {
                let url = url_of(listener.local_addr().with_context(unusable)?);
                return Ok((listener, url));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| anyhow!("it has no address"), Into::into)).with_context(unusable)
}

/// The URL of an address on this machine; an address that stands for all of them is replaced by loopback.
fn url_of(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) | IpAddr::V6(_) => Ipv4Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

#[cfg(test)]
mod tests {
    use super::url_of;

    #[test]
    fn the_printed_url_works_on_this_machine() {
        for (address, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:9000", "http://127.0.0.1:9000"),
            ("[::1]:9000", "http://[::1]:9000"),
        ] {
            assert_eq!(url_of(address.parse().expect("an address")), url, "{address}");
        }
    }
}
