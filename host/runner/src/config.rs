//! The runner's numbers.

use serde::Deserialize;

use crate::{QuarantineConfig, StatsConfig};

/// The runner's numbers, with their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Runs that may be claimed at once, those that wait for an earlier run of their contact included. 512: four for each
    /// instance of the sandbox's pool, so that it never waits for a claim. One workspace gets at most half, by the store.
    pub runs_max: usize,
    /// Runs of one claim. 64: a batch that the writer commits together.
    pub claim_max: usize,
    /// Attempts of one step before the run becomes a dead letter. 6: with the delays below about 8 hours.
    pub attempts_max: u32,
    /// The delay before the second attempt, in milliseconds. 30 s.
    pub retry_base_ms: u64,
    /// What each further delay is multiplied by. 5: 30 s, 2.5 min, 12.5 min, 1 h, 5 h.
    pub retry_factor: u32,
    /// The longest delay, in milliseconds, also of what a plugin or its peer asks for. 24 h.
    pub retry_delay_max_ms: u64,
    /// How often a host may end while a run is unfinished before the run becomes a dead letter. 3.
    pub interruptions_max: u32,
    /// How often a run begins anew because its contact or its plugins' state changed under it, before it is given back. 100.
    pub conflicts_max: u32,
    /// How long runs may go on after the host was asked to stop, in milliseconds. 25 s.
    pub grace_ms: u64,
    /// Bytes of a run's records (inputs, outputs, effects, logs) from which on it calls no further action: a run is read and
    /// written whole. 8 MiB.
    pub run_bytes_max: usize,
    /// Automation versions kept compiled. 1,000.
    pub automations_kept_max: usize,
    /// Workspaces whose names are kept. 1,000.
    pub workspaces_kept_max: usize,
    /// Plugin versions kept ready to be called, those of each workspace by themselves. 1,000.
    pub plugins_kept_max: usize,
    /// How long a run keeps its place while a plugin is loaded for the first time, in milliseconds; then it waits and others go
    /// on. 2 s: only a component that has to be compiled takes longer.
    pub load_wait_ms: u64,
    /// How long a run waits then before it looks again, in milliseconds. 5 s.
    pub load_delay_ms: u64,
    /// How often in a row the host may fail to compile a plugin, for want of time or memory or of the compiler, before the runs that
    /// come to it fail; they wait until then, after each time for longer. 20: about a quarter of an hour.
    pub load_failures_max: u32,
    /// When plugins are not called for a while.
    pub quarantine: QuarantineConfig,
    /// How what happens is counted.
    pub stats: StatsConfig,
    /// The limits of the mapping language; the admin door checks documents against the same.
    pub mapping: hookbox_mapping::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            runs_max: 512,
            claim_max: 64,
            attempts_max: 6,
            retry_base_ms: 30_000,
            retry_factor: 5,
            retry_delay_max_ms: 86_400_000,
            interruptions_max: 3,
            conflicts_max: 100,
            grace_ms: 25_000,
            run_bytes_max: 8 << 20,
            automations_kept_max: 1_000,
            workspaces_kept_max: 1_000,
            plugins_kept_max: 1_000,
            load_wait_ms: 2_000,
            load_delay_ms: 5_000,
            load_failures_max: 20,
            quarantine: QuarantineConfig::default(),
            stats: StatsConfig::default(),
            mapping: hookbox_mapping::Config::default(),
        }
    }
}
