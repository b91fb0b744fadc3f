//! The line that each request leaves in the step's log: `POST https://host/path -> 200 in 34 ms`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hookbox_model::LogLevel;

use super::refusal::Refusal;
use crate::log::SharedLog;

/// A request that was let through; it leaves one line, whatever becomes of it.
pub(super) struct Record {
    what: String,
    begun: Instant,
    log: SharedLog,
    is_told: AtomicBool,
}

impl Record {
    /// A request that begins now.
    pub(super) fn begin(what: String, log: SharedLog) -> Self {
        Self { what, begun: Instant::now(), log, is_told: AtomicBool::new(false) }
    }

    /// It has an answer.
    pub(super) fn answered(&self, status: u16) {
        self.tell(&status.to_string(), "");
    }

    /// It has none.
    pub(super) fn failed(&self, refusal: &Refusal) {
        self.tell("failed", &format!(": {refusal}"));
    }

    /// The step ended first.
    pub(super) fn left(&self) {
        self.tell("given up", ": the step ended");
    }

    fn tell(&self, came: &str, why: &str) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            let line = format!("{} -> {came} in {} ms{why}", self.what, self.begun.elapsed().as_millis());
            self.log.lock().write(LogLevel::Info, &line);
        }
    }
}
