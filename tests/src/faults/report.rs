//! What a soak leaves behind: one JSON document with what was done, counted and measured, and on which machine.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::Figures;

/// A figure that is to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The measure.
    pub figure: &'static str,
    /// What it is to be at most.
    pub at_most: f64,
}

/// A soak that has ended.
#[derive(Debug)]
pub struct Soak<'a> {
    /// Which fault it was about.
    pub fault: &'a str,
    /// The seed of its first round; each further round has the next one.
    pub seed: u64,
    /// How many rounds there were.
    pub rounds: u64,
    /// When it began, as `date` prints it.
    pub began_at: String,
    /// How long it took.
    pub took: Duration,
    /// The figures of all its rounds.
    pub figures: Figures,
    /// What is to be reached.
    pub targets: &'a [Target],
    /// What was wrong, and in the round of which seed.
    pub wrong: Option<(u64, String)>,
    /// Why there was no round.
    pub skipped: Option<String>,
}

impl Soak<'_> {
    /// The report.
    pub fn report(&self) -> Value {
        let counts: serde_json::Map<String, Value> =
            self.figures.counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        let most: serde_json::Map<String, Value> =
            self.figures.most.iter().map(|(name, value)| ((*name).to_owned(), json!(rounded(*value)))).collect();
        let wrong = self.wrong.as_ref().map(|(seed, what)| json!({"seed": seed, "what": what}));
        json!({
            "fault": self.fault,
            "seed": self.seed,
            "rounds": self.rounds,
            "began_at": self.began_at,
            "seconds": rounded(self.took.as_secs_f64()),
            "counts": counts,
            "measures": most,
            "targets": self.targets.iter().map(|target| self.target(target)).collect::<Vec<_>>(),
            "wrong": wrong,
            "skipped": self.skipped,
            "build": if cfg!(debug_assertions) { "debug" } else { "release" },
            "machine": machine(),
        })
    }

    fn target(&self, target: &Target) -> Value {
        let reached = self.figures.largest(target.figure);
        let held = reached.map(|reached| reached <= target.at_most);
        json!({"figure": target.figure, "at_most": target.at_most, "reached": reached.map(rounded), "held": held})
    }
}

/// The date and the time of now in UTC, as `date` of this machine prints it.
pub fn now() -> String {
    said(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))
}

fn machine() -> Value {
    let line = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "processor": line("/proc/cpuinfo", "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory": line("/proc/meminfo", "MemTotal"),
        "kernel": said(Command::new("uname").arg("-sr")),
    })
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Soak, Target};
    use crate::faults::Figures;

    #[test]
    fn a_report_says_what_was_reached_and_what_was_not() {
        let mut figures = Figures::default();
        figures.count("kills", 2);
        let mut second = Figures::default();
        second.count("kills", 3);
        second.most("ready_ms_most", 90.126);
        figures.most("ready_ms_most", 7.0);
        figures.merge(&second);
        let target = |figure, at_most| Target { figure, at_most };
        let targets = [target("ready_ms_most", 90.0), target("ready_ms_most", 100.0), target("lost", 0.0)];
        let soak = Soak {
            fault: "kills",
            seed: 7,
            rounds: 2,
            began_at: super::now(),
            took: Duration::from_millis(1_234),
            figures,
            targets: &targets,
            wrong: Some((8, "a capture is lost".into())),
            skipped: None,
        };
        let report = soak.report();
        assert_eq!((&report["counts"], &report["measures"]), (&json!({"kills": 5}), &json!({"ready_ms_most": 90.13})));
        assert_eq!((&report["seconds"], &report["wrong"]["seed"]), (&json!(1.23), &json!(8)));
        let held: Vec<_> = report["targets"].as_array().into_iter().flatten().map(|target| &target["held"]).collect();
        assert_eq!(held, [&json!(false), &json!(true), &json!(null)]);
    }
}
