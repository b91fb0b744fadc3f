//! A lane for each inbox that is sent through: its share of the places, its breaker, and what was read and opened for it.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::InboxId;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::breaker::{Breaker, Leave};
use crate::channel::Opened;
use crate::{Config, Metrics};

/// What belongs to one inbox.
pub(crate) struct Lane {
    /// Messages that may be on their way.
    pub(crate) sending: Semaphore,
    /// Messages that may be in hand: on their way or waiting for it.
    pub(crate) in_hand: Semaphore,
    pub(crate) breaker: Mutex<Breaker>,
    /// The inbox as of a revision of the store.
    pub(crate) opened: Mutex<Option<(u64, Arc<Opened>)>>,
}

/// The lanes in use. One that nobody uses and that knows of no failure is dropped.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<InboxId, Arc<Lane>>>);

/// Leave of a lane's breaker; given back when it is dropped before an outcome was told.
pub(crate) struct Pass<'a> {
    lane: &'a Lane,
    leave: Option<Leave>,
}

impl Lanes {
    pub(crate) fn of(&self, inbox: InboxId, config: &Config, metrics: &Metrics) -> Arc<Lane> {
        let mut lanes = self.0.lock();
        if lanes.len() >= config.lanes_max && !lanes.contains_key(&inbox) {
            lanes.retain(|_, lane| {
                let kept = Arc::strong_count(lane) > 1;
                metrics.open.dec_by(i64::from(!kept && lane.breaker.lock().is_open()));
                kept
            });
        }
        let fresh = || Lane {
            sending: Semaphore::new(config.inbox_messages_max),
            in_hand: Semaphore::new(config.inbox_messages_max.saturating_add(config.inbox_waiting_max)),
            breaker: Mutex::default(),
            opened: Mutex::default(),
        };
        Arc::clone(lanes.entry(inbox).or_insert_with(|| Arc::new(fresh())))
    }

    /// A message let go of its lane.
    pub(crate) fn leave(&self, inbox: InboxId, lane: Arc<Lane>) {
        let mut lanes = self.0.lock();
        // The map's and this one: whoever takes another has the map's lock.
        if Arc::strong_count(&lane) == 2 && lane.breaker.lock().is_fresh() {
            lanes.remove(&inbox);
        }
    }
}

impl<'a> Pass<'a> {
    pub(crate) const fn new(lane: &'a Lane, leave: Leave) -> Self {
        Self { lane, leave: Some(leave) }
    }

    /// Tells the breaker what came of it, by `tell`.
    pub(crate) fn tell(mut self, tell: impl FnOnce(&mut Breaker, Leave)) {
        if let Some(leave) = self.leave.take() {
            tell(&mut self.lane.breaker.lock(), leave);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(leave) = self.leave.take() {
            self.lane.breaker.lock().give_back(leave);
        }
    }
}
