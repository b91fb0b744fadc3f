//! The part `memory` (g): memory of an idle host, starting on an empty store, a backlog of many captures with its memory, a kill and
//! a start on what it made, and how fast it drains.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::host::{Host, NO_RUNS};
use crate::load::{Length, Load};
use crate::options::Options;
use crate::progress::progress;
use crate::whole;

/// Captures of the backlog, when there is time for them.
const BACKLOG: u64 = 1_000_000;

/// And when there is not.
const BACKLOG_SHORT: u64 = 200_000;

/// And in the quick form.
const BACKLOG_QUICK: u64 = 20_000;

/// What the parts after this one need.
const RESERVE: Duration = Duration::from_secs(210);

/// Rates that are assumed where they were not measured.
const ASSUMED_PER_S: f64 = 10_000.0;

/// How often memory is looked at.
const STEP: Duration = Duration::from_millis(200);

/// How long a drain may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures it. `captures` and `whole` are rates, where they are known; `began` is when the bench did.
pub(crate) fn measure(options: &Options, captures: Option<f64>, whole: Option<f64>, began: Instant) -> Result<Value> {
    let mut report = starts(options)?;
    let fits = |count: u64| {
        let per_capture = 1.0 / captures.unwrap_or(ASSUMED_PER_S) + 1.0 / whole.unwrap_or(ASSUMED_PER_S);
        began.elapsed().as_secs_f64() + count as f64 * per_capture + RESERVE.as_secs_f64()
            < options.plan.budget.as_secs_f64()
    };
    let count = match options.backlog {
        Some(count) => count,
        None if options.plan.is_quick => BACKLOG_QUICK,
        None if fits(BACKLOG) => BACKLOG,
        None => BACKLOG_SHORT,
    };
    report["backlog"] = backlog(options, count)?;
    Ok(report)
}

/// An empty store: made and compiled for, and opened again; the memory of a host that nobody asks anything.
fn starts(options: &Options) -> Result<Value> {
    let home = tempfile::Builder::new().prefix("hookbox-bench-").tempdir_in(&options.dir)?;
    let data = home.path().join("data");
    let host = Host::start(&data, &[])?;
    let first = host.ready;
    thread::sleep(options.plan.warm);
    let idle_mb = host.rss_mb()?;
    host.stopped()?;
    let again = Host::start(&data, &[])?.ready;
    Ok(json!({ "idle_rss_mb": idle_mb, "first_start_s": first.as_secs_f64(), "empty_start_s": again.as_secs_f64() }))
}

fn backlog(options: &Options, count: u64) -> Result<Value> {
    let host = Host::fresh(options, &[NO_RUNS])?;
    let load = whole::load(&host, vec![host.order_shipped()], options, options.contacts);
    let before_mb = host.rss_mb()?;
    progress(format_args!("a backlog of {count} captures"));
    let loaded = Load { length: Length::Requests(count), ..load }.run()?;
    ensure!(loaded.answers == count, "{} of {count} requests were captured", loaded.answers);
    let (full_mb, store_bytes) = (host.rss_mb()?, host.store_bytes()?);
    let host = host.killed_and_started(&[])?;
    progress(format_args!("ready {:.2} s after a kill; draining", host.ready.as_secs_f64()));
    let drained = drain(&host, count as f64)?;
    Ok(json!({
        "captures": count, "captured_per_second": loaded.per_second(), "rss_before_mb": before_mb, "rss_mb": full_mb,
        "store_mb": store_bytes as f64 / 1e6, "start_after_kill_s": host.ready.as_secs_f64(),
        "drained_per_second": count as f64 / drained.0, "rss_draining_mb": drained.1,
        "store_drained_mb": host.store_bytes()? as f64 / 1e6,
    }))
}

/// Waits for the last run: the seconds it took, and the most memory meanwhile, in MiB.
fn drain(host: &Host, count: f64) -> Result<(f64, f64)> {
    let began = Instant::now();
    let (mut peak_mb, mut last, mut moved) = (0.0_f64, -1.0, Instant::now());
    loop {
        let finished = host.metrics()?.finished();
        peak_mb = peak_mb.max(host.rss_mb()?);
        if finished >= count {
            return Ok((began.elapsed().as_secs_f64(), peak_mb));
        }
        if finished > last {
            (last, moved) = (finished, Instant::now());
        }
        ensure!(moved.elapsed() < PATIENCE, "the backlog stands still at {last} of {count}");
        thread::sleep(STEP);
    }
}
