//! What the store measures. No labels: nothing of a workspace or a contact can get into them.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The store's gauges and histograms.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Captures that wait for their first claim.
    pub(crate) queue_depth: Gauge,
    /// Messages in the outbox.
    pub(crate) outbox_depth: Gauge,
    /// Seconds of one commit, from the first unit applied to the end of the sync.
    pub(crate) commit: Histogram,
    /// Units of one commit.
    pub(crate) commit_units: Histogram,
    /// Bytes free on the disk of the store.
    pub(crate) free: Gauge,
    /// Records found damaged.
    pub(crate) damaged: Counter,
}

impl Metrics {
    /// Registers `queue_depth`, `outbox_depth`, `commit_seconds`, `commit_units`, `store_free_bytes` and `store_damaged_total`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::unregistered();
        registry.register("queue_depth", "Captures that wait for their first claim", metrics.queue_depth.clone());
        registry.register("outbox_depth", "Messages in the outbox", metrics.outbox_depth.clone());
        registry.register_with_unit("commit", "One commit of the store", Unit::Seconds, metrics.commit.clone());
        registry.register("commit_units", "Units of one commit", metrics.commit_units.clone());
        registry.register_with_unit("store_free", "Free on the disk of the store", Unit::Bytes, metrics.free.clone());
        registry.register("store_damaged", "Records found damaged and set aside", metrics.damaged.clone());
        metrics
    }

    /// Metrics that nobody reads, for tools and tests.
    pub fn unregistered() -> Self {
        Self {
            queue_depth: Gauge::default(),
            outbox_depth: Gauge::default(),
            commit: Histogram::new(exponential_buckets(0.000_05, 2.0, 18)),
            commit_units: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            free: Gauge::default(),
            damaged: Counter::default(),
        }
    }
}
