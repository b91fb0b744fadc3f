//! A host under load: what it does meanwhile, second by second, and whether its backlog stays flat. The parts `whole` and `one`
//! are of it: whole automations a second, each with a contact and three sandboxed actions, everything durable.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::host::{Host, Metrics};
use crate::load::{Contacts, Length, Load, Loaded, Target};
use crate::options::Options;
use crate::progress::progress;

/// A backlog that grows by less than this share of what is finished counts as flat.
const FLAT: f64 = 0.01;

/// What is given up of the rate each time that its backlog grew.
const STEP_DOWN: f64 = 0.95;

/// How often the rate is lowered at most.
const STEPS_MAX: usize = 6;

/// The host at one moment.
struct Sample {
    at: f64,
    captured: f64,
    finished: f64,
    waiting: f64,
    server_seconds: f64,
    rss_mb: f64,
}

/// A load and what the host did meanwhile.
pub(crate) struct Held {
    pub(crate) loaded: Loaded,
    samples: Vec<Sample>,
    before: Metrics,
    after: Metrics,
    /// The most memory that the host held meanwhile, in MB.
    pub(crate) peak_mb: f64,
}

/// What other parts need of `whole`.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) per_second: f64,
    /// Processor time of the host for one automation, in microseconds.
    pub(crate) server_us: f64,
    pub(crate) client_cores: f64,
    /// Units of one commit, on average.
    pub(crate) units: f64,
    /// Units of one automation, on average.
    pub(crate) units_each: f64,
}

/// Distinct contacts, held for long: at the pace of the connections if the backlog stays flat, else at the highest rate that it
/// stays flat at.
pub(crate) fn distinct(options: &Options) -> Result<(Value, Found)> {
    let (host, load) = prepared(options, options.contacts)?;
    let probe = hold(&host, &Load { length: Length::For(options.plan.load.min(options.plan.whole)), ..load.clone() })?;
    let mut rate = None;
    let mut tried = vec![probe.tried(None)];
    let mut is_flat = probe.is_flat();
    let mut next = probe.finished_per_second();
    while !is_flat && tried.len() <= STEPS_MAX {
        next *= STEP_DOWN;
        progress(format_args!("the backlog grows; trying {next:.0}/s"));
        let held = hold(&host, &Load { length: Length::For(options.plan.load), ..at(&load, next) })?;
        tried.push(held.tried(Some(next)));
        (is_flat, rate) = (held.is_flat(), Some(next));
    }
    let load =
        Load { length: Length::For(options.plan.whole), ..rate.map_or_else(|| load.clone(), |rate| at(&load, rate)) };
    let held = hold(&host, &load)?;
    let mut report = held.report();
    report["open_loop_per_second"] = json!(rate);
    report["tried"] = json!(tried);
    Ok((report, held.found()))
}

/// The rate of a short load at the pace of the connections.
pub(crate) fn brief(options: &Options) -> Result<f64> {
    let (host, load) = prepared(options, options.contacts)?;
    Ok(hold(&host, &load)?.finished_per_second())
}

/// Every request for one contact, at the pace of the connections.
pub(crate) fn one(options: &Options) -> Result<Value> {
    let (host, load) = prepared(options, 1)?;
    Ok(hold(&host, &Load { length: Length::For(options.plan.load), ..load })?.report())
}

/// A fresh host with the example of the product, warm: its plugins loaded, its contacts made.
pub(crate) fn prepared(options: &Options, contacts: u64) -> Result<(Host, Load)> {
    let host = Host::fresh(options, &[])?;
    let target = host.order_shipped();
    let load = load(&host, vec![target], options, contacts);
    warm(&host, &load, options)?;
    Ok((host, load))
}

/// Requests in closed loop to these targets, in turns.
pub(crate) fn load(host: &Host, targets: Vec<Target>, options: &Options, contacts: u64) -> Load {
    Load {
        address: host.address.clone(),
        targets,
        waiting: None,
        connections: options.connections,
        threads: 1,
        contacts: Contacts::InTurn { first: 0, count: contacts },
        length: Length::For(options.plan.point),
        per_second: None,
    }
}

/// Load that nobody looks at, to its last run.
pub(crate) fn warm(host: &Host, load: &Load, options: &Options) -> Result<()> {
    Load { length: Length::For(options.plan.warm), ..load.clone() }.run()?;
    host.wait_until_idle()?;
    Ok(())
}

/// The same requests in open loop. More connections than are ever busy, so that the schedule is kept.
pub(crate) fn at(load: &Load, per_second: f64) -> Load {
    Load { per_second: Some(per_second), connections: load.connections.max(256), ..load.clone() }
}

/// Sends the load, looks at the host meanwhile, waits for the last run and checks that none is missing.
pub(crate) fn hold(host: &Host, load: &Load) -> Result<Held> {
    let before = host.metrics()?;
    host.forget_peak()?;
    let over = AtomicBool::new(false);
    let every = match load.length {
        Length::For(time) => (time / 10).min(Duration::from_secs(1)),
        Length::Requests(_) => Duration::from_millis(100),
    };
    let (loaded, samples) = thread::scope(|scope| {
        let looking = scope.spawn(|| look(host, every, &over));
        let loaded = load.run();
        over.store(true, Ordering::Relaxed);
        looking.thread().unpark();
        (loaded, looking.join())
    });
    let loaded = loaded?;
    let samples = samples.ok().context("looking at the host broke off")??;
    let after = host.wait_until_idle()?;
    let finished = after.finished() - before.finished();
    ensure!(
        finished as u64 == loaded.answers,
        "{} captures were answered and {finished} runs finished",
        loaded.answers
    );
    Ok(Held { loaded, samples, before, after, peak_mb: host.peak_mb()? })
}

