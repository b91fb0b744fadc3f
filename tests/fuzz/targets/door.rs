//! The webhook door: the bytes of one connection, over a real socket, to an automation and an inbox that are there.
//!
//! The door answers or closes. It never answers 500; it answers 200 to what it captured, as it came, and captures nothing that is no
//! JSON. In an input `%AUTOMATION%`, `%KEY%` and `%INBOX%` stand for what the caller was given, `%SIGNED%` for the header fields that sign
//! the body behind the first empty line.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hookbox_ingress::{Config, Door, Metrics};
use hookbox_model::{Channel, Identifier, SecretId, SigningSecret, Timestamp, UnknownPolicy, WebhookChannel};
use hookbox_vault::{Place, Secret, Vault};
use prometheus_client::registry::Registry;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use fake::Fake;
use nothing::Nothing;

#[path = "../../../host/ingress/tests/door/fake.rs"]
mod fake;
#[path = "../../../host/ingress/tests/door/nothing.rs"]
mod nothing;

/// Who gets no answer and no end for so long hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// After so many inputs there is a new door, so that what a door remembers stays small.
const INPUTS_OF_ONE_DOOR: u32 = 1_000;

/// When everything is signed, in seconds since 1970.
const SIGNED_S: u64 = 1_700_000_000;

/// What answers to captured requests begin with.
const CAPTURED: &str = r#"{"message":"Request captured successfully""#;

/// A door that is open, and the runtime that it lives in.
struct Open {
    runtime: Runtime,
    store: Arc<Fake>,
    secret: Secret,
    address: SocketAddr,
    inputs: u32,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

pub(crate) fn try_on(input: &[u8]) {
    OPEN.with_borrow_mut(|slot| {
        let mut open = slot.take().filter(|open| open.inputs < INPUTS_OF_ONE_DOOR).unwrap_or_else(Open::new);
        open.inputs += 1;
        open.send(input);
        *slot = Some(open);
    });
}

impl Open {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (store, vault) = (Fake::keeping(), Vault::new([1; 32]));
        let secret = Secret::from_random([9; 32]);
        store.change_inbox(|inbox| {
            let id = SecretId::from_bytes([5; 16]);
            let sealed = vault.seal(&Place::of_inbox(inbox.workspace, inbox.id, id), &secret, [6; 24]);
            let secrets = vec![SigningSecret { id, sealed, created_at: Timestamp::default(), not_after: None }];
            let url = "https://carrier.example/messages".to_owned();
            let channel = WebhookChannel { url, secrets, unknown: UnknownPolicy::Retry, gone_at: None };
            inbox.channel = Some(Channel::Webhook(channel));
        });
        // Nobody waits for a run, and nothing is refused for coming too often.
        let config = Config {
            waits_max: 0,
            key_rate_per_s_max: 0,
            signature_tolerance_s: u64::MAX,
            body_bytes_max: 4 << 10,
            ..Config::default()
        };
        let entered = runtime.enter();
        let listener = Door::bind(SocketAddr::from(([127, 0, 0, 1], 0)), &config).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let door = Door::new(
            store.clone(),
            vault,
            Arc::new(|identifier: Identifier| Ok(identifier)),
            config,
            Metrics::register(&mut Registry::default()),
        );
        runtime.spawn(door.serve(listener, Nothing, std::future::pending()));
        drop(entered);
        Self { runtime, store, secret, address, inputs: 0 }
    }

    /// Sends one input over a connection of its own and looks at what came of it.
    fn send(&self, input: &[u8]) {
        self.store.forget();
        let sent = self.filled_in(input);
        let answered = self.runtime.block_on(async { timeout(PATIENCE, exchange(self.address, &sent)).await });
        let answers = answered.expect("the door answers or closes");
        let statuses = statuses(&answers);
        let allowed = |status: &u16| matches!(status, 100 | 200 | 400..=499);
        assert!(statuses.iter().all(allowed), "{statuses:?} to {:?}", String::from_utf8_lossy(&sent));
        let captured = self.store.captured();
        let told = String::from_utf8_lossy(&answers).matches(CAPTURED).count();
        assert!(told <= captured.len() + self.store.tested().len(), "{told} are told that they were captured");
        let is_chunked = sent.to_ascii_lowercase().windows(7).any(|word| word == b"chunked");
        for capture in captured {
            let raw = capture.body.raw();
            let value: Value = serde_json::from_slice(raw).expect("what is captured is JSON");
            assert_eq!(**capture.body.value(), value);
            let came = sent.windows(raw.len()).any(|part| part == raw);
            assert!(came || is_chunked, "captured {raw:?}, which never came");
        }
    }

    fn filled_in(&self, input: &[u8]) -> Vec<u8> {
        let body = find(input, b"\r\n\r\n").map_or(&[][..], |at| &input[at + 4..]);
        let signature = self.secret.sign("in-1", Timestamp::from_millis(SIGNED_S * 1_000), body);
        let signed = format!("webhook-id: in-1\r\nwebhook-timestamp: {SIGNED_S}\r\nwebhook-signature: {signature}");
        let (automation, inbox) = (self.store.automation.to_string(), self.store.inbox.to_string());
        let names =
            [("%AUTOMATION%", &automation), ("%KEY%", &self.store.key), ("%INBOX%", &inbox), ("%SIGNED%", &signed)];
        names.into_iter().fold(input.to_vec(), |sent, (name, text)| replaced(&sent, name.as_bytes(), text.as_bytes()))
    }
}

/// Everything that a door answers to `sent`, until it closes.
async fn exchange(address: SocketAddr, sent: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.expect("the door accepts");
    let (mut reading, mut writing) = stream.into_split();
    let mut answers = Vec::new();
    // A door that has seen enough closes without reading the rest.
    let write = async {
        let _ = writing.write_all(sent).await;
        let _ = writing.shutdown().await;
    };
    let read = async {
        let _ = reading.read_to_end(&mut answers).await;
    };
    tokio::join!(write, read);
    answers
}

/// The statuses of answers, in their order.
fn statuses(answers: &[u8]) -> Vec<u16> {
    let lines = answers.split(|byte| *byte == b'\n');
    let statuses = lines.filter_map(|line| line.strip_prefix(b"HTTP/1.1 ").or(line.strip_prefix(b"HTTP/1.0 ")));
    let numbers = statuses.map(|rest| String::from_utf8_lossy(&rest[..rest.len().min(3)]).parse());
    numbers.map(|number| number.expect("a status is a number")).collect()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn replaced(bytes: &[u8], name: &[u8], text: &[u8]) -> Vec<u8> {
    let (mut replaced, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some(at) = find(rest, name) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(text);
        rest = &rest[at + name.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}
