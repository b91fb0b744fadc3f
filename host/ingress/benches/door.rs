//! The door with a store that answers at once, beside bare hyper that checks a header, parses the JSON and answers.
//!
//! Both are under the same load in the same process, in turns; only the ratio means anything on a busy machine.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hookbox_ingress::{Config, Door, Metrics};
use hookbox_vault::Vault;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[path = "../tests/door/fake.rs"]
mod fake;
#[path = "../tests/door/nothing.rs"]
mod nothing;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const BODY: &str =
    r#"{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}"#;
const CAPTURED: &str = r#"{"message":"Request captured successfully"}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let store = fake::Fake::forgetting();
    let request = format!(
        "POST /automations/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\
         Content-Type: application/json\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{BODY}",
        store.automation,
        store.key,
        BODY.len()
    );
    let bare = serve_bare(format!("Bearer {}", store.key)).await;
    let door = serve_door(store).await;
    let (mut of_bare, mut of_door) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (bare_rate, door_rate) = (load(bare, &request).await, load(door, &request).await);
        // The first round warms both up.
        if round > 0 {
            report(&format!(
                "round {round}: bare {bare_rate:.0}/s, door {door_rate:.0}/s, {:.2}",
                door_rate / bare_rate
            ));
            of_bare.push(bare_rate);
            of_door.push(door_rate);
        }
    }
    let (bare, door) = (median(of_bare), median(of_door));
    report(&format!("median: bare hyper {bare:.0}/s, door {door:.0}/s, ratio {:.2}", door / bare));
}

#[allow(clippy::print_stdout, reason = "the output is what a bench is for")]
fn report(line: &str) {
    println!("{line}");
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn serve_door(store: Arc<fake::Fake>) -> SocketAddr {
    let config = Config { key_rate_per_s_max: 0, ..Config::default() };
    let listener = Door::bind("127.0.0.1:0".parse().expect("an address"), &config).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let door = Door::new(store, Vault::new([1; 32]), Arc::new(Ok), config, Metrics::register(&mut Registry::default()));
    tokio::spawn(door.serve(listener, nothing::Nothing, std::future::pending()));
    address
}

async fn serve_bare(bearer: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address");
    let bearer: Arc<str> = bearer.into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let bearer = Arc::clone(&bearer);
            let service = service_fn(move |request| answer_bare(request, Arc::clone(&bearer)));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

async fn answer_bare(request: Request<Incoming>, bearer: Arc<str>) -> Result<Response<Full<Bytes>>, Infallible> {
    let allowed = request.headers().get(header::AUTHORIZATION).is_some_and(|value| value == &*bearer);
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let parsed = serde_json::from_slice::<serde_json::Value>(&body);
    let mut response = Response::new(Full::new(Bytes::from_static(CAPTURED.as_bytes())));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if !allowed || parsed.is_err() {
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// Requests per second over 64 connections, each with one request under way.
async fn load(address: SocketAddr, request: &str) -> f64 {
    let (answered, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let began = Instant::now();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let client = client(address, request.to_owned(), Arc::clone(&answered), Arc::clone(&over));
            tokio::spawn(client)
        })
        .collect();
    tokio::time::sleep(ROUND).await;
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("a client that had no trouble");
    }
    answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

async fn client(address: SocketAddr, request: String, answered: Arc<AtomicU64>, over: Arc<AtomicBool>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an open socket");
    let mut buffer = vec![0; 4096];
    let mut count = 0;
    while !over.load(Ordering::Relaxed) {
        stream.write_all(request.as_bytes()).await.expect("an open socket");
        let mut len = 0;
        while !buffer[..len].ends_with(CAPTURED.as_bytes()) {
            let read = stream.read(&mut buffer[len..]).await.expect("an open socket");
            assert!(read > 0, "the server closed: {}", String::from_utf8_lossy(&buffer[..len]));
            len += read;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..len]));
        count += 1;
    }
    answered.fetch_add(count, Ordering::Relaxed);
}
