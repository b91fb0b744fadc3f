//! The client's journal: what was sent and acknowledged, outside of the program, so that a crash of the program cannot touch it. Rounds of
//! faults have it in a file too, for a look at it afterwards; it is not synced, as nothing here survives the end of the machine.
//!
//! A sender does what a good one does: it names each request by an idempotency key, and sends what got no answer again
//! until it has one. Some two dozen contacts at a time are sent orders, so that many runs change one contact.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::deadline::pause;
use crate::webhook::{Line, Webhook};

/// How many contacts are sent orders at a time.
pub const CONTACTS: usize = 24;

/// How many orders one contact gets; then others have their turn, because tags and conversations have an end. So many that the store moves
/// the older ones among a contact's runs and messages to where they are kept more than once.
const ORDERS_EACH: usize = 120;

/// One order, sent as one request.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its name, which is also the idempotency key of the request.
    pub name: String,
    /// The body.
    pub body: String,
    /// The capture that the answer named; `None` until there was a 200.
    pub capture: Option<String>,
}

/// Every order so far.
#[derive(Debug, Default)]
pub struct Journal {
    file: Option<File>,
    captures: Mutex<Vec<Option<String>>>,
    unanswered: Mutex<VecDeque<usize>>,
    answered: AtomicUsize,
    busy: AtomicU64,
    cut_off: AtomicU64,
    took: Mutex<Vec<Duration>>,
    stop: AtomicBool,
    rhythm: Duration,
}

/// How one request ended.
enum Sent {
    Captured,
    Busy,
    Unanswered,
}

impl Order {
    /// The order of that number.
    pub fn new(number: usize) -> Self {
        let name = format!("order-{number}");
        let contact = number / (CONTACTS * ORDERS_EACH) * CONTACTS + number % CONTACTS;
        let body = json!({"phone_number": phone(contact), "first_name": first_name(contact), "order": name});
        Self { name, body: body.to_string(), capture: None }
    }

    /// The body as JSON.
    pub fn payload(&self) -> Value {
        serde_json::from_str(&self.body).expect("it was written as JSON")
    }
}

/// The phone number of a contact, as a sender writes it.
fn phone(contact: usize) -> String {
    format!("1215{}", 5_551_000 + contact)
}

