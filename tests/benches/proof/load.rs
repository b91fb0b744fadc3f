//! The load client. Closed loop: each connection sends its next request when the one before is answered. Open loop: requests
//! are sent by a schedule whatever becomes of them, and each latency counts from the moment the schedule names, so that a server
//! that falls behind is not excused by a client that waits for it.
//!
//! One thread sends and receives, more where a load asks for them; in open loop another one wakes it when requests are
//! due, at most 0.1 ms late by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use crate::processor;
use crate::wire::Line;

/// How long a connection that was refused as busy lets the host be, in closed loop.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// The shortest sleep of the schedule: what is due meanwhile is sent together.
const SCHEDULE_STEP: Duration = Duration::from_micros(100);

/// A client that computes for this share of the time of its threads is at its limit.
const CLIENT_FULL: f64 = 0.95;

/// The digits in the body of the example that name its contact.
const CONTACT_DIGITS: &str = "5556677";

/// A request that is sent again and again.
#[derive(Clone)]
pub(crate) struct Target {
    bytes: Vec<u8>,
    /// Where the seven digits are that name the contact.
    digits: Option<usize>,
}

/// Which contact the request with a number is about.
#[derive(Clone, Copy)]
pub(crate) enum Contacts {
    /// One after the other from `first` on, so many, and over again.
    InTurn { first: u64, count: u64 },
    /// Of so many, as if by chance.
    Scattered { count: u64 },
}

/// When it is over.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    For(Duration),
    Requests(u64),
}

/// What is sent.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: String,
    /// They take turns.
    pub(crate) targets: Vec<Target>,
    /// Every so many requests this one is sent instead: it waits for the end of its run.
    pub(crate) waiting: Option<(u64, Target)>,
    pub(crate) connections: usize,
    /// That send and receive.
    pub(crate) threads: usize,
    pub(crate) contacts: Contacts,
    pub(crate) length: Length,
    /// Open loop at this rate.
    pub(crate) per_second: Option<f64>,
}

/// What the load client saw.
pub(crate) struct Loaded {
    pub(crate) answers: u64,
    /// Answers that told the client to come again.
    pub(crate) refused: u64,
    /// Requests that were to wait for their run and were answered before its end.
    pub(crate) unfinished: u64,
    pub(crate) seconds: f64,
    threads: usize,
    /// Processor time of this process meanwhile.
    pub(crate) client_seconds: f64,
    pub(crate) latencies: Latencies,
    /// Those of the requests that waited for the end of their run.
    pub(crate) waited: Latencies,
}

/// Latencies, shortest first, in microseconds.
pub(crate) struct Latencies(Vec<u32>);

/// What one connection saw.
#[derive(Default)]
struct Seen {
    latencies_us: Vec<u32>,
    waited_us: Vec<u32>,
    refused: u64,
    unfinished: u64,
}

/// What the connections share.
struct Sending {
    load: Load,
    began: Instant,
    number: AtomicU64,
    /// In open loop: how many may be sent by now.
    permits: Option<Semaphore>,
}

impl Target {
    /// A POST of JSON with a bearer key.
    pub(crate) fn new(address: &str, path: &str, key: Option<&str>, body: &str) -> Self {
        let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{key}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let digits = body.find(CONTACT_DIGITS).map(|at| head.len() + at);
        Self { bytes: [head.as_bytes(), body.as_bytes()].concat(), digits }
    }

    fn name_contact(&mut self, contact: u64) {
        if let Some(at) = self.digits {
            self.bytes[at..at + CONTACT_DIGITS.len()].copy_from_slice((2_000_000 + contact).to_string().as_bytes());
        }
    }
}

impl Contacts {
    fn of(self, number: u64) -> u64 {
        match self {
            Self::InTurn { first, count } => first + number % count,
            // Knuth's multiplicative hash: spreads neighbours, and comes out the same each time.
            Self::Scattered { count } => (number.wrapping_mul(2_654_435_761) >> 7) % count,
        }
    }
}

impl Load {
    /// Sends it all and waits for the last answer.
    pub(crate) fn run(&self) -> Result<Loaded> {
        let runtime = match self.threads {
            0 | 1 => Builder::new_current_thread().enable_all().build()?,
            threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
        };
        let processor_before = processor::own_seconds();
        let began = Instant::now();
        let sending = Arc::new(Sending {
            load: self.clone(),
            began,
            number: AtomicU64::new(0),
            permits: self.per_second.map(|_| Semaphore::new(0)),
        });
        let schedule = self.per_second.map(|per_second| {
            let sending = Arc::clone(&sending);
            thread::spawn(move || sending.keep_schedule(per_second))
        });
        let seen = runtime.block_on(sending.all())?;
        if let Some(schedule) = schedule {
            schedule.join().ok().context("the schedule broke off")?;
        }
        let seconds = began.elapsed().as_secs_f64();
        Ok(Loaded {
            answers: (seen.latencies_us.len() + seen.waited_us.len()) as u64,
            refused: seen.refused,
            unfinished: seen.unfinished,
            seconds,
            threads: self.threads.max(1),
            client_seconds: processor::own_seconds() - processor_before,
            latencies: Latencies::of(seen.latencies_us),
            waited: Latencies::of(seen.waited_us),
        })
    }

