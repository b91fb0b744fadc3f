//! A running door and a sender that speaks to it in bytes, so that it can be as rude as it likes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hookbox_ingress::{Config, Door, Drained, Metrics};
use hookbox_model::Identifier;
use hookbox_vault::Vault;
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fake::Fake;
use crate::nothing::Nothing;

/// A test that waits longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A payload.
pub(crate) const BODY: &str = r#"{"phone_number":"12155556677"}"#;

/// The answer to every captured request, to the byte.
pub(crate) const CAPTURED: &str = r#"{"message":"Request captured successfully"}"#;

/// A running door.
pub(crate) struct Host {
    pub(crate) store: Arc<Fake>,
    pub(crate) address: SocketAddr,
    registry: Registry,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Drained>,
}

/// One connection to it.
pub(crate) struct Sender {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// The vault of every door here.
pub(crate) fn vault() -> Vault {
    Vault::new([1; 32])
}

/// A rule of its own, to see that the door goes by the one it is given.
fn spelled(identifier: Identifier) -> Result<Identifier, String> {
    match identifier {
        Identifier::Phone(text) => Ok(Identifier::Phone(text.replace("+440", "+44"))),
        Identifier::Email(_) => Err("an email address, which nobody has here".to_owned()),
        Identifier::ExternalId(text) => Ok(Identifier::ExternalId(text)),
    }
}

impl Host {
    pub(crate) async fn start(config: Config) -> Self {
        let store = Fake::keeping();
        let mut registry = Registry::default();
        let listener = Door::bind("127.0.0.1:0".parse().expect("an address"), &config).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let door = Door::new(store.clone(), vault(), Arc::new(spelled), config, Metrics::register(&mut registry));
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(door.serve(listener, Nothing, async {
            let _ = stopped.await;
        }));
        Self { store, address, registry, stop, serving }
    }

    pub(crate) async fn connect(&self) -> Sender {
        let stream = TcpStream::connect(self.address).await.expect("the door accepts");
        Sender { stream, unread: Vec::new() }
    }

    /// The head of a good request up to its body's length, with more headers.
    pub(crate) fn head(&self, more: &str) -> String {
        format!(
            "POST /automations/{} HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\n{more}",
            self.store.automation, self.store.key
        )
    }

    /// A good request with more headers and this body.
    pub(crate) fn post(&self, more: &str, body: &str) -> String {
        format!("{}Content-Length: {}\r\n\r\n{body}", self.head(more), body.len())
    }

    /// Sends one request over a connection of its own.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut sender = self.connect().await;
        sender.send(request).await;
        sender.answer().await
    }

    /// Waits until so many senders wait for the end of a run.
    pub(crate) async fn until_waiting(&self, count: usize) {
        let counted = async {
            while self.store.waiting() != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, counted).await.expect("so many wait");
    }

    /// The metrics as a scrape sees them.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).expect("a string takes all");
        text
    }

    /// Begins to stop; the future ends when the door has.
    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).expect("the door is open");
        self.serving
    }
}

impl Sender {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.expect("the door reads");
        sent.expect("the connection is open");
    }

    /// Sends although the door may have closed.
    pub(crate) async fn send_in_vain(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.expect("the door reads or closes").is_ok()
    }

    /// The next whole answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        loop {
            if let Some(answer) = self.take_answer() {
                return answer;
            }
            let so_far = String::from_utf8_lossy(&self.unread).into_owned();
            assert!(self.read().await, "the connection ended after {so_far:?}");
        }
    }

    /// Waits for the end of the connection; false when more came instead.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && !self.read().await
    }

    async fn read(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await.expect("the door answers or closes");
        read.expect("the door closes without a reset") > 0
    }

    fn take_answer(&mut self) -> Option<Answer> {
        let text = std::str::from_utf8(&self.unread).expect("text");
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let (line, lines) = head.split_once("\r\n").unwrap_or((head, ""));
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        let headers: HashMap<_, _> = lines
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |value| value.parse().expect("a length"));
        let body = rest.get(..length)?.to_owned();
        let taken = head.len() + 4 + length;
        self.unread.drain(..taken);
        Some(Answer { status, headers, body })
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Checks that this is a refusal as every refusal is, and gives its type.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{self:?}");
        for member in ["title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        }
        let retry_after = self.header("retry-after").is_some();
        assert_eq!(retry_after, matches!(self.status, 429 | 503), "{self:?}");
        (self.status, problem["type"].as_str().expect("a type").trim_start_matches("/problems/").to_owned())
    }

    /// Checks that this is the 200.
    pub(crate) fn is_captured(&self) {
        assert_eq!((self.status, self.body.as_str()), (200, CAPTURED), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
    }
}
