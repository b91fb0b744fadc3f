//! The client's journal: what was sent, outside of the program, so that a crash of the program cannot touch it.
//!
//! A sender does what a good one does: it names each request by an idempotency key, and sends what got no answer again
//! until it has one. Every order goes to one of a few contacts, so that many runs change one contact.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::webhook::Webhook;

/// How many contacts the orders are for.
pub const CONTACTS: usize = 24;

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
    orders: Mutex<Vec<Order>>,
    answered: AtomicUsize,
    stop: AtomicBool,
}

impl Order {
    /// The order of that number.
    pub fn new(number: usize) -> Self {
        let name = format!("order-{number}");
        let contact = number % CONTACTS;
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
    format!("1215555{:04}", 1000 + contact)
}

fn first_name(contact: usize) -> String {
    format!("Ann {contact}")
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Journal {
    /// Everything that was sent.
    pub fn orders(&self) -> Vec<Order> {
        self.locked().clone()
    }

    /// How many got their 200.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// Sends orders over one connection after another until the program is gone or [`Journal::pause`] is called. Begins
    /// with those of this sender that have no answer yet; `sender` of `senders` says which are its own.
    pub fn send(&self, webhook: &Webhook, address: &str, sender: usize, senders: usize) {
        while !self.stop.load(Ordering::SeqCst) {
            let index = self.next(sender, senders);
            let order = self.locked()[index].clone();
            if !self.post(webhook, address, index, &order) {
                return;
            }
        }
    }

    /// Sends what has no answer yet, until everything has one.
    pub fn settle(&self, webhook: &Webhook, address: &str) {
        for (index, order) in self.orders().iter().enumerate().filter(|(_, order)| order.capture.is_none()) {
            assert!(self.post(webhook, address, index, order), "{} gets no answer", order.name);
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

    /// One request; `false` when there was no answer.
    fn post(&self, webhook: &Webhook, address: &str, index: usize, order: &Order) -> bool {
        let Ok(answer) = webhook.request(&order.body).header("idempotency-key", &order.name).try_send(address) else {
            return false;
        };
        if answer.status == 503 {
            return true;
        }
        assert_eq!(answer.status, 200, "{}: {}", order.name, answer.text());
        let capture = answer.header("hookbox-capture-id").expect("a 200 names its capture").to_owned();
        self.locked()[index].capture = Some(capture);
        self.answered.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// The sender's first order without an answer, or a new one.
    fn next(&self, sender: usize, senders: usize) -> usize {
        let mut orders = self.locked();
        let mut own = (sender..orders.len()).step_by(senders);
        if let Some(index) = own.find(|index| orders[*index].capture.is_none()) {
            return index;
        }
        // New orders keep the owner's rhythm: fill up to the next index that is this sender's.
        let mut index = orders.len();
        while index % senders != sender {
            orders.push(Order::new(index));
            index += 1;
        }
        orders.push(Order::new(index));
        index
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
