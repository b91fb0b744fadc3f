//! What dispatch counts and times. Labels name states, never contacts.

use hookbox_model::MessageState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The counters and histograms of dispatch.
#[derive(Debug, Clone)]
pub struct Metrics {
    messages: Family<StateLabels, Counter>,
    /// Seconds of one attempt.
    pub(crate) send: Histogram,
    /// Inboxes that are given a rest.
    pub(crate) open: Gauge,
    /// Messages whose sending panicked.
    pub(crate) panics: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

impl Metrics {
    /// Counters that are part of `registry`.
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            messages: Family::default(),
            send: Histogram::new(exponential_buckets(0.005, 2.0, 14)),
            open: Gauge::default(),
            panics: Counter::default(),
        };
        registry.register("dispatch_messages", "Commits of messages by state", metrics.messages.clone());
        registry.register_with_unit("dispatch_send", "Time of one attempt", Unit::Seconds, metrics.send.clone());
        registry.register("dispatch_breakers_open", "Inboxes that are given a rest", metrics.open.clone());
        registry.register("dispatch_panics", "Messages whose sending panicked", metrics.panics.clone());
        metrics
    }

    pub(crate) fn committed(&self, state: MessageState) {
        self.messages.get_or_create(&StateLabels { state: state.as_str() }).inc();
    }
}
