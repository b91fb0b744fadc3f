//! The other side of an inbox's channel: a server that is POSTed messages, remembers them, and answers as a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use crate::deadline::eventually;

/// A server on a free port of this machine.
#[derive(Debug, Clone)]
pub struct Carrier {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

/// One request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Header fields; names in lower case.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// What a carrier does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It answers with a status and a body.
    Status(u16, Value),
    /// It closes the connection and says nothing.
    Silence,
}

impl Carrier {
    /// A carrier that takes everything and calls it `carrier-1`, `carrier-2`, …
    pub fn taking() -> Self {
        Self::answering(|number, _| Reply::Status(200, json!({ "id": format!("carrier-{number}") })))
    }

    /// A carrier that answers the first request, the second, … as `reply` says, which may take its time: every
    /// connection has a thread of its own.
    pub fn answering(reply: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let carrier = Self { url: format!("http://{address}/messages"), received: Arc::default() };
        let (received, reply) = (Arc::clone(&carrier.received), Arc::new(reply));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (received, reply) = (Arc::clone(&received), Arc::clone(&reply));
                thread::spawn(move || answer(socket, &received, &*reply));
            }
        });
        carrier
    }

    /// What an inbox's channel names.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The request with this number, from 1, once it came.
    #[track_caller]
    pub fn request(&self, number: usize) -> Received {
        eventually(&format!("message {number} to leave"), || self.received().get(number - 1).cloned())
    }
}

impl Received {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("messages are sent as JSON")
    }

    /// A header field as text.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().expect("a readable header")
    }

    /// Whether the request is signed with this secret, as the library of Standard Webhooks judges it.
    #[track_caller]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        Webhook::new(secret).expect("a secret of the right form").verify(&self.body, &self.headers).is_ok()
    }
}

/// Answers one request after the other until the other side has no more, or a reply is silence.
fn answer(socket: TcpStream, received: &Mutex<Vec<Received>>, reply: &dyn Fn(usize, &Received) -> Reply) {
    let mut lines = BufReader::new(&socket);
    while let Some(request) = read(&mut lines) {
        let number = {
            let mut all = received.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(request.clone());
            all.len()
        };
        let Reply::Status(status, body) = reply(number, &request) else { return };
        let body = body.to_string();
        let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len());
        let whole = format!("{head}content-type: application/json\r\n\r\n{body}");
        // The program may have been killed meanwhile, which is what some tests are about.
        if (&socket).write_all(whole.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(lines: &mut impl BufRead) -> Option<Received> {
    let (mut headers, mut line) = (HeaderMap::new(), String::new());
    lines.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    loop {
        line.clear();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    let length = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    Some(Received { headers, body })
}
