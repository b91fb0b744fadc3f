//! The rows that a store says are damaged, as it tells the operator: in its log.

use std::fmt::Debug;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The keys of rows that were named on the thread that listens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted(Arc<Mutex<Vec<String>>>);

impl Noted {
    /// What `act` comes to; what is named meanwhile is noted.
    pub(crate) fn during<T>(&self, act: impl FnOnce() -> T) -> T {
        tracing::subscriber::with_default(self.clone(), act)
    }

    /// Whether a row was named of whose key one of these is a part.
    pub(crate) fn names(&self, rows: &[String]) -> bool {
        self.0.lock().iter().any(|key| rows.iter().any(|row| key.contains(row)))
    }
}

impl Visit for &Noted {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "key" {
            self.0.lock().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Noted {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
