//! What the runner counts and times. Labels name plugins and states, never contacts or payloads.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use hookbox_model::{RunState, StepState};

/// The runner's counters and histograms.
#[derive(Debug, Clone)]
pub struct Metrics {
    runs: Family<RunLabels, Counter>,
    steps: Family<StepLabels, Counter>,
    /// Seconds of one action call, from the runner's side.
    pub(crate) step: Histogram,
    /// Seconds from a capture's arrival to its run's last commit.
    pub(crate) run: Histogram,
    /// Runs that are claimed now.
    pub(crate) claimed: Gauge,
    /// Runs begun anew because their contact or their plugins' state changed under them.
    pub(crate) conflicts: Counter,
    /// Plugin versions in quarantine.
    pub(crate) quarantined: Gauge,
    quarantines: Family<PluginLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    plugin: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PluginLabels {
    plugin: String,
}

/// The counters of one plugin's steps, looked up once.
#[derive(Debug, Clone)]
pub(crate) struct StepCounters {
    succeeded: Counter,
    skipped: Counter,
    waiting: Counter,
    retrying: Counter,
    tolerated: Counter,
    failed: Counter,
}

impl StepCounters {
    pub(crate) fn of(&self, state: StepState) -> &Counter {
        match state {
            StepState::Succeeded => &self.succeeded,
            StepState::Skipped => &self.skipped,
            StepState::Waiting => &self.waiting,
            StepState::Retrying => &self.retrying,
            StepState::Tolerated => &self.tolerated,
            StepState::Failed => &self.failed,
        }
    }
}

impl Metrics {
    /// Registers them: `runs`, `steps`, `step_seconds`, `run_seconds`, `runs_claimed`, `run_conflicts`,
    /// `plugins_quarantined`, `plugin_quarantines`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            runs: Family::default(),
            steps: Family::default(),
            step: Histogram::new(exponential_buckets(10e-6, 2.0, 22)),
            run: Histogram::new(exponential_buckets(0.000_5, 2.0, 22)),
            claimed: Gauge::default(),
            conflicts: Counter::default(),
            quarantined: Gauge::default(),
            quarantines: Family::default(),
        };
        registry.register("runs", "Runs that came to this state", metrics.runs.clone());
        registry.register("steps", "Steps that came to this state", metrics.steps.clone());
        registry.register_with_unit("step", "One action call", Unit::Seconds, metrics.step.clone());
        registry.register_with_unit("run", "From arrival to the last commit", Unit::Seconds, metrics.run.clone());
        registry.register("runs_claimed", "Runs claimed now", metrics.claimed.clone());
        let conflicts = "Runs begun anew because their contact or their plugins' state changed";
        registry.register("run_conflicts", conflicts, metrics.conflicts.clone());
        registry.register("plugins_quarantined", "Plugin versions in quarantine", metrics.quarantined.clone());
        let quarantines = "How often a version of this plugin was put into quarantine";
        registry.register("plugin_quarantines", quarantines, metrics.quarantines.clone());
        for state in [RunState::Succeeded, RunState::Failed, RunState::Waiting] {
            metrics.run_counter(state);
        }
        metrics
    }

    /// The counter of runs that came to `state`.
    pub(crate) fn run_counter(&self, state: RunState) -> Counter {
        self.runs.get_or_create_owned(&RunLabels { state: state.as_str() })
    }

    /// How often versions of a plugin were put into quarantine.
    pub(crate) fn quarantines(&self, plugin: &str) -> Counter {
        self.quarantines.get_or_create_owned(&PluginLabels { plugin: plugin.to_owned() })
    }

    /// The counters of a plugin's steps.
    pub(crate) fn step_counters(&self, plugin: &str) -> StepCounters {
        let counter = |state: StepState| {
            self.steps.get_or_create_owned(&StepLabels { plugin: plugin.to_owned(), state: state.as_str() })
        };
        StepCounters {
            succeeded: counter(StepState::Succeeded),
            skipped: counter(StepState::Skipped),
            waiting: counter(StepState::Waiting),
            retrying: counter(StepState::Retrying),
            tolerated: counter(StepState::Tolerated),
            failed: counter(StepState::Failed),
        }
    }
}
