//! How fast, beside what this machine can do at most: `cargo bench -p hookbox-tests --bench proof [-- OPTIONS]`; `--help` names
//! the options, `tests/README.md` says what each figure means.
//!
//! One run measures, one after the other: bare HTTP, whole automations, a bare store and bare wasmtime; captures; latencies in
//! open loop; memory, starts and a backlog; and how costs grow. The servers are this same program started again, so that what is
//! measured is what ships. Whatever was not reached is in the table as well as what was.

mod called;
mod options;
mod progress;
mod processor;
mod machine;
mod wire;
mod load;
mod host;
mod bare_http;
mod whole;
mod doors;
mod bare_store;
mod bindings;
mod bare_action;
mod product_action;
mod actions;
mod memory;
mod growth;
mod figures;
mod table;
mod pictures;
mod alone;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Map, Value, json};

use options::{HELP, Options};
use progress::progress;

#[expect(clippy::print_stdout, reason = "help is asked for")]
fn main() -> ExitCode {
    // cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let done = match arguments.first().map(String::as_str) {
        Some("serve" | "compile-component") => return hookbox::main(),
        Some("bare") => return bare_http::serve(),
        Some("load") => alone::run(&arguments[1..]),
        _ if arguments.iter().any(|argument| argument == "--help") => {
            print!("{HELP}");
            Ok(())
        }
        _ => Options::read(&arguments).and_then(|options| bench(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proof: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn bench(options: &Options) -> Result<()> {
    let began = Instant::now();
    let machine = machine::describe(&options.dir);
    let mut run = Run { options, began, parts: Map::new(), failed: Vec::new(), whole: None };
    run.all();
    let parts = Value::Object(std::mem::take(&mut run.parts));
    let bound = run.whole.map_or(Value::Null, |whole| bound(&parts, whole));
    let figures = figures::all(&parts, &bound, machine["data_file_system"].as_str());
    let report = json!({
        "machine": machine, "quick": options.plan.is_quick, "connections": options.connections, "contacts": options.contacts,
        "figures": figures.iter().map(figures::Figure::report).collect::<Vec<_>>(), "bound": bound, "parts": parts,
        "failed": run.failed, "took_s": began.elapsed().as_secs_f64(),
    });
    print!("{}", table::table(&report, &figures));
    println!("took {:.0} s", began.elapsed().as_secs_f64());
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(dir) = &options.pictures {
        pictures::draw(&report["parts"], dir)?;
    }
    ensure!(run.failed.is_empty(), "not everything could be measured: {}", run.failed.join("; "));
    Ok(())
}

/// What is measured so far.
struct Run<'a> {
    options: &'a Options,
    began: Instant,
    parts: Map<String, Value>,
    /// What could not be measured, and why; the other parts are measured all the same.
    failed: Vec<String>,
    whole: Option<whole::Found>,
}

impl Run<'_> {
    /// Every part that is wanted, in order.
    fn all(&mut self) {
        let (options, began) = (self.options, self.began);
        self.part("http", |_| doors::bare(options));
        self.part("whole", |run| {
            let (report, found) = whole::distinct(options)?;
            run.whole = Some(found);
            Ok(report)
        });
        // Beside what they are limits of, because a shared machine is not the same for long.
        self.part("store", |run| bare_store::measure(options, run.whole.map(|whole| (whole.units, whole.units_each))));
        self.part("sandbox", |_| actions::measure(options));
        self.part("one", |_| whole::one(options));
        self.part("captures", |_| doors::captures(options));
        self.part("latency", |_| doors::latency(options));
        self.part("effects", |run| doors::effects(options, run.highest()?));
        self.part("rates", |run| doors::rates(options, run.highest()?));
        self.part("memory", |run| {
            let captures = run.parts.get("captures").and_then(|report| report["per_second"].as_f64());
            memory::measure(options, captures, run.whole.map(|whole| whole.per_second), began)
        });
        self.part("automations", |_| growth::automations(options));
        self.part("contacts", |_| growth::contacts(options, began));
        self.part("plugins", |_| growth::plugins(options));
        self.part("payloads", |_| growth::payloads(options));
    }

    fn part(&mut self, name: &str, measure: impl FnOnce(&mut Self) -> Result<Value>) {
        if !self.options.wants(name) {
            return;
        }
        progress(format_args!("{name}, {:.0} s since the start", self.began.elapsed().as_secs_f64()));
        // The clients of the tests break off where a host refuses them.
        let measured = catch_unwind(AssertUnwindSafe(|| measure(self)));
        match measured.unwrap_or_else(|_| Err(anyhow!("it broke off, as told above"))) {
            Ok(report) => {
                self.parts.insert(name.to_owned(), report);
            }
            Err(error) => {
                progress(format_args!("{name} could not be measured: {error:#}"));
                self.failed.push(format!("{name} ({error:#})"));
            }
        }
    }

    /// The highest rate of whole automations; measured briefly where `whole` was not.
    fn highest(&self) -> Result<f64> {
        match self.whole {
            Some(whole) => Ok(whole.per_second),
            None => whole::brief(self.options),
        }
    }
}

/// The most automations a second that HTTP, store and sandbox leave room for, by what each of them costs in this run, and what was
/// reached of it. None when one of them was not measured.
fn bound(parts: &Value, whole: whole::Found) -> Value {
    let figure = |pointer: &str| parts.pointer(pointer).and_then(Value::as_f64);
    let costs = (figure("/http/server_us"), figure("/store/automations/us"), figure("/sandbox/us"));
    let (Some(http), Some(store), Some(sandbox)) = costs else { return Value::Null };
    let cores = processor::count() as f64;
    let per_core = 1e6 / (http + store + sandbox);
    let per_second = per_core * (cores - whole.client_cores);
    let finished_per_busy_core = 1e6 / whole.server_us;
    json!({
        "http_us": http, "store_us": store, "sandbox_us": sandbox, "per_core": per_core, "cores": cores,
        "client_cores": whole.client_cores, "per_second": per_second, "share": whole.per_second / per_second,
        "finished_per_busy_core": finished_per_busy_core, "share_per_busy_core": finished_per_busy_core / per_core,
    })
}
