//! The same for as long as one likes, with a report: the program behind `benches/faults.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::children;
use super::shared::life::Tally;
use super::shared::power_loss::{Fault, goes_back, live};
use super::shared::{bit_rot, soak};

/// How many turns a store works before its disk fails.
const TURNS: usize = 8;

/// What is asked for on the command line.
struct Asked {
    kind: String,
    options: BTreeMap<String, String>,
}

impl Asked {
    fn read() -> Self {
        let (mut kind, mut options) = (None, BTreeMap::new());
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                // What cargo says to every bench.
                Some("bench") => {}
                Some(name) => drop(options.insert(name.to_owned(), words.next().unwrap_or_default())),
                None => kind = Some(word),
            }
        }
        Self { kind: kind.unwrap_or_else(|| "power-loss".into()), options }
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.options.get(name).map(|value| value.parse().unwrap_or_else(|_| panic!("--{name} {value}: no number")))
    }
}

/// Runs what is asked for.
#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
pub(crate) fn main() -> ExitCode {
    let asked = Asked::read();
    let first = asked.number("seed").unwrap_or(0);
    let minutes = asked.number("minutes");
    let count = asked.number("count").unwrap_or(if minutes.is_some() { u64::MAX } else { 10_000 });
    let (kind, seeds) = (asked.kind.as_str(), first..first.saturating_add(count));
    let began = Instant::now();
    let until = minutes.map(|minutes| began + Duration::from_secs(60 * minutes));
    let mut report = if kind == "bit-rot" && !asked.options.contains_key("here") {
        in_children(kind, seeds, until)
    } else {
        here(kind, seeds, until)
    };
    report["kind"] = kind.into();
    report["first_seed"] = first.into();
    report["seconds"] = began.elapsed().as_secs().into();
    let text = serde_json::to_string_pretty(&report).expect("the report is JSON");
    println!("{text}");
    if let Some(file) = asked.options.get("report") {
        fs::write(file, text).unwrap_or_else(|error| panic!("{file} cannot be written: {error}"));
    }
    if report["violations"] == json!([]) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tries seeds in processes of their own.
fn in_children(kind: &str, seeds: Range<u64>, until: Option<Instant>) -> Value {
    let children::Reports { sums, violations, ended } = children::run(kind, seeds, until);
    let mut report = Value::Object(sums);
    report["violations"] = violations.into();
    report["ended_the_process"] = ended.into();
    report
}

/// Tries seeds in this process.
fn here(kind: &str, seeds: Range<u64>, until: Option<Instant>) -> Value {
    let one = |seed: u64| match kind {
        "power-loss" if seed.is_multiple_of(100) => {
            goes_back(seed, TURNS);
            Tally { lives: 1, refused: 2, ..Tally::default() }
        }
        "power-loss" => live(seed, Fault::Power, TURNS),
        "errors" => live(seed, Fault::Errors, TURNS),
        "bit-rot" => bit_rot::rots(seed),
        "lying-disk" => live(seed, Fault::LyingDisk, TURNS),
        other => panic!("{other}: the kinds are power-loss, errors, bit-rot and lying-disk"),
    };
    let (tally, violations) = soak::run(seeds, until, one);
    json!({
        "stores": tally.lives,
        "answered": tally.answered,
        "under_way": tally.under_way,
        "found_done": tally.found_done,
        "disk_failures": tally.failures,
        "while_opening": tally.while_opening,
        "records_compared": tally.compared,
        "refused": tally.refused,
        "told_damaged": tally.told_damaged,
        "missing_until_checked": tally.missing,
        "harmless": tally.harmless,
        "violations": violations.iter().map(|(seed, what)| json!({"seed": seed, "what": what})).collect::<Vec<_>>(),
    })
}
