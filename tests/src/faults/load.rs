//! The scene of most faults: a program with the audited automation, senders that do not give up, and the auditor at the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;

use super::Figures;
use crate::auditor::{self, Witness, assert_clean, audit_host};
use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::journal::Journal;
use crate::program::{Program, Setup};
use crate::webhook::Webhook;

/// What waits for its run, and what waits to be sent.
const QUEUES: [&str; 2] = ["hookbox_queue_depth", "hookbox_outbox_depth"];

/// As many messages as that may leave: more than there are.
const CAP: u64 = 1_000_000_000;

/// A program under load, and what its senders know.
#[derive(Debug)]
pub struct Scene {
    /// The program.
    pub program: Program,
    /// The webhook that orders are sent to.
    pub webhook: Webhook,
    /// What was sent.
    pub journal: Journal,
    /// What was seen in its last state.
    pub witness: Witness,
    /// Where messages go, if anywhere.
    pub carrier: Option<Carrier>,
}

/// What can be done while senders send.
#[derive(Debug)]
pub struct Load<'a> {
    /// The program.
    pub program: &'a mut Program,
    /// What was sent.
    pub journal: &'a Journal,
    witness: &'a mut Witness,
}

/// The end of a load, however it ends.
struct Ending<'a>(&'a Journal);

/// Says that something is over when it is dropped: also when what it was for fails, or those who go on until then would never end.
#[derive(Debug)]
pub struct Over<'a>(pub &'a AtomicBool);

/// What a program needs for all of this: it may send to this machine, one key brings all the requests, and it is killed again and
/// again. With the defaults, a run that was under way at three of the kills is a dead letter, as the host cannot know that it is
/// not the reason, and a message that was on its way at eight of them is `unknown`.
pub fn loaded(setup: Setup) -> Setup {
    let setup = setup.variable("HOOKBOX__RUNNER__INTERRUPTIONS_MAX", 1_000);
    let setup = setup.variable("HOOKBOX__INGRESS__KEY_RATE_PER_S_MAX", 0);
    let setup = setup.variable("HOOKBOX__DISPATCH__ATTEMPTS_MAX", 1_000);
    let setup = setup.variable("HOOKBOX__DISPATCH__RETRY_BASE_MS", 50);
    setup.variable("HOOKBOX__DISPATCH__ALLOWED_NETWORKS", "127.0.0.1/32")
}

impl Scene {
    /// Furnishes a program that just started: the audited automation, and the carrier as the channel of its inbox. What may
    /// have been sent already is sent again.
    pub fn of(program: Program, carrier: Option<Carrier>) -> Self {
        let admin = program.admin();
        admin.furnish();
        let workspace = admin.all("/api/v1/workspaces").remove(0);
        let path = format!("/api/v1/workspaces/{}", workspace["id"].as_str().expect("a workspace has an id"));
        let caps = json!({"per_day": CAP, "per_contact_per_day": CAP, "per_contact_per_minute": CAP});
        admin.patch(&path, &json!({ "caps": caps })).success();
        if let Some(carrier) = &carrier {
            let inbox = admin.all("/api/v1/inboxes").remove(0);
            let path = format!("/api/v1/inboxes/{}", inbox["id"].as_str().expect("an inbox has an id"));
            let channel = json!({"channel": {"webhook": {"url": carrier.url(), "unknown": "retry"}}});
            admin.patch(&path, &channel).success();
        }
        let webhook = admin.apply(&auditor::automation());
        let journal = Journal::kept(&program.home().join("journal"));
        Self { program, webhook, journal, witness: Witness::default(), carrier }
    }

    /// Lets so many senders send for as long as `during` takes.
    #[track_caller]
    pub fn load<T>(&mut self, senders: usize, during: impl FnOnce(&mut Load<'_>) -> T) -> T {
        let Self { program, webhook, journal, witness, .. } = self;
        let (webhook, journal) = (&*webhook, &*journal);
        let address = program.address().to_owned();
        journal.resume();
        thread::scope(|scope| {
            // Also when `during` fails: nobody would end the senders.
            let _ending = Ending(journal);
            for _ in 0..senders {
                scope.spawn(|| journal.send(webhook, &address));
            }
            during(&mut Load { program, journal, witness })
        })
    }

    /// Starts the program again on its store and notes how long that took.
    #[track_caller]
    pub fn start(&mut self, figures: &mut Figures) {
        let began = Instant::now();
        self.program.start();
        figures.most("ready_ms_most", began.elapsed().as_secs_f64() * 1e3);
    }

    /// Everything that is to be answered is, and everything that waits has gone its way.
    #[track_caller]
    pub fn settle(&self) {
        self.journal.settle(&self.webhook, self.program.address());
        at_rest(&self.program);
    }

    /// Settles, and kills and starts the program: what it shows from now on is what its store has, not what it remembers.
    #[track_caller]
    pub fn settle_anew(&mut self, figures: &mut Figures) {
        self.settle();
        self.program.kill();
        self.start(figures);
        at_rest(&self.program);
    }

    /// Settles; then, after a kill and a start, nothing is lost, nothing is there twice, and a stop leaves a sound store.
    #[track_caller]
    pub fn audit(&mut self, figures: &mut Figures) {
        self.settle_anew(figures);
        let orders = self.journal.orders();
        figures.count("captures", orders.len() as u64);
        figures.count("answered_503", self.journal.busy());
        figures.count("last_states_remembered", self.witness.remembered() as u64);
        if let Some(carrier) = &self.carrier {
            figures.count("messages_received", carrier.received().len() as u64);
        }
        assert_clean(&audit_host(&orders, &self.program.admin(), self.carrier.as_ref(), &self.witness));
        assert!(self.program.stop().success(), "a stop ends with status 0");
        assert_sound(&self.program);
    }
}

impl Load<'_> {
    /// Waits for so many more answers.
    #[track_caller]
    pub fn answers(&self, more: usize) {
        let (mut last, wanted) = (self.journal.answered(), self.journal.answered() + more);
        while last < wanted {
            // Each more is waited for by itself, so that many of them may take long.
            last = eventually("an answer under load", || Some(self.journal.answered()).filter(|now| *now > last));
        }
    }

    /// Remembers what is in its last state now.
    #[track_caller]
    pub fn look(&mut self) {
        self.witness.look(&self.program.admin());
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.pause();
    }
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until no capture waits for its run and no message to be sent; that each of them goes on is all that is asked.
#[track_caller]
pub fn at_rest(program: &Program) {
    for queue in QUEUES {
        let depth = || program.metric(queue).unwrap_or_default();
        let mut last = f64::INFINITY;
        while last > 0.0 {
            last = eventually(&format!("less of {queue} than {last}"), || Some(depth()).filter(|now| *now < last));
        }
    }
}

/// Nothing is wrong in the store of a program that was stopped, and nothing panicked in it.
#[track_caller]
pub fn assert_sound(program: &Program) {
    let data = program.data().to_string_lossy().into_owned();
    let report = program.run_json(&["check-store", "--data", &data, "--json"]);
    assert_eq!(report["findings"], json!([]), "{report}");
    program.assert_no_panic();
}
