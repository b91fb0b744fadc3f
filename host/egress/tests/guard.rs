//! The guard of addresses against names that change, over loopback: two addresses of this machine stand for the one that may
//! be reached and the one that may not.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use hookbox_egress::{Addresses, Client, Failure, Names, Transport, client_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// The address that the operator named in these tests.
const NAMED: &str = "127.0.0.2";

/// Answers each look-up with the next list of addresses, and the last one from then on.
struct Script {
    answers: Mutex<VecDeque<Vec<&'static str>>>,
    look_ups: AtomicUsize,
}

impl Script {
    fn of(answers: &[&[&'static str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Arc::new(Self { answers: Mutex::new(answers), look_ups: AtomicUsize::new(0) })
    }

    fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Names for Script {
    async fn look_up(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.look_ups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().await;
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default().iter().map(|text| text.parse().expect("an address")).collect())
    }
}

/// Listens at `address` and counts who comes; every answer closes its connection.
async fn listen(address: &str, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, port)).await.expect("an address of this machine");
    let port = listener.local_addr().expect("it is bound").port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut head = [0; 1024];
                let _read = connection.read(&mut head).await;
                let _written = connection.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
            });
        }
    });
    (port, count)
}

fn client(transport: Transport, names: Arc<Script>) -> Client {
    let named = [format!("{NAMED}/32").parse().expect("a network")];
    client_with(&Addresses::new(&named, false), transport, names).build().expect("a client")
}

#[tokio::test]
async fn a_name_that_changes_is_connected_to_where_it_was_checked() {
    let (port, named) = listen(NAMED, 0).await;
    let (_, other) = listen("127.0.0.1", port).await;
    let script = Script::of(&[&[NAMED], &["127.0.0.1"]]);
    let client = client(Transport::Plain, Arc::clone(&script));
    let url = format!("http://changes.example:{port}/");

    let answer = client.get(&url).send().await.expect("it may be reached");
    assert_eq!((answer.status().as_u16(), script.look_ups()), (204, 1), "checked and connected to by one look-up");
    for _ in 0..3 {
        let refused = client.get(&url).send().await.expect_err("the name has changed");
        assert_eq!(Failure::of(&refused), Failure::Forbidden);
    }
    assert_eq!((named.load(Ordering::SeqCst), other.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn one_forbidden_address_among_others_refuses_the_name() {
    let (port, named) = listen(NAMED, 0).await;
    let (_, other) = listen("127.0.0.1", port).await;
    for answer in [
        &["127.0.0.1"][..],
        &[NAMED, "127.0.0.1"],
        &["127.0.0.1", NAMED],
        &["1.1.1.1", "127.0.0.1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["::1"],
        &["169.254.169.254"],
        &["0.0.0.0"],
        &[NAMED, "::ffff:1.1.1.1"],
    ] {
        for (transport, scheme) in [(Transport::Plain, "http"), (Transport::Tls, "https")] {
            let client = client(transport, Script::of(&[answer]));
            let sent = client.get(format!("{scheme}://name.example:{port}/")).send().await;
            let refused = sent.expect_err("one of its addresses may not be reached");
            assert_eq!(Failure::of(&refused), Failure::Forbidden, "{answer:?}");
        }
    }
    assert_eq!((named.load(Ordering::SeqCst), other.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test]
async fn the_operators_networks_are_the_only_ones_without_tls() {
    for answer in ["1.1.1.1", "10.0.0.1"] {
        let client = client(Transport::Plain, Script::of(&[&[answer]]));
        let refused = client.get("http://name.example:1/").send().await.expect_err("no TLS");
        assert_eq!(Failure::of(&refused), Failure::Forbidden);
    }
}

#[tokio::test]
async fn why_a_call_failed_is_told_apart() {
    let (port, _) = listen(NAMED, 0).await;
    let tls = client(Transport::Tls, Script::of(&[&[NAMED]]));
    let no_tls = tls.get(format!("https://name.example:{port}/")).send().await.expect_err("no TLS there");
    assert_eq!(Failure::of(&no_tls), Failure::Tls);
    let plain = client(Transport::Plain, Script::of(&[&[NAMED]]));
    // Nobody has listened there for decades.
    let refused = plain.get("http://name.example:1/").send().await.expect_err("nobody listens");
    assert_eq!(Failure::of(&refused), Failure::Refused);
    let nothing = client(Transport::Plain, Script::of(&[&[]]));
    let unknown = nothing.get("http://name.example/").send().await.expect_err("the name has no address");
    assert!(matches!(Failure::of(&unknown), Failure::Refused | Failure::UnknownName));
}
