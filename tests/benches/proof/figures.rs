//! The figures to reach, and whether they were. What was not reached is said as plainly as what was.

use serde_json::{Value, json};

use crate::growth::BEND;

/// The store that a start after a kill is asked of, in MB.
const LARGE_STORE_MB: f64 = 10_000.0;

/// The backlog that is asked of.
const LARGE_BACKLOG: f64 = 1_000_000.0;

/// Kinds of file systems that lie in memory, as `stat -f` names them: nothing is durable there.
const IN_MEMORY: [&str; 3] = ["tmpfs", "ramfs", "hugetlbfs"];

/// A figure to reach.
pub(crate) struct Figure {
    name: String,
    wanted: Wanted,
    unit: &'static str,
    value: Option<f64>,
    /// Why it does not count as asked, although it was measured.
    but: Vec<String>,
    /// What else is to be known beside it.
    beside: Option<String>,
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
    /// Within the figure, but not measured as it is asked.
    NotAsAsked,
    NotMeasured,
}

/// Every figure to reach, from what the parts reported with data on this kind of file system.
pub(crate) fn all(parts: &Value, bound: &Value, file_system: Option<&str>) -> Vec<Figure> {
    use Wanted::{AtLeast, AtMost};
    let part = |pointer: &str| number(parts, pointer);
    let figure = |name: &str, wanted, unit, pointer: &str| Figure::new(name, wanted, unit, part(pointer));
    let mut figures = vec![
        figure("whole automations, 3 sandboxed actions", AtLeast(16_000.0), "/s", "/whole/finished_per_second")
            .but(backlog_grew(parts))
            .but(refused(parts, "/whole/refused")),
        Figure::new("share of the bound 1 / (a + b + c)", AtLeast(0.8), "", bound["share"].as_f64()),
        figure("captures", AtLeast(20_000.0), "/s", "/captures/per_second"),
        share_of_http(parts),
        figure("answer p99 at 5,000/s, open loop", AtMost(10.0), "ms", "/latency/p99_ms")
            .but(refused(parts, "/latency/refused")),
        figure("request to committed effects p99, half load", AtMost(25.0), "ms", "/effects/effects/p99_ms")
            .but(refused(parts, "/effects/refused")),
        figure("action call against bare wasmtime", AtMost(1.25), "×", "/sandbox/ratio"),
        figure("memory, idle", AtMost(80.0), "MB", "/memory/idle_rss_mb"),
        figure("memory, full load, at most", AtMost(400.0), "MB", "/whole/peak_mb"),
        backlog_memory(parts),
        backlog_drain(parts),
        figure("start to ready, empty store", AtMost(0.3), "s", "/memory/empty_start_s"),
        start_after_kill(parts),
    ];
    for curve in ["automations", "contacts", "plugins", "payloads"] {
        for (time, most) in [("processor time", "most_of_first"), ("time", "most_wall_of_first")] {
            let name = format!("{time} of one over the first: {curve}");
            let left_out = parts[curve]["left_out"].as_array().filter(|left_out| !left_out.is_empty());
            let but = left_out.map(|left_out| format!("{left_out:?} left out for want of time"));
            figures.push(figure(&name, AtMost(BEND), "×", &format!("/{curve}/{most}")).but(but));
        }
    }
    figures.into_iter().map(|figure| figure.but(not_durable(file_system))).collect()
}

fn number(parts: &Value, pointer: &str) -> Option<f64> {
    parts.pointer(pointer).and_then(Value::as_f64)
}

/// Why a run does not count whose data lies there.
fn not_durable(file_system: Option<&str>) -> Option<String> {
    match file_system {
        Some(name) if IN_MEMORY.contains(&name) => Some(format!("data on {name}, not on a disk")),
        Some(_) => None,
        None => Some("it is not known whether the data is on a disk".into()),
    }
}

fn backlog_grew(parts: &Value) -> Option<String> {
    (parts.pointer("/whole/backlog_is_flat") == Some(&Value::Bool(false))).then(|| "its backlog grew".into())
}

fn refused(parts: &Value, pointer: &str) -> Option<String> {
    let refused = number(parts, pointer).filter(|refused| *refused > 0.0)?;
    Some(format!("{refused} requests were refused as too many"))
}

