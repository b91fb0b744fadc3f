//! The part `memory` (g): memory of an idle host, starting on an empty store, a backlog of many captures with its memory, a kill and
//! a start on what it made, and how fast it drains. A small backlog goes through the same before it, on the same store: what a large
//! one costs is told beside that, as both are without a client, without HTTP and without captures while they drain.

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

/// The backlog that it is compared with, and in the quick form; never more than half of it.
const SMALL: u64 = 50_000;
const SMALL_QUICK: u64 = 8_000;

/// The part of a backlog that is finished before its rate counts: after a start everything is met for the first time.
const DRAIN_UNCOUNTED: f64 = 0.1;

/// What the parts after this one need.
const RESERVE: Duration = Duration::from_secs(210);

/// Rates that are assumed where they were not measured.
const ASSUMED_PER_S: f64 = 10_000.0;

/// How often it is looked at how much is drained.
const STEP: Duration = Duration::from_millis(20);

/// How long a drain may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures it. `captures` and `whole` are rates, where they are known; `began` is when the bench did.
pub(crate) fn measure(options: &Options, captures: Option<f64>, whole: Option<f64>, began: Instant) -> Result<Value> {
    let mut report = starts(options)?;
    let fits = |count: u64| {
        let per_capture = 1.0 / captures.unwrap_or(ASSUMED_PER_S) + 1.0 / whole.unwrap_or(ASSUMED_PER_S);
        began.elapsed().as_secs_f64() + (count + SMALL) as f64 * per_capture + RESERVE.as_secs_f64()
            < options.plan.budget.as_secs_f64()
    };
    let count = match options.backlog {
        Some(count) => count,
        None if options.plan.is_quick => BACKLOG_QUICK,
        None if fits(BACKLOG) => BACKLOG,
        None => BACKLOG_SHORT,
    };
    let small = if options.plan.is_quick { SMALL_QUICK } else { SMALL };
    // Its contacts are there already, so that neither backlog makes them.
    let (host, load) = whole::prepared(options, options.contacts)?;
    let (host, small) = backlog(host, &load, small.min(count / 2).max(1))?;
    let (_, large) = backlog(host, &load, count)?;
    report["small_backlog"] = small;
    report["backlog"] = large;
    Ok(report)
}

/// An empty store: made and compiled for, and opened again as every later start does; the memory of a host that nobody asks anything.
fn starts(options: &Options) -> Result<Value> {
    let home = tempfile::Builder::new().prefix("hookbox-bench-").tempdir_in(&options.dir)?;
    let data = home.path().join("data");
    let host = Host::start(&data, &[])?;
    let first = host.ready;
    thread::sleep(options.plan.warm);
    let first_mb = host.rss_mb()?;
    host.stopped()?;
    let host = Host::start(&data, &[])?;
    thread::sleep(options.plan.warm);
    Ok(json!({
        "first_start_s": first.as_secs_f64(), "first_idle_rss_mb": first_mb, "empty_start_s": host.ready.as_secs_f64(),
        "idle_rss_mb": host.rss_mb()?,
    }))
}

/// Captures so many that nothing runs, kills the host, starts it and lets it drain.
fn backlog(host: Host, load: &Load, count: u64) -> Result<(Host, Value)> {
    let host = host.killed_and_started(&[NO_RUNS])?;
    let before_mb = host.rss_mb()?;
    progress(format_args!("a backlog of {count} captures"));
    let load = Load { address: host.address.clone(), length: Length::Requests(count), ..load.clone() };
    let loaded = load.run()?;
    ensure!(loaded.answers == count, "{} of {count} requests were captured", loaded.answers);
    let (full_mb, store_bytes) = (host.rss_mb()?, host.store_bytes()?);
    let host = host.killed_and_started(&[])?;
    progress(format_args!("ready {:.2} s after a kill; draining", host.ready.as_secs_f64()));
    let per_second = drain(&host, count as f64)?;
    let report = json!({
        "captures": count, "captured_per_second": loaded.per_second(), "rss_before_mb": before_mb, "rss_mb": full_mb,
        "store_mb": store_bytes as f64 / 1e6, "start_after_kill_s": host.ready.as_secs_f64(),
        "drained_per_second": per_second, "peak_draining_mb": host.peak_mb()?,
        "store_drained_mb": host.store_bytes()? as f64 / 1e6,
    });
    Ok((host, report))
}

/// Waits for the last run. Runs finished a second, without the first tenth; none when it was over before that could be told.
fn drain(host: &Host, count: f64) -> Result<Option<f64>> {
    let (mut counted, mut last, mut moved) = (None, -1.0, Instant::now());
    loop {
        let (finished, now) = (host.metrics()?.finished(), Instant::now());
        if finished >= count {
            let counted = counted.map(|(first, since): (f64, Instant)| (finished - first, now - since));
            return Ok(counted.map(|(finished, time)| finished / time.as_secs_f64()));
        }
        if finished >= count * DRAIN_UNCOUNTED {
            counted.get_or_insert((finished, now));
        }
        if finished > last {
            (last, moved) = (finished, now);
        }
        ensure!(moved.elapsed() < PATIENCE, "the backlog stands still at {last} of {count}");
        thread::sleep(STEP);
    }
}
