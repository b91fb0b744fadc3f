//! Requests that are wrong: a corpus of every kind of fault, and right requests spoilt by chance. Each is refused (4xx) or, where
//! HTTP leaves no other way, cut off; none is the host's own fault (5xx), and what is answered 200 is there.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::thread;

use super::load::{assert_sound, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::answer::Answer;
use crate::journal::Order;
use crate::program::Setup;
use crate::webhook::{Line, Request, Webhook};

/// The most memory that it ever held grows by less than that.
pub const TARGETS: &[Target] = &[Target { figure: "memory_peak_grew_mb_most", at_most: 16.0 }];

/// How many send at once.
const SENDERS: u64 = 8;

/// How long the host waits for the rest of a request: what is not whole ends by it, and who sends it waits so long.
const PATIENCE_MS: u64 = 1_000;

/// What a request may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// Only a refusal will do.
    Refusal,
    /// There may be nobody to answer: it is no HTTP, or not a whole request.
    CutOff,
    /// Chance may have left it right.
    Capture,
}

/// One wrong request.
type Wrong = (&'static str, Allowed, Vec<u8>);

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    requests: u64,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { requests: 1_000 },
            Scale::Large { .. } => Self { requests: 10_000 },
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Captured,
    Refused,
    CutOff,
}

/// One host that is sent so much of it.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let mut figures = Figures::default();
    let patient = ["HEAD_TIMEOUT_MS", "BODY_TIMEOUT_MS", "IDLE_TIMEOUT_MS"];
    let name = |what: &str| format!("HOOKBOX__INGRESS__{what}");
    let setup = patient.iter().fold(loaded(setup), |setup, what| setup.variable(&name(what), PATIENCE_MS));
    let mut program = setup.start();
    program.admin().furnish();
    let webhook = program.admin().apply(&crate::auditor::automation());
    let address = program.address().to_owned();
    // Once through before memory is looked at: caches and threads are there then.
    let corpus = corpus(&webhook);
    let mut captured = flood(&webhook, &address, &corpus, size.requests, moments, &mut figures);
    let before = program.memory_peak_bytes();
    captured += flood(&webhook, &address, &corpus, size.requests, moments, &mut figures);
    figures.most("memory_peak_grew_mb_most", (program.memory_peak_bytes() - before) as f64 / 1e6);
    // What it shows from now on is what its store has.
    program.kill();
    program.start();
    let address = program.address().to_owned();
    let honest = webhook.capture(&address, &Order::new(0).payload());
    assert_eq!(program.admin().final_run(&honest)["state"], "succeeded", "it serves as before");
    // What was cut off may have been captured: its sender does not know, and would send it again.
    let (found, told) = (program.admin().all("/api/v1/captures").len() as u64, captured + 1);
    let known = told..=told + figures.counted("cut_off");
    assert!(known.contains(&found), "{found} captures are there, and it has to be among {known:?}");
    assert!(program.stop().success());
    assert_sound(&program);
    Round::Done(figures)
}

/// Sends so many wrong requests; how many of them were right all the same.
fn flood(
    webhook: &Webhook,
    address: &str,
    corpus: &[Wrong],
    requests: u64,
    moments: &mut Moments,
    figures: &mut Figures,
) -> u64 {
    let came = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (came, mut moments) = (&came, Moments::of(moments.below(u64::MAX)));
            scope.spawn(move || {
                for number in (sender..requests).step_by(usize::try_from(SENDERS).expect("a few")) {
                    let (what, allowed, wire) = if moments.one_in(3) {
                        corpus[usize::try_from(number).expect("not many") % corpus.len()].clone()
                    } else {
                        spoilt(webhook, &mut moments)
                    };
                    let outcome = judge(what, &wire, allowed, send(address, &wire));
                    *came.lock().expect("nobody panicked with it").entry(outcome).or_default() += 1;
                }
            });
        }
    });
    let came: BTreeMap<Came, u64> = came.into_inner().expect("nobody panicked with it");
    let of = |outcome| came.get(&outcome).copied().unwrap_or_default();
    figures.count("requests", requests);
    figures.count("refused_4xx", of(Came::Refused));
    figures.count("cut_off", of(Came::CutOff));
    figures.count("right_after_all", of(Came::Captured));
    of(Came::Captured)
}

fn send(address: &str, wire: &[u8]) -> io::Result<Answer> {
    let mut line = Line::open(address)?;
    // It may answer and close before it has read all of it.
    let sent = line.send(wire);
    line.answer().map_err(|error| sent.err().unwrap_or(error))
}