fn look(host: &Host, every: Duration, over: &AtomicBool) -> Result<Vec<Sample>> {
    let began = Instant::now();
    let mut samples = Vec::new();
    loop {
        let metrics = host.metrics()?;
        samples.push(Sample {
            at: began.elapsed().as_secs_f64(),
            captured: metrics.captured(),
            finished: metrics.finished(),
            waiting: metrics.of("hookbox_queue_depth"),
            server_seconds: host.processor_seconds()?,
            rss_mb: host.rss_mb()?,
        });
        if over.load(Ordering::Relaxed) {
            return Ok(samples);
        }
        let next = every * u32::try_from(samples.len())?;
        while !over.load(Ordering::Relaxed) && began.elapsed() < next {
            thread::park_timeout(next.saturating_sub(began.elapsed()));
        }
    }
}

impl Held {
    /// The change between the first and the last look, of one figure.
    fn gained(&self, figure: fn(&Sample) -> f64) -> f64 {
        match (self.samples.first(), self.samples.last()) {
            (Some(first), Some(last)) => figure(last) - figure(first),
            (None, _) | (_, None) => 0.0,
        }
    }

    /// Automations finished a second while the load lasted.
    pub(crate) fn finished_per_second(&self) -> f64 {
        self.gained(|sample| sample.finished) / self.gained(|sample| sample.at).max(f64::EPSILON)
    }

    /// Processor time of the host for one automation, in microseconds.
    pub(crate) fn server_us(&self) -> f64 {
        self.gained(|sample| sample.server_seconds) * 1e6 / self.gained(|sample| sample.finished).max(1.0)
    }

    /// How many processors the host kept busy.
    pub(crate) fn server_cores(&self) -> f64 {
        self.gained(|sample| sample.server_seconds) / self.gained(|sample| sample.at).max(f64::EPSILON)
    }

    /// By how many captures the backlog grows in a second: the line of least squares, without the first tenth.
    fn slope(&self) -> f64 {
        let from = self.samples.len() / 10;
        let points: Vec<(f64, f64)> =
            self.samples[from..].iter().map(|sample| (sample.at, sample.captured - sample.finished)).collect();
        let count = points.len() as f64;
        let (mean_at, mean) =
            points.iter().fold((0.0, 0.0), |(at, sum), point| (at + point.0 / count, sum + point.1 / count));
        let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), (at, backlog)| {
            (above + (at - mean_at) * (backlog - mean), below + (at - mean_at).powi(2))
        });
        if below > 0.0 { above / below } else { 0.0 }
    }

    fn is_flat(&self) -> bool {
        self.slope() <= self.finished_per_second() * FLAT
    }

    fn units(&self) -> f64 {
        self.counted("hookbox_commit_units_sum")
    }

    fn counted(&self, name: &str) -> f64 {
        self.after.of(name) - self.before.of(name)
    }

    fn tried(&self, rate: Option<f64>) -> Value {
        json!({
            "open_loop_per_second": rate, "finished_per_second": self.finished_per_second(),
            "backlog_slope_per_second": self.slope(), "is_flat": self.is_flat(),
        })
    }

    pub(crate) fn found(&self) -> Found {
        Found {
            per_second: self.finished_per_second(),
            server_us: self.server_us(),
            client_cores: self.loaded.client_seconds / self.loaded.seconds,
            units: self.units() / self.counted("hookbox_commit_units_count").max(1.0),
            units_each: self.units() / self.counted("hookbox_captures_total").max(1.0),
        }
    }

    /// It as JSON.
    pub(crate) fn report(&self) -> Value {
        let mut report = self.loaded.report();
        let found = self.found();
        let commits = self.counted("hookbox_commit_seconds_count");
        report["finished_per_second"] = json!(found.per_second);
        report["server_us"] = json!(found.server_us);
        report["server_cores"] = json!(self.server_cores());
        report["peak_mb"] = json!(self.peak_mb);
        report["backlog_slope_per_second"] = json!(self.slope());
        report["backlog_is_flat"] = json!(self.is_flat());
        report["units_per_commit"] = json!(found.units);
        report["units_per_automation"] = json!(found.units_each);
        report["commits_per_second"] = json!(commits / self.loaded.seconds);
        report["commit_ms"] = json!(self.counted("hookbox_commit_seconds_sum") * 1e3 / commits.max(1.0));
        report["samples"] = self.samples.iter().map(Sample::report).collect();
        report
    }
}

impl Sample {
    fn report(&self) -> Value {
        json!({
            "at_s": self.at, "captured": self.captured, "finished": self.finished, "backlog": self.captured - self.finished,
            "queue_depth": self.waiting, "rss_mb": self.rss_mb,
        })
    }
}
