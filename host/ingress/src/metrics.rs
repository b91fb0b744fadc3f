//! What the webhook door counts. Labels are statuses only: no payload, no contact data, no ids.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What the webhook door counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Requests captured.
    pub(crate) captures: Counter,
    /// Requests answered 200 that repeat one by its idempotency key.
    pub(crate) repetitions: Counter,
    /// Messages and reports taken from channels, repetitions too.
    pub(crate) incoming: Counter,
    /// Requests and connections refused, by status.
    pub(crate) refusals: Refusals,
    /// From the end of a request's head to its 200, in seconds.
    pub(crate) capture: Histogram,
    /// Open connections.
    pub(crate) connections: Gauge,
}

/// Refusals by status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Family<Refused, Counter>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    status: u16,
}

impl Refusals {
    pub(crate) fn count(&self, status: http::StatusCode) {
        self.0.get_or_create(&Refused { status: status.as_u16() }).inc();
    }
}

/// Upper bounds in seconds: a commit to an idle SSD is at the low end, a sender that takes its time at the high end.
const CAPTURE_SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0];

impl Metrics {
    /// Registers `captures_total`, `repetitions_total`, `incoming_total`, `refusals_total{status}`, `capture_seconds` and
    /// `connections`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            captures: Counter::default(),
            repetitions: Counter::default(),
            incoming: Counter::default(),
            refusals: Refusals::default(),
            capture: Histogram::new(CAPTURE_SECONDS),
            connections: Gauge::default(),
        };
        registry.register("captures", "Requests captured", metrics.captures.clone());
        registry.register(
            "repetitions",
            "Requests answered 200 that repeat one by its idempotency key",
            metrics.repetitions.clone(),
        );
        registry.register("incoming", "Messages and reports taken from channels", metrics.incoming.clone());
        registry.register("refusals", "Requests and connections refused", metrics.refusals.0.clone());
        registry.register_with_unit(
            "capture",
            "From the end of a request's head to its 200",
            Unit::Seconds,
            metrics.capture.clone(),
        );
        registry.register("connections", "Open connections", metrics.connections.clone());
        metrics
    }
}
