//! The table for people, and the line of JSON for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::loading::Loading;
use crate::plugins::Plugin;
use crate::{RATIO_MAX, ROUNDS};

/// What the table says of itself.
const HEADING: &str = "\
score-lead is called with a payload that names no company, so it calls no other machine. Measured is what it takes to start the
instance and the language's runtime in it, to hand over the invocation, to parse payload and settings, and to answer.
compiled: Sandbox::load with a compiler process, once; cached: the same in a new sandbox that finds the compiled code, the best of
several; memory: the linear memories of a call; component: its bytes";

/// What was measured of one plugin.
pub(crate) struct Row {
    name: &'static str,
    language: &'static str,
    component_bytes: usize,
    calls_a_round: u32,
    bare_us: f64,
    invoke_us: f64,
    memory_bytes: u64,
    loading: Loading,
}

impl Row {
    /// The best call of each side, and what it took to load the plugin.
    pub(crate) fn new(plugin: &Plugin, calls: u32, best: Best, loading: Loading) -> Self {
        Self {
            name: plugin.name,
            language: plugin.language,
            component_bytes: plugin.component.len(),
            calls_a_round: calls,
            bare_us: micros(best.bare),
            invoke_us: micros(best.ours),
            memory_bytes: best.memory_bytes,
            loading,
        }
    }

    fn ratio(&self) -> f64 {
        self.invoke_us / self.bare_us
    }

    fn as_json(&self) -> Value {
        json!({
            "plugin": self.name,
            "language": self.language,
            "component_bytes": self.component_bytes,
            "calls_a_round": self.calls_a_round,
            "bare_us": self.bare_us,
            "invoke_us": self.invoke_us,
            "ratio": self.ratio(),
            "memory_bytes": self.memory_bytes,
            "compiled_ms": micros(self.loading.compiled) / 1e3,
            "cached_ms": micros(self.loading.cached) / 1e3,
        })
    }
}

/// A call in the best round of each side.
pub(crate) struct Best {
    pub(crate) bare: Duration,
    pub(crate) ours: Duration,
    /// The most memory that a call took.
    pub(crate) memory_bytes: u64,
}

/// Everything in one line.
pub(crate) fn line(rows: &[Row]) -> String {
    let plugins: Vec<Value> = rows.iter().map(Row::as_json).collect();
    json!({ "rounds": ROUNDS, "ratio_max": RATIO_MAX, "plugins": plugins }).to_string()
}

/// The table with its heading.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = format!(
        "one action, one thread, best of {ROUNDS} rounds; wanted is a ratio of at most {RATIO_MAX}\n{HEADING}\n\n\
         {:<25}{:>13}{:>17}{:>7}{:>11}{:>11}{:>12}{:>10}{:>12}\n",
        "", "bare wasmtime", "Sandbox::invoke", "ratio", "calls/s", "memory", "compiled", "cached", "component"
    );
    for row in rows {
        let written = writeln!(
            table,
            "{:<14}{:<11}{:>10.2} µs{:>14.2} µs{:>7.2}{:>11.0}{:>7.1} MiB{:>9.0} ms{:>7.1} ms{:>8.2} MiB",
            row.name,
            row.language,
            row.bare_us,
            row.invoke_us,
            row.ratio(),
            1e6 / row.invoke_us,
            mebibytes(row.memory_bytes as f64),
            micros(row.loading.compiled) / 1e3,
            micros(row.loading.cached) / 1e3,
            mebibytes(row.component_bytes as f64),
        );
        written.expect("a text takes what is written");
    }
    table
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

fn mebibytes(bytes: f64) -> f64 {
    bytes / f64::from(1 << 20)
}
