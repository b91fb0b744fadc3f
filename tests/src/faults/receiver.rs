//! What messages are sent to is away: it answers 503, answers nothing, or takes a message and says so too late. An hour of it,
//! a hundred times as fast, with many messages in line; then it is back.
//!
//! All of them are sent in the end. One comes twice only where the host could not know that it had come. In each conversation
//! they come in their order.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::load::{Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::carrier::{Carrier, Received, Reply};
use crate::deadline::{eventually, pause};
use crate::program::Setup;
use crate::world::text;

/// How the receiver is.
const THERE: u8 = 0;
const BUSY: u8 = 1;
const SILENT: u8 = 2;
const LATE: u8 = 3;

/// How long the host waits for an answer, and how late one that is too late comes.
const TIMEOUT_MS: u64 = 500;
const LATE_MS: u64 = 3 * TIMEOUT_MS;

/// The delays of `dispatch` a hundredth as long as they are by default.
const HUNDREDTHS: [(&str, u64); 5] = [
    ("HOOKBOX__DISPATCH__RETRY_BASE_MS", 100),
    ("HOOKBOX__DISPATCH__RETRY_DELAY_MAX_MS", 216_000),
    ("HOOKBOX__DISPATCH__BREAKER_BASE_MS", 300),
    ("HOOKBOX__DISPATCH__CROWDED_DELAY_MS", 10),
    ("HOOKBOX__DISPATCH__TIMEOUT_MS", TIMEOUT_MS),
];

/// Nothing here is a matter of time; how long it took is a figure.
pub const TARGETS: &[Target] = &[];

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    messages: usize,
    senders: usize,
    /// The receiver is away for at least so many requests that it does not take, and for so long.
    refusals: usize,
    away: Duration,
    /// The longest rest of an inbox whose carrier fails; 9,000 is a hundredth of the default.
    rest_ms_max: u64,
}

/// One request as the receiver saw it.
struct Seen {
    key: String,
    phone: String,
    /// Whether it took the message.
    taken: bool,
    /// Whether it said so in time.
    told: bool,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { messages: 1_000, senders: 4, refusals: 20, away: Duration::ZERO, rest_ms_max: 300 },
            Scale::Large { .. } => {
                Self { messages: 100_000, senders: 16, refusals: 10, away: Duration::from_secs(36), rest_ms_max: 9_000 }
            }
        }
    }
}

/// One host whose messages nobody takes for a while.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let (state, log) = (Arc::new(AtomicU8::new(BUSY)), Arc::new(Mutex::new(Vec::new())));
    let carrier = carrier(Arc::clone(&state), Arc::clone(&log));
    let setup = HUNDREDTHS.iter().fold(loaded(setup), |setup, (name, value)| setup.variable(name, value));
    let setup = setup.variable("HOOKBOX__DISPATCH__BREAKER_MAX_MS", size.rest_ms_max);
    let mut scene = Scene::of(setup.start(), Some(carrier.clone()));
    let mut figures = Figures::default();
    let began = Instant::now();
    scene.load(size.senders, |load| load.answers(size.messages));
    let mut refused = carrier.received().len();
    while refused < size.refusals || began.elapsed() < size.away {
        state.store([BUSY, SILENT, LATE][moments.index(3)], Ordering::SeqCst);
        let more = refused + 1 + moments.index(3);
        refused =
            eventually("the receiver to be asked again", || Some(carrier.received().len()).filter(|now| *now >= more));
        pause();
    }
    eprintln!("away for {:.0} s, {refused} requests not taken", began.elapsed().as_secs_f64());
    figures.count("refused", refused as u64);
    figures.count("in_line_when_it_was_back", scene.program.metric("hookbox_outbox_depth").unwrap_or_default() as u64);
    state.store(THERE, Ordering::SeqCst);
    let back = Instant::now();
    scene.settle();
    figures.most("sent_after_s_most", back.elapsed().as_secs_f64());
    scene.settle_anew(&mut figures);
    judge(&scene, &log.lock().unwrap_or_else(PoisonError::into_inner), &mut figures);
    scene.audit(&mut figures);
    Round::Done(figures)
}

fn carrier(state: Arc<AtomicU8>, log: Arc<Mutex<Vec<Seen>>>) -> Carrier {
    Carrier::answering(move |_, request| {
        let state = state.load(Ordering::SeqCst);
        let seen = Seen { taken: matches!(state, THERE | LATE), told: state == THERE, ..seen(request) };
        log.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        match state {
            BUSY => Reply::Status(503, json!({})),
            SILENT => Reply::Silence,
            LATE => {
                thread::park_timeout(Duration::from_millis(LATE_MS));
                Reply::Status(200, json!({}))
            }
            _ => Reply::Status(200, json!({})),
        }
    })
}

fn seen(request: &Received) -> Seen {
    let key = request.header("idempotency-key").to_owned();
    Seen { key, phone: text(&request.json()["to"]["phone"]), taken: false, told: false }
}

/// The millisecond of a message's id, as its first twelve digits say it.
fn moment(id: &str) -> Option<&str> {
    id.strip_prefix("msg_").and_then(|digits| digits.get(..12))
}

/// All are sent, none again that was known to have come, and each conversation in its order.
fn judge(scene: &Scene, log: &[Seen], figures: &mut Figures) {
    let (mut told, mut taken) = (HashSet::new(), HashSet::new());
    let mut came: HashMap<&str, Vec<&str>> = HashMap::new();
    for seen in log {
        assert!(!told.contains(seen.key.as_str()), "{} was sent again after it was known to have come", seen.key);
        if seen.taken {
            if taken.insert(seen.key.as_str()) {
                came.entry(&seen.phone).or_default().push(&seen.key);
            } else {
                figures.count("came_twice_after_an_unknown_answer", 1);
            }
        }
        if seen.told {
            told.insert(seen.key.as_str());
        }
    }
    let admin = scene.program.admin();
    let phones: HashMap<String, String> =
        admin.all("/api/v1/contacts").iter().map(|contact| (text(&contact["id"]), text(&contact["phone"]))).collect();
    let mut asked: HashMap<String, Vec<String>> = HashMap::new();
    admin.pages("/api/v1/messages", |page| {
        for message in &page {
            assert_eq!(message["state"], "sent", "{message}");
            let phone = phones.get(&text(&message["contact"])).cloned().unwrap_or_default();
            asked.entry(phone).or_default().push(text(&message["id"]));
        }
        true
    });
    for (phone, asked) in &asked {
        let came = came.get(phone.as_str()).map(Vec::as_slice).unwrap_or_default();
        // Two runs may call in one millisecond; which of them was first is then told by nothing that can be asked for.
        assert!(
            came.is_sorted_by_key(|id| moment(id)),
            "what came to {phone} is not in the order of its conversation: {came:?}"
        );
        let came: BTreeSet<&str> = came.iter().copied().collect();
        assert_eq!(came, asked.iter().map(String::as_str).collect(), "what came to {phone} is not what was asked for");
    }
    figures.count("messages", asked.values().map(|messages| messages.len() as u64).sum());
}
