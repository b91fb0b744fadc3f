//! The figures to reach, and whether they were. What was not reached is said as plainly as what was.

use serde_json::{Value, json};

use crate::growth::BEND;

/// The store that a start after a kill is asked of, in MB.
const LARGE_STORE_MB: f64 = 10_000.0;

/// The backlog that is asked of.
const LARGE_BACKLOG: f64 = 1_000_000.0;

/// A figure to reach.
pub(crate) struct Figure {
    name: String,
    wanted: Wanted,
    unit: &'static str,
    value: Option<f64>,
    /// Why it does not count as asked, although it was measured.
    but: Option<String>,
}

enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// What became of a figure.
#[derive(PartialEq, Eq)]
enum Mark {
    Reached,
    NotReached,
    /// Within the figure, but measured at less than what is asked.
    Smaller,
    NotMeasured,
}

/// Every figure to reach, from what the parts reported.
pub(crate) fn all(parts: &Value, bound: &Value) -> Vec<Figure> {
    use Wanted::{AtLeast, AtMost};
    let part = |pointer: &str| parts.pointer(pointer).and_then(Value::as_f64);
    let figure = |name: &str, wanted, unit, value| Figure { name: name.into(), wanted, unit, value, but: None };
    let captures = part("/captures/per_second");
    let share_of_http = captures.zip(part("/http/per_second")).map(|(ours, bare)| ours / bare);
    let mut figures = vec![
        figure("whole automations, 3 sandboxed actions", AtLeast(16_000.0), "/s", part("/whole/finished_per_second")),
        figure("share of the bound 1 / (a + b + c)", AtLeast(0.8), "", bound["share"].as_f64()),
        figure("captures", AtLeast(20_000.0), "/s", captures),
        figure("captures, share of bare HTTP", AtLeast(0.5), "", share_of_http),
        figure("answer p99 at 5,000/s, open loop", AtMost(10.0), "ms", part("/latency/p99_ms")),
        figure("request to committed effects p99, half load", AtMost(25.0), "ms", part("/effects/effects/p99_ms")),
        figure("action call against bare wasmtime", AtMost(1.25), "×", part("/sandbox/ratio")),
        figure("memory, idle", AtMost(80.0), "MB", part("/memory/idle_rss_mb")),
        figure("memory, full load", AtMost(400.0), "MB", part("/whole/rss_mb")),
        backlog_memory(parts),
        backlog_drain(parts),
        figure("start to ready, empty store", AtMost(0.3), "s", part("/memory/empty_start_s")),
        start_after_kill(parts),
    ];
    if parts.pointer("/whole/backlog_is_flat") == Some(&Value::Bool(false)) {
        figures[0].but = Some("its backlog grew".into());
    }
    for (at, pointer) in [(0, "/whole/refused"), (4, "/latency/refused"), (5, "/effects/refused")] {
        if let Some(refused) = part(pointer).filter(|refused| *refused > 0.0) {
            figures[at].but = Some(format!("{refused} requests were refused as too many"));
        }
    }
    for curve in ["automations", "contacts", "plugins", "payloads"] {
        let name = format!("cost of one over the first point: {curve}");
        let mut figure = figure(&name, AtMost(BEND), "×", part(&format!("/{curve}/most_of_first")));
        let left_out = parts[curve]["left_out"].as_array().filter(|left_out| !left_out.is_empty());
        figure.but = left_out.map(|left_out| format!("{left_out:?} left out for want of time"));
        figures.push(figure);
    }
    figures
}

/// The memory that a backlog takes: beyond that of full load without one, where that was measured, else of an idle host.
fn backlog_memory(parts: &Value) -> Figure {
    let part = |pointer: &str| parts.pointer(pointer).and_then(Value::as_f64);
    let most = part("/memory/backlog/rss_mb").zip(part("/memory/backlog/rss_draining_mb")).map(|(a, b)| a.max(b));
    let without = part("/whole/rss_mb").or(part("/memory/backlog/rss_before_mb"));
    Figure {
        name: "memory of a backlog, beyond full load".into(),
        wanted: Wanted::AtMost(100.0),
        unit: "MB",
        value: most.zip(without).map(|(most, without)| most - without),
        but: smaller_backlog(parts),
    }
}

fn backlog_drain(parts: &Value) -> Figure {
    let part = |pointer: &str| parts.pointer(pointer).and_then(Value::as_f64);
    let rates = part("/memory/backlog/drained_per_second").zip(part("/whole/finished_per_second"));
    Figure {
        name: "drain of a backlog against no backlog".into(),
        wanted: Wanted::AtLeast(0.8),
        unit: "",
        value: rates.map(|(drained, whole)| drained / whole),
        but: smaller_backlog(parts),
    }
}

fn smaller_backlog(parts: &Value) -> Option<String> {
    let captures = parts.pointer("/memory/backlog/captures")?.as_f64()?;
    (captures < LARGE_BACKLOG).then(|| format!("of {captures} captures, not {LARGE_BACKLOG}"))
}

fn start_after_kill(parts: &Value) -> Figure {
    let part = |pointer: &str| parts.pointer(pointer).and_then(Value::as_f64);
    let store_mb = part("/memory/backlog/store_mb").filter(|store_mb| *store_mb < LARGE_STORE_MB);
    Figure {
        name: "start to ready, large store after a kill".into(),
        wanted: Wanted::AtMost(5.0),
        unit: "s",
        value: part("/memory/backlog/start_after_kill_s"),
        but: store_mb.map(|store_mb| format!("of {store_mb:.0} MB, not {LARGE_STORE_MB}")),
    }
}

impl Figure {
    fn mark(&self) -> Mark {
        let Some(value) = self.value else { return Mark::NotMeasured };
        let within = match self.wanted {
            Wanted::AtLeast(wanted) => value >= wanted,
            Wanted::AtMost(wanted) => value <= wanted,
        };
        match (within, &self.but) {
            (false, _) => Mark::NotReached,
            (true, None) => Mark::Reached,
            (true, Some(_)) => Mark::Smaller,
        }
    }

    /// What is asked for, as people write it.
    pub(crate) fn wanted(&self) -> String {
        match self.wanted {
            Wanted::AtLeast(wanted) => format!("≥ {wanted} {}", self.unit),
            Wanted::AtMost(wanted) => format!("≤ {wanted} {}", self.unit),
        }
    }

    /// Its row: name, what is asked, what was measured, what became of it.
    pub(crate) fn row(&self) -> [String; 4] {
        let value = match self.value {
            None => "–".into(),
            Some(value) if value.abs() >= 100.0 => format!("{value:.0} {}", self.unit),
            Some(value) => format!("{value:.2} {}", self.unit),
        };
        let mark = match self.mark() {
            Mark::Reached => "reached",
            Mark::NotReached => "NOT REACHED",
            Mark::Smaller => "not as asked",
            Mark::NotMeasured => "not measured",
        };
        let but = self.but.iter().filter(|_| self.value.is_some()).map(|but| format!(" ({but})"));
        [self.name.clone(), self.wanted(), value, but.fold(mark.to_owned(), |mark, but| mark + &but)]
    }

    /// It as JSON.
    pub(crate) fn report(&self) -> Value {
        let reached = match self.mark() {
            Mark::Reached => Some(true),
            Mark::NotReached | Mark::Smaller => Some(false),
            Mark::NotMeasured => None,
        };
        json!({ "figure": self.name, "wanted": self.wanted(), "value": self.value, "reached": reached, "but": self.but })
    }
}
