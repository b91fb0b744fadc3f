//! Seeds in processes of their own: on a page that is damaged in itself redb may panic while it unwinds from a panic, and that ends the
//! process.

use std::ops::Range;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Map, Value};

/// How many seeds a process tries.
const SEEDS: u64 = 500;

/// What many processes reported, added up, and the seeds that ended theirs.
#[derive(Default)]
pub(crate) struct Reports {
    pub(crate) sums: Map<String, Value>,
    pub(crate) violations: Vec<Value>,
    pub(crate) ended: Vec<u64>,
}

/// Tries seeds of a kind until they are through or it is time to end.
pub(crate) fn run(kind: &str, mut seeds: Range<u64>, until: Option<Instant>) -> Reports {
    let mut reports = Reports::default();
    while !seeds.is_empty() && until.is_none_or(|until| Instant::now() < until) {
        let end = seeds.end.min(seeds.start + SEEDS);
        reports.of(kind, seeds.start..end);
        seeds.start = end;
    }
    reports
}

impl Reports {
    /// Tries these; where one ends the process, each half once more, until it is known which.
    fn of(&mut self, kind: &str, seeds: Range<u64>) {
        match report(kind, &seeds) {
            Some(Value::Object(report)) => self.add(report),
            Some(other) => panic!("seeds {seeds:?}: the report is {other}"),
            None if seeds.end - seeds.start == 1 => self.ended.push(seeds.start),
            None => {
                let middle = seeds.start.midpoint(seeds.end);
                self.of(kind, seeds.start..middle);
                self.of(kind, middle..seeds.end);
            }
        }
    }

    fn add(&mut self, report: Map<String, Value>) {
        for (name, value) in report {
            match value {
                Value::Number(number) => {
                    let known = self.sums.get(&name).and_then(Value::as_u64).unwrap_or(0);
                    self.sums.insert(name, (known + number.as_u64().unwrap_or(0)).into());
                }
                Value::Array(violations) => self.violations.extend(violations),
                _ => {}
            }
        }
    }
}

/// What a process reports of these seeds; nothing when it was ended by a signal.
fn report(kind: &str, seeds: &Range<u64>) -> Option<Value> {
    let program = std::env::current_exe().expect("this program has a path");
    let (first, count) = (seeds.start.to_string(), (seeds.end - seeds.start).to_string());
    let mut command = Command::new(program);
    command.args([kind, "--seed", &first, "--count", &count, "--here", "yes"]).stderr(Stdio::null());
    let output = command.output().expect("this program can be started again");
    output.status.code()?;
    Some(serde_json::from_slice(&output.stdout).expect("it reports in JSON"))
}