/// Captures beside bare HTTP: of their rates, which both pay for the load client on the same processors; the share by the processor
/// time of the servers alone is told beside it.
fn share_of_http(parts: &Value) -> Figure {
    let share = |ours: &str, bare: &str| number(parts, ours).zip(number(parts, bare)).map(|(ours, bare)| ours / bare);
    let by_server = share("/http/server_us", "/captures/server_us");
    let is_clients_limit = parts.pointer("/http/is_clients_limit") == Some(&Value::Bool(true));
    let rates = share("/captures/per_second", "/http/per_second");
    Figure {
        beside: by_server.map(|share| format!("{share:.2} by processor time of the servers")),
        ..Figure::new("captures, share of bare HTTP", Wanted::AtLeast(0.5), "", rates)
            .but(is_clients_limit.then(|| "bare HTTP is faster than the load client".into()))
    }
}

/// The memory that a backlog takes: at rest, beyond the same host idle before it; and at most while it drains, beyond what a small
/// one takes while it drains. The greater of both.
fn backlog_memory(parts: &Value) -> Figure {
    let more = |with: &str, without: &str| {
        number(parts, with).zip(number(parts, without)).map(|(with, without)| with - without)
    };
    let at_rest = more("/memory/backlog/rss_mb", "/memory/backlog/rss_before_mb");
    let draining = more("/memory/backlog/peak_draining_mb", "/memory/small_backlog/peak_draining_mb");
    let both = at_rest.zip(draining);
    Figure {
        beside: both.map(|(at_rest, draining)| format!("{at_rest:.0} MB at rest, {draining:.0} MB while it drains")),
        ..Figure::new("memory of a backlog, beyond none", Wanted::AtMost(100.0), "MB", both.map(|(a, b)| a.max(b)))
            .but(smaller_backlog(parts))
    }
}

fn backlog_drain(parts: &Value) -> Figure {
    let rate = |backlog: &str| number(parts, &format!("/memory/{backlog}/drained_per_second"));
    let share = rate("backlog").zip(rate("small_backlog")).map(|(large, small)| large / small);
    let small = number(parts, "/memory/small_backlog/captures");
    Figure {
        beside: small.map(|captures| format!("beside one of {captures}")),
        ..Figure::new("drain of a backlog against a small one", Wanted::AtLeast(0.8), "", share)
            .but(smaller_backlog(parts))
    }
}

fn smaller_backlog(parts: &Value) -> Option<String> {
    let captures = number(parts, "/memory/backlog/captures")?;
    (captures < LARGE_BACKLOG).then(|| format!("of {captures} captures, not {LARGE_BACKLOG}"))
}

fn start_after_kill(parts: &Value) -> Figure {
    let store_mb = number(parts, "/memory/backlog/store_mb").filter(|store_mb| *store_mb < LARGE_STORE_MB);
    let value = number(parts, "/memory/backlog/start_after_kill_s");
    Figure::new("start to ready, large store after a kill", Wanted::AtMost(5.0), "s", value)
        .but(store_mb.map(|store_mb| format!("of {store_mb:.0} MB, not {LARGE_STORE_MB}")))
}

impl Figure {
    fn new(name: &str, wanted: Wanted, unit: &'static str, value: Option<f64>) -> Self {
        Self { name: name.into(), wanted, unit, value, but: Vec::new(), beside: None }
    }

    /// With one more reason, if there is one, why it does not count as asked.
    fn but(mut self, reason: Option<String>) -> Self {
        self.but.extend(reason);
        self
    }

    fn mark(&self) -> Mark {
        let Some(value) = self.value else { return Mark::NotMeasured };
        let within = match self.wanted {
            Wanted::AtLeast(wanted) => value >= wanted,
            Wanted::AtMost(wanted) => value <= wanted,
        };
        match (within, self.but.is_empty()) {
            (false, _) => Mark::NotReached,
            (true, true) => Mark::Reached,
            (true, false) => Mark::NotAsAsked,
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
            Mark::NotAsAsked => "not as asked",
            Mark::NotMeasured => "not measured",
        };
        let said: Vec<&str> = self.but.iter().chain(&self.beside).map(String::as_str).collect();
        let mark = match said.is_empty() || self.value.is_none() {
            true => mark.to_owned(),
            false => format!("{mark} ({})", said.join("; ")),
        };
        [self.name.clone(), self.wanted(), value, mark]
    }

    /// It as JSON.
    pub(crate) fn report(&self) -> Value {
        let reached = match self.mark() {
            Mark::Reached => Some(true),
            Mark::NotReached | Mark::NotAsAsked => Some(false),
            Mark::NotMeasured => None,
        };
        json!({
            "figure": self.name, "wanted": self.wanted(), "value": self.value, "reached": reached, "but": self.but,
            "beside": self.beside,
        })
    }
}