#[track_caller]
fn judge(what: &str, wire: &[u8], allowed: Allowed, answer: io::Result<Answer>) -> Came {
    let shown = || format!("{what}: {}", String::from_utf8_lossy(&wire[..wire.len().min(600)]));
    match answer.as_ref().map(|answer| answer.status) {
        Ok(200) if allowed == Allowed::Capture => Came::Captured,
        Ok(400..=499) => Came::Refused,
        Ok(status) => panic!("answered {status} to {}", shown()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("no answer and no end to {}", shown()),
        Err(error) if allowed == Allowed::Refusal => panic!("no answer ({error}) to {}", shown()),
        Err(_) => Came::CutOff,
    }
}

/// Requests of which each has one fault.
fn corpus(webhook: &Webhook) -> Vec<Wrong> {
    let body = Order::new(0).body;
    let right = || webhook.request(&body);
    let json = |text: &str| webhook.request(text);
    let corpus: Vec<(&'static str, Request)> = vec![
        ("no key", right().without("authorization")),
        ("another key", right().header("authorization", "Bearer hbx_AAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("a key of no form", right().header("authorization", "Bearer \u{fffd}\u{fffd}")),
        ("another scheme", right().header("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
        ("two keys", right().and_header("authorization", "Bearer x")),
        ("another method", right().method("PUT")),
        ("a method of no form", right().method("P\u{1}ST")),
        ("a long method", right().method(&"A".repeat(5_000))),
        ("no such automation", right().path("/automations/aut_00000000000000000000000000")),
        ("a path of no form", right().path("/automations/../../etc/passwd")),
        ("a long path", right().path(&format!("/automations/{}", "a".repeat(20_000)))),
        ("another media type", right().header("content-type", "text/xml")),
        ("no media type", right().without("content-type")),
        ("an encoding", right().header("content-encoding", "gzip")),
        ("a length that is none", right().and_header("content-length", "-1")),
        ("two lengths", right().and_header("content-length", "3")),
        ("a length and chunks", right().and_header("transfer-encoding", "chunked")),
        ("an unknown transfer encoding", right().and_header("transfer-encoding", "gzip, cow")),
        ("a huge length", right().claiming(u64::MAX)),
        ("more than there is", right().claiming(1_000)),
        ("less than there is", right().claiming(3)),
        ("a header of no form", right().and_header("a b", "c")),
        ("a header with a zero", right().and_header("x-zero", [0])),
        ("many headers", (0..100).fold(right(), |request, number| request.and_header(&format!("x-{number}"), "y"))),
        ("a long header", right().and_header("x-long", "y".repeat(20_000))),
        ("a key of no form for repetitions", right().header("idempotency-key", "a b")),
        ("a long key for repetitions", right().header("idempotency-key", "a".repeat(300))),
        ("nothing", json("")),
        ("no JSON", json("hello")),
        ("half of JSON", json(r#"{"phone_number": "1215"#)),
        ("two values", json("{} {}")),
        ("a trailing comma", json(r#"{"a":1,}"#)),
        ("a name twice", json(r#"{"a":1,"a":2}"#)),
        ("no Unicode", webhook.request(b"{\"a\":\"\xff\xfe\"}")),
        ("half a surrogate pair", json(r#"{"a":"\ud83d"}"#)),
        ("a large number", json(r#"{"a":1e999}"#)),
        ("deep", json(&format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)))),
        ("wide", json(&format!("[{}1]", "1,".repeat(60_000)))),
        ("large", json(&format!("\"{}\"", "x".repeat(2 << 20)))),
    ];
    let wires = corpus.into_iter().map(|(what, request)| (what, Allowed::Refusal, request.bytes()));
    let raw = RAW.iter().map(|(what, allowed, text)| (*what, *allowed, text.as_bytes().to_vec()));
    wires.chain(raw).collect()
}

/// What is hardly a request.
const RAW: [(&str, Allowed, &str); 8] = [
    ("no HTTP", Allowed::CutOff, "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}"),
    ("an empty line and no more", Allowed::CutOff, "\r\n\r\n"),
    ("HTTP/0.9", Allowed::CutOff, "GET /\r\n\r\n"),
    ("HTTP/2 by prior knowledge", Allowed::CutOff, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("no host", Allowed::Refusal, "POST /automations/x HTTP/1.1\r\n\r\n"),
    ("a folded header", Allowed::Refusal, "POST / HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n"),
    ("bare line feeds", Allowed::Refusal, "POST /automations/x HTTP/1.1\nhost: a\ncontent-length: 0\n\n"),
    (
        "a chunk of no size",
        Allowed::Refusal,
        "POST /automations/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ),
];

/// A right request of which something is spoilt.
fn spoilt(webhook: &Webhook, moments: &mut Moments) -> Wrong {
    let order = Order::new(moments.index(1_000));
    let mut body = order.body.into_bytes();
    match moments.below(3) {
        0 => {
            // A body that no parser of JSON takes: judged by one that is not the host's.
            while serde_json::from_slice::<serde_json::Value>(&body).is_ok() {
                spoil(&mut body, moments);
            }
            ("a spoilt body", Allowed::Refusal, webhook.request(body).bytes())
        }
        1 => {
            let mut key = webhook.key.clone().into_bytes();
            let place = moments.index(key.len());
            key[place] = if key[place] == b'x' { b'y' } else { b'x' };
            let request = webhook.request(body).header("authorization", [b"Bearer ".as_slice(), &key].concat());
            ("a spoilt key", Allowed::Refusal, request.bytes())
        }
        _ => {
            let mut wire = webhook.request(body).bytes();
            for _ in 0..=moments.below(4) {
                spoil(&mut wire, moments);
            }
            ("a spoilt request", Allowed::Capture, wire)
        }
    }
}

/// Changes a byte, takes some away, repeats some, or puts one in.
fn spoil(bytes: &mut Vec<u8>, moments: &mut Moments) {
    let place = moments.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
    let byte = u8::try_from(moments.below(256)).expect("a byte");
    match moments.below(4) {
        0 if !bytes.is_empty() => bytes[place] = byte,
        1 if bytes.len() > 1 => {
            let end = (place + 1 + moments.index(16)).min(bytes.len());
            bytes.drain(place..end);
        }
        2 if !bytes.is_empty() => {
            let end = (place + 1 + moments.index(64)).min(bytes.len());
            let part = bytes[place..end].to_vec();
            bytes.splice(place..place, part);
        }
        _ => bytes.insert(place, byte),
    }
}