fn first_name(contact: usize) -> String {
    format!("Ann {contact}")
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Journal {
    /// One that is in this file too: a line for each acknowledged order, with the capture that the answer named.
    pub fn kept(file: &Path) -> Self {
        Self { file: Some(File::create_new(file).expect("a journal can be made")), ..Self::default() }
    }

    /// The same with senders that rest for so long after each answer.
    pub fn with_rhythm(self, rhythm: Duration) -> Self {
        Self { rhythm, ..self }
    }

    /// Everything that was sent.
    pub fn orders(&self) -> Vec<Order> {
        let captures = locked(&self.captures).clone();
        captures.into_iter().enumerate().map(|(number, capture)| Order { capture, ..Order::new(number) }).collect()
    }

    /// How many got their 200.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// How often a request was answered 503.
    pub fn busy(&self) -> u64 {
        self.busy.load(Ordering::SeqCst)
    }

    /// How many requests got no answer at all.
    pub fn cut_off(&self) -> u64 {
        self.cut_off.load(Ordering::SeqCst)
    }

    /// How long answers took, the quickest first.
    pub fn took(&self) -> Vec<Duration> {
        let mut took = locked(&self.took).clone();
        took.sort_unstable();
        took
    }

    /// Sends orders over one connection until the program is gone or [`Journal::pause`] is called; those without an answer
    /// first. Any number of senders may do so at once.
    pub fn send(&self, webhook: &Webhook, address: &str) {
        let mut line = None;
        while !self.stop.load(Ordering::SeqCst) {
            let number = self.next();
            match self.post(&mut line, webhook, address, number) {
                Sent::Captured if self.rhythm.is_zero() => {}
                Sent::Captured => thread::park_timeout(self.rhythm),
                Sent::Busy => pause(),
                Sent::Unanswered => return,
            }
        }
    }

    /// Sends what has no answer yet, until everything has one.
    pub fn settle(&self, webhook: &Webhook, address: &str) {
        let mut line = None;
        loop {
            let Some(number) = locked(&self.unanswered).pop_front() else { return };
            match self.post(&mut line, webhook, address, number) {
                Sent::Captured => {}
                Sent::Busy => pause(),
                Sent::Unanswered => panic!("order-{number} gets no answer"),
            }
        }
    }

    /// Asks all senders to end after the answer they wait for.
    pub fn pause(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Lets senders send again.
    pub fn resume(&self) {
        self.stop.store(false, Ordering::SeqCst);
    }

    /// One request over the line, which is opened where there is none.
    fn post(&self, line: &mut Option<Line>, webhook: &Webhook, address: &str, number: usize) -> Sent {
        let order = Order::new(number);
        let request = webhook.request(&order.body).without("connection").header("idempotency-key", &order.name);
        let began = Instant::now();
        let answer = match exchange(line, address, &request.bytes()) {
            Ok(answer) => answer,
            Err(_) => {
                *line = None;
                self.cut_off.fetch_add(1, Ordering::SeqCst);
                locked(&self.unanswered).push_back(number);
                return Sent::Unanswered;
            }
        };
        locked(&self.took).push(began.elapsed());
        if answer.header("connection") == Some("close") {
            *line = None;
        }
        if answer.status == 503 {
            self.busy.fetch_add(1, Ordering::SeqCst);
            locked(&self.unanswered).push_back(number);
            return Sent::Busy;
        }
        assert_eq!(answer.status, 200, "{}: {}", order.name, answer.text());
        let capture = answer.header("hookbox-capture-id").expect("a 200 names its capture").to_owned();
        self.acknowledged(number, capture);
        Sent::Captured
    }

    /// Into the file first: what counts as acknowledged stands there.
    fn acknowledged(&self, number: usize, capture: String) {
        let mut captures = locked(&self.captures);
        if let Some(mut file) = self.file.as_ref() {
            let line = format!("{} {capture}\n", Order::new(number).name);
            file.write_all(line.as_bytes()).expect("the journal can be written");
        }
        captures[number] = Some(capture);
        drop(captures);
        self.answered.fetch_add(1, Ordering::SeqCst);
    }

    /// The first order without an answer that nobody is sending, or a new one.
    fn next(&self) -> usize {
        if let Some(number) = locked(&self.unanswered).pop_front() {
            return number;
        }
        let mut captures = locked(&self.captures);
        captures.push(None);
        captures.len() - 1
    }
}

fn exchange(line: &mut Option<Line>, address: &str, request: &[u8]) -> io::Result<Answer> {
    let line = match line {
        Some(line) => line,
        None => line.insert(Line::open(address)?),
    };
    line.send(request)?;
    line.answer()
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use super::{Journal, ORDERS_EACH, Order};
    use crate::world::text;

    #[test]
    fn what_was_acknowledged_stands_in_the_file_and_what_was_not_does_not() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("journal");
        let journal = Journal::kept(&file);
        let numbers = [journal.next(), journal.next(), journal.next()];
        journal.acknowledged(numbers[2], "cap_c".into());
        journal.acknowledged(numbers[0], "cap_a".into());
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "order-2 cap_c\norder-0 cap_a\n");
        let captures: Vec<_> = journal.orders().into_iter().map(|order| order.capture).collect();
        assert_eq!((journal.answered(), captures), (2, vec![Some("cap_a".into()), None, Some("cap_c".into())]));
    }

    #[test]
    fn every_order_has_a_name_of_its_own_and_no_contact_more_than_its_share() {
        let orders: Vec<Order> = (0..5_000).map(Order::new).collect();
        let names: HashSet<&str> = orders.iter().map(|order| order.name.as_str()).collect();
        assert_eq!(names.len(), orders.len());
        let mut shares = std::collections::HashMap::<String, usize>::new();
        orders.iter().for_each(|order| *shares.entry(text(&order.payload()["phone_number"])).or_default() += 1);
        assert_eq!(shares.values().max(), Some(&ORDERS_EACH));
    }
}
