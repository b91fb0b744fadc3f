//! Accepts connections, gives each its place and its limits, and lets those in flight end when the host stops.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hookbox_store::Store;
use hookbox_vault::Vault;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tower_service::Service;
use uuid::Uuid;

use crate::answer;
use crate::config::Config;
use crate::exchange::{Answer, Exchange};
use crate::head;
use crate::metrics::Metrics;
use crate::refusal::Refusal;
use crate::request_id::RequestId;
use crate::router::{self, Router};
use crate::seats::{Seat, Seats};
use crate::told::Normalise;
use crate::waiting::Patience;
use crate::wire::Wire;

/// The webhook door.
pub struct Door {
    router: Router,
    config: Config,
    metrics: Metrics,
    patience: Patience,
    seats: Arc<Seats>,
    turning_away: Arc<Semaphore>,
    http: http1::Builder,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because their requests did not end within the grace limit.
    pub cut: usize,
}

/// How long accepting rests when the system has no more to give (file descriptors, memory), so as not to spin.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// What hyper may buffer of a connection's reads, and again of its writes; never less than a whole head.
const BUFFER_BYTES_MAX: usize = 64 << 10;

impl Door {
    /// A door to `store`, whose signing secrets `vault` opens and whose contacts are found by what `normalise` gives.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        normalise: Arc<Normalise>,
        config: Config,
        metrics: Metrics,
    ) -> Arc<Self> {
        let mut http = http1::Builder::new();
        // No `header_read_timeout`: `Wire` does that, and tells idle from slow.
        http.header_read_timeout(None)
            .max_headers(config.headers_max)
            .max_header_size(config.head_bytes_max)
            .max_buf_size(BUFFER_BYTES_MAX.max(config.head_bytes_max))
            .half_close(false)
            .keep_alive(true);
        Arc::new(Self {
            router: Router::new(store, vault, normalise, config.clone(), metrics.clone()),
            patience: Patience::of(&config),
            seats: Seats::new(&config, metrics.connections.clone()),
            turning_away: Arc::new(Semaphore::new(config.turned_away_max)),
            http,
            config,
            metrics,
        })
    }

    /// Listens at `address` with the configured backlog. Fails when the address is in use or not ours.
    pub fn bind(address: SocketAddr, config: &Config) -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(config.backlog)
    }

    /// Serves `/automations/*` and `/inboxes/*` itself and hands every other request to `rest`, until `shutdown` resolves. Then it accepts
    /// no more, closes what is idle, lets requests in flight end, and returns when every connection is closed or the
    /// grace limit has passed.
    pub async fn serve<S, B>(
        self: Arc<Self>,
        listener: TcpListener,
        rest: S,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Drained
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let stop = Arc::new(Stop::default());
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            while let Some(ended) = connections.try_join_next() {
                log_panic(ended);
            }
            match accepted {
                Ok((stream, address)) => self.admit(stream, address, &rest, &stop, &mut connections),
                Err(error) => rest_after(&error).await,
            }
        }
        drop(listener);
        stop.begin();
        self.router.end_waits();
        let all_ended = async {
            while let Some(ended) = connections.join_next().await {
                log_panic(ended);
            }
        };
        // Whether they all ended is seen from what is left.
        let _ = tokio::time::timeout(self.config.grace(), all_ended).await;
        let cut = connections.len();
        connections.shutdown().await;
        Drained { cut }
    }

    fn admit<S, B>(
        self: &Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        rest: &S,
        stop: &Arc<Stop>,
        connections: &mut JoinSet<()>,
    ) where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        match self.seats.take(address.ip()) {
            Some(seat) => {
                let connection =
                    Arc::clone(self).connection(stream, address.ip(), seat, rest.clone(), Arc::clone(stop));
                connections.spawn(connection);
            }
            None => self.turn_away(stream, connections),
        }
    }

    async fn connection<S, B>(self: Arc<Self>, stream: TcpStream, address: IpAddr, seat: Seat, rest: S, stop: Arc<Stop>)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Unpin + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was gone before it was served");
            return;
        }
        let exchange = Arc::new(Exchange::default());
        let wire = Wire::new(stream, Arc::clone(&exchange), self.patience, self.metrics.refusals.clone());
        let peer = Arc::new(Peer { door: Arc::clone(&self), address, exchange });
        let service = service_fn(move |request: Request<Incoming>| {
            peer.exchange.begin();
            let peer = Arc::clone(&peer);
            let rest = (!router::is_ours(request.uri().path())).then(|| rest.clone());
            async move { Ok::<_, Infallible>(peer.answer(request, rest).await) }
        });
        let served = stop.until(self.http.serve_connection(TokioIo::new(wire), service)).await;
        if let Err(error) = served {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(seat);
    }

    /// Tells a connection for which there is no place to try again, and closes it. The first few are told so that they
    /// are sure to hear it; beyond those one attempt has to do.
    fn turn_away(self: &Arc<Self>, mut stream: TcpStream, connections: &mut JoinSet<()>) {
        let refusal = Refusal::Connections;
        self.metrics.refusals.count(refusal.kind().0);
        let request_id = RequestId::Made(Uuid::now_v7());
        let bytes = answer::refused_bytes(&refusal, &request_id, self.config.retry_after_s);
        match Arc::clone(&self.turning_away).try_acquire_owned() {
            Ok(permit) => {
                let linger = self.patience.linger;
                connections.spawn(async move {
                    let told = tokio::time::timeout(linger, tell(&mut stream, &bytes)).await;
                    tracing::debug!(heard = matches!(told, Ok(Ok(()))), "a connection was turned away");
                    drop(permit);
                });
            }
            Err(_) => {
                // The socket is non-blocking: what it does not take at once is lost.
                let told = stream.into_std().and_then(|mut stream| stream.write_all(&bytes));
                tracing::debug!(told = told.is_ok(), "a connection was turned away at once");
            }
        }
    }
}

