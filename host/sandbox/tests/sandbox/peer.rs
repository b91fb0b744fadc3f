//! Another machine, on loopback: answers as the path says, and remembers who came and what was asked.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener and what it saw.
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    seen: watch::Receiver<Seen>,
}

/// What a peer saw.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Connections that were made.
    pub(crate) connections: usize,
    /// Of those the ones that are still open.
    pub(crate) open: usize,
    /// Requests: head and body, as they came.
    pub(crate) requests: Vec<String>,
    /// Requests whose body came to its end.
    pub(crate) complete: usize,
}

impl Peer {
    /// Listens at a loopback address, at a port of its own if `port` is 0.
    pub(crate) async fn at(address: &str, port: u16) -> Self {
        let listener = TcpListener::bind((address, port)).await.expect("an address of this machine");
        let bound = listener.local_addr().expect("it is bound");
        let (tell, seen) = watch::channel(Seen::default());
        tokio::spawn(accept(listener, Arc::new(tell)));
        Self { address: bound.ip(), port: bound.port(), seen }
    }

    pub(crate) async fn new() -> Self {
        Self::at("127.0.0.1", 0).await
    }

    /// Its address and port, as a URL has them.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.address, self.port)
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until what it saw is so.
    pub(crate) async fn until(&self, is_so: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.clone();
        let waited = timeout(PATIENCE, seen.wait_for(is_so)).await;
        let waited = waited.map(|seen| seen.expect("the peer runs as long as the test").clone());
        waited.unwrap_or_else(|_| {
            let Seen { connections, open, complete, .. } = self.seen();
            panic!("it never came so: {connections} connections, {open} open, {complete} requests complete")
        })
    }
}

type Tell = Arc<watch::Sender<Seen>>;

async fn accept(listener: TcpListener, tell: Tell) {
    while let Ok((connection, _)) = listener.accept().await {
        tell.send_modify(|seen| {
            seen.connections += 1;
            seen.open += 1;
        });
        let tell = Arc::clone(&tell);
        tokio::spawn(async move {
            serve(connection, &tell).await;
            tell.send_modify(|seen| seen.open -= 1);
        });
    }
}

/// Serves one request after the other until one of the two sides closes.
async fn serve(mut connection: TcpStream, tell: &Tell) {
    let mut unread = Vec::new();
    while let Some(request) = read(&mut connection, &mut unread, tell).await {
        let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        if answer(&mut connection, &path, &request).await.is_none() {
            return;
        }
    }
}

async fn read(connection: &mut TcpStream, unread: &mut Vec<u8>, tell: &Tell) -> Option<String> {
    let mut number = None;
    loop {
        let text = String::from_utf8_lossy(unread).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = field(head, "content-length").and_then(|value| value.parse::<usize>().ok());
            let is_chunked = field(head, "transfer-encoding").is_some();
            let is_complete = match length {
                Some(length) => body.len() >= length,
                None => !is_chunked || body.ends_with("0\r\n\r\n"),
            };
            tell.send_modify(|seen| {
                let at = *number.get_or_insert(seen.requests.len());
                seen.requests.truncate(at);
                seen.requests.push(text.clone());
                seen.complete += usize::from(is_complete);
            });
            if is_complete {
                unread.clear();
                return Some(text);
            }
        }
        let mut bytes = vec![0; 64 * 1024];
        match connection.read(&mut bytes).await {
            Ok(count @ 1..) => unread.extend_from_slice(&bytes[..count]),
            Ok(_) | Err(_) => return None,
        }
    }
}

/// Answers as the path says; nothing when the connection is of no more use.
async fn answer(connection: &mut TcpStream, path: &str, request: &str) -> Option<()> {
    let plain = |status: &str, fields: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\n{fields}content-length: {}\r\n\r\n{body}", body.len())
    };
    match path {
        "/echo" => send(connection, &plain("200 OK", "", request)).await,
        "/echo-fields" => {
            let key = field(request, "authorization").unwrap_or_default();
            send(connection, &plain("200 OK", &format!("x-echo: <{key}>\r\n"), "")).await
        }
        "/close" => {
            send(connection, &plain("200 OK", "connection: close\r\n", "")).await?;
            None
        }
        "/redirect" => send(connection, &plain("302 Found", "location: http://169.254.169.254/latest\r\n", "")).await,
        "/redirect-here" => send(connection, &plain("302 Found", "location: /echo\r\n", "")).await,
        "/unavailable" => send(connection, &plain("503 Service Unavailable", "", "later")).await,
        "/silent" => until_closed(connection).await,
        "/stall" => {
            send(connection, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegin").await?;
            until_closed(connection).await
        }
        "/endless" => {
            send(connection, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
            while send(connection, &chunk).await.is_some() {}
            None
        }
        "/many-fields" => {
            let fields: String = (0..100_000).map(|n| format!("x-{n}: x\r\n")).collect();
            send(connection, &plain("200 OK", &fields, "")).await?;
            until_closed(connection).await
        }
        "/long-fields" => {
            let fields: String = (0..70).map(|n| format!("x-{n}: {}\r\n", "x".repeat(1_000))).collect();
            send(connection, &plain("200 OK", &fields, "")).await
        }
        "/nonsense" => {
            send(connection, "SMTP ready\r\n\r\n").await?;
            None
        }
        _ => send(connection, &plain("200 OK", "", "hello")).await,
    }
}

async fn send(connection: &mut TcpStream, text: &str) -> Option<()> {
    connection.write_all(text.as_bytes()).await.ok()
}

async fn until_closed(connection: &mut TcpStream) -> Option<()> {
    let mut bytes = [0; 1024];
    while let Ok(1..) = connection.read(&mut bytes).await {}
    None
}

/// The value of a header field in a request.
pub(crate) fn field(request: &str, name: &str) -> Option<String> {
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().skip(1).find_map(|line| {
        let (is, value) = line.split_once(':')?;
        is.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