    /// How many requests there are in open loop.
    fn total(&self, per_second: f64) -> u64 {
        match self.length {
            Length::For(time) => (per_second * time.as_secs_f64()) as u64,
            Length::Requests(count) => count,
        }
    }
}

impl Sending {
    async fn all(self: &Arc<Self>) -> Result<Seen> {
        let mut senders = Vec::new();
        for _ in 0..self.load.connections {
            let line = Line::open(&self.load.address).await?;
            let sending = Arc::clone(self);
            senders.push(tokio::spawn(async move { sending.send(line).await }));
        }
        let mut all = Seen::default();
        for sender in senders {
            let seen = sender.await??;
            all.latencies_us.extend(seen.latencies_us);
            all.waited_us.extend(seen.waited_us);
            all.refused += seen.refused;
            all.unfinished += seen.unfinished;
        }
        Ok(all)
    }

    /// Lets requests go when they are due, all that are due at once.
    fn keep_schedule(&self, per_second: f64) {
        let Some(permits) = &self.permits else { return };
        let total = self.load.total(per_second);
        let mut given = 0;
        while given < total {
            let due = ((self.began.elapsed().as_secs_f64() * per_second) as u64 + 1).min(total);
            permits.add_permits(usize::try_from(due - given).unwrap_or(0));
            given = due;
            let next = Duration::from_secs_f64(given as f64 / per_second);
            thread::sleep(next.saturating_sub(self.began.elapsed()).max(SCHEDULE_STEP));
        }
        // One more for each connection, which then finds that nothing is left.
        permits.add_permits(self.load.connections);
    }

    /// The number of the next request and the moment that it is due; none when it is over.
    async fn next(&self) -> Result<Option<(u64, Instant)>> {
        if let Some(permits) = &self.permits {
            permits.acquire().await?.forget();
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        if let Some(per_second) = self.load.per_second {
            let due = self.began + Duration::from_secs_f64(number as f64 / per_second);
            return Ok((number < self.load.total(per_second)).then_some((number, due)));
        }
        let now = Instant::now();
        let goes_on = match self.load.length {
            Length::For(time) => now < self.began + time,
            Length::Requests(count) => number < count,
        };
        Ok(goes_on.then_some((number, now)))
    }

    async fn send(&self, mut line: Line) -> Result<Seen> {
        let mut seen = Seen::default();
        let targets = self.load.targets.len() as u64;
        let (mut turn, mut plain) = (0, self.load.targets[0].clone());
        let mut waiting = self.load.waiting.clone();
        while let Some((number, due)) = self.next().await? {
            if number % targets != turn {
                turn = number % targets;
                plain.clone_from(&self.load.targets[turn as usize]);
            }
            let (target, waits) = match &mut waiting {
                Some((every, target)) if number % *every == 0 => (target, true),
                Some(_) | None => (&mut plain, false),
            };
            target.name_contact(self.load.contacts.of(number));
            let reply = line.exchange(&target.bytes).await?;
            let took_us = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            match reply.status {
                200 if !waits => seen.latencies_us.push(took_us),
                200 => {
                    seen.waited_us.push(took_us);
                    let ended = br#""state":"succeeded""#;
                    seen.unfinished += u64::from(!reply.body.windows(ended.len()).any(|window| window == ended));
                }
                503 | 429 => {
                    seen.refused += 1;
                    line = Line::open(&self.load.address).await?;
                    if self.permits.is_none() {
                        tokio::time::sleep(REFUSED_PAUSE).await;
                    }
                }
                status => bail!("answered {status}: {:?}", String::from_utf8_lossy(reply.body)),
            }
        }
        Ok(seen)
    }
}

impl Loaded {
    /// Answers a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.seconds
    }

    /// Whether the client had no time left, so that what was measured may be its limit.
    pub(crate) fn is_clients_limit(&self) -> bool {
        self.client_seconds / self.seconds >= self.threads as f64 * CLIENT_FULL
    }

    /// Processor time of the client for one answer, in microseconds.
    pub(crate) fn client_us(&self) -> f64 {
        self.client_seconds * 1e6 / self.answers.max(1) as f64
    }

    /// It as JSON.
    pub(crate) fn report(&self) -> Value {
        json!({
            "answers": self.answers,
            "refused": self.refused,
            "seconds": self.seconds,
            "per_second": self.per_second(),
            "p50_ms": self.latencies.ms(0.5),
            "p99_ms": self.latencies.ms(0.99),
            "p999_ms": self.latencies.ms(0.999),
            "client_cores": self.client_seconds / self.seconds,
            "client_us": self.client_us(),
            "client_threads": self.threads,
            "is_clients_limit": self.is_clients_limit(),
        })
    }
}

impl Latencies {
    fn of(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self(micros)
    }

    /// The latency that this share of all does not exceed, in milliseconds.
    pub(crate) fn ms(&self, share: f64) -> f64 {
        let at = (self.0.len() as f64 * share) as usize;
        self.0.get(at.min(self.0.len().saturating_sub(1))).map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