/// Writes `bytes` and waits until the other side has closed, reading what it sends in vain.
async fn tell(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 1 << 10];
    while stream.read(&mut scratch).await? > 0 {}
    Ok(())
}

/// One connection, as its requests see it.
struct Peer {
    door: Arc<Door>,
    address: IpAddr,
    exchange: Arc<Exchange>,
}

impl Peer {
    /// Answers a request: with `rest` if that is given, which is told the address that it is from (an [`IpAddr`] among its
    /// extensions), else as this door's.
    async fn answer<S, B>(&self, mut request: Request<Incoming>, rest: Option<S>) -> Response<Answer<B>>
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    {
        let router = &self.door.router;
        let response = match (head::head_fault(&request, self.exchange.is_ambiguous()), rest) {
            (Some(fault), _) => router.refuse_head(&fault, request.headers()),
            (None, None) => router.answer(request, self.address).await,
            (None, Some(rest)) => {
                let source = router.source(self.address, request.headers());
                request.extensions_mut().insert(source);
                let response = Box::pin(hand_on(rest, request)).await;
                return response.map(|body| Answer::rest(body, &self.exchange));
            }
        };
        response.map(|bytes| Answer::ours(bytes, &self.exchange))
    }
}

async fn hand_on<S, B>(mut rest: S, request: Request<Incoming>) -> Response<B>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
{
    let Ok(()) = poll_fn(|cx| rest.poll_ready(cx)).await;
    let Ok(response) = rest.call(request).await;
    response
}

async fn rest_after(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "no connection can be accepted; trying again shortly");
    tokio::time::sleep(ACCEPT_REST).await;
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection failed");
    }
}

/// The host's wish to stop, as connections learn of it.
#[derive(Default)]
struct Stop {
    begun: AtomicBool,
    bell: Notify,
}

impl Stop {
    fn begin(&self) {
        self.begun.store(true, Ordering::Release);
        self.bell.notify_waiters();
    }

    /// Runs a connection to its end, which comes after its current request once stopping has begun.
    ///
    /// The bell is listened to once and from then on only a flag is looked at, because every poll of the bell takes a lock
    /// that all connections share.
    async fn until<I, S, B>(&self, connection: http1::Connection<I, S>) -> Result<(), hyper::Error>
    where
        S: HttpService<Incoming, ResBody = B>,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        I: hyper::rt::Read + hyper::rt::Write + Unpin,
        B: Body + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (mut connection, mut bell) = (pin!(connection), pin!(self.bell.notified()));
        let (mut listening, mut told) = (false, false);
        poll_fn(move |cx: &mut Context<'_>| {
            if !listening {
                listening = true;
                // Rung or not, the flag below says so.
                let _: Poll<()> = bell.as_mut().poll(cx);
            }
            if !told && self.begun.load(Ordering::Acquire) {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            Pin::new(&mut connection).poll(cx)
        })
        .await
    }
}
