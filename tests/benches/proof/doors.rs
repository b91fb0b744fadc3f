//! The door under load: the bare one beside it (`http`), captures alone (`captures`), the answer's latency in open loop
//! (`latency`), from the request to committed effects (`effects`), and latency by rate (`rates`).

use std::process::Command;

use anyhow::{Result, ensure};
use hookbox_tests::documents::JOHN;
use serde_json::{Value, json};

use crate::host::{self, Host, NO_RUNS};
use crate::load::{Contacts, Length, Load, Loaded, Target};
use crate::options::Options;
use crate::processor;
use crate::progress::progress;
use crate::whole::{self, hold};

/// The rate at which an answer may take so long.
pub(crate) const LATENCY_PER_S: f64 = 5_000.0;

/// Every so many requests one waits for the end of its run.
const WAITING_EVERY: u64 = 20;

/// Places for those that wait.
const WAITS: (&str, &str) = ("HOOKBOX__INGRESS__WAITS_MAX", "100000");

/// (a) Bare HTTP: requests a second and processor time of one. Where one thread of the client is at its limit, again with a thread on
/// each processor, and the better of both.
pub(crate) fn bare(options: &Options) -> Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare");
    let (mut server, address) = host::spawn(command)?;
    let measured = bare_load(server.id(), &address, options);
    let _ = server.kill();
    let _ = server.wait();
    measured
}

fn bare_load(server: u32, address: &str, options: &Options) -> Result<Value> {
    let load = Load {
        address: address.to_owned(),
        targets: vec![Target::new(address, "/automations/bare", Some("bare"), JOHN)],
        waiting: None,
        connections: options.connections,
        threads: 1,
        contacts: Contacts::InTurn { first: 0, count: options.contacts },
        length: Length::For(options.plan.warm.min(options.plan.bare)),
        per_second: None,
    };
    load.run()?;
    let load = Load { length: Length::For(options.plan.bare), ..load };
    let (loaded, report) = bare_measured(server, &load)?;
    if !loaded.is_clients_limit() || processor::count() == 1 {
        return Ok(report);
    }
    progress(format_args!("one thread of the client is not enough"));
    let (more, report_more) = bare_measured(server, &Load { threads: processor::count(), ..load })?;
    Ok(if more.per_second() > loaded.per_second() { report_more } else { report })
}

fn bare_measured(server: u32, load: &Load) -> Result<(Loaded, Value)> {
    let before = processor::seconds_of(server)?;
    let loaded = load.run()?;
    let server_seconds = processor::seconds_of(server)? - before;
    let mut report = loaded.report();
    report["server_us"] = json!(server_seconds * 1e6 / loaded.answers.max(1) as f64);
    report["server_cores"] = json!(server_seconds / loaded.seconds);
    Ok((loaded, report))
}

/// (d) Captures alone: the runner has no place, so that nothing runs beside them. Each answer is after its sync.
pub(crate) fn captures(options: &Options) -> Result<Value> {
    let host = Host::fresh(options, &[NO_RUNS])?;
    let load = whole::load(&host, vec![host.order_shipped()], options, options.contacts);
    Load { length: Length::For(options.plan.warm), ..load.clone() }.run()?;
    let (before, seconds_before) = (host.metrics()?, host.processor_seconds()?);
    let loaded = Load { length: Length::For(options.plan.load), ..load }.run()?;
    let (after, server_seconds) = (host.metrics()?, host.processor_seconds()? - seconds_before);
    let counted = |name: &str| after.of(name) - before.of(name);
    ensure!(after.finished() == 0.0, "runs were brought on, though there is no place for them");
    let mut report = loaded.report();
    report["server_us"] = json!(server_seconds * 1e6 / loaded.answers.max(1) as f64);
    report["server_cores"] = json!(server_seconds / loaded.seconds);
    report["units_per_commit"] =
        json!(counted("hookbox_commit_units_sum") / counted("hookbox_commit_units_count").max(1.0));
    Ok(report)
}

/// The answer's latency at a steady rate, whole automations running.
pub(crate) fn latency(options: &Options) -> Result<Value> {
    let (host, load) = whole::prepared(options, options.contacts)?;
    let load = Load { length: Length::For(options.plan.load), ..whole::at(&load, LATENCY_PER_S) };
    let mut report = hold(&host, &load)?.report();
    report["rate"] = json!(LATENCY_PER_S);
    Ok(report)
}

/// (f) From the moment that a request is due to its committed effects, at half of the highest rate. One request of
/// [`WAITING_EVERY`] waits for the end of its run (`?wait=`), which is told after the commit; so what is measured is longer than
/// from the 200 to the effects, by the capture itself.
pub(crate) fn effects(options: &Options, highest: f64) -> Result<Value> {
    let host = Host::fresh(options, &[WAITS])?;
    let webhook = host.admin().apply_yaml(hookbox_tests::documents::ORDER_SHIPPED);
    let mut load = whole::load(&host, vec![host.target(&webhook, JOHN)], options, options.contacts);
    whole::warm(&host, &load, options)?;
    let waiting = Target::new(&host.address, &format!("{}?wait=30", webhook.path), Some(&webhook.key), JOHN);
    load.waiting = Some((WAITING_EVERY, waiting));
    let rate = highest / 2.0;
    let held = hold(&host, &Load { length: Length::For(options.plan.load), ..whole::at(&load, rate) })?;
    ensure!(held.loaded.unfinished == 0, "{} requests were answered before their run ended", held.loaded.unfinished);
    let mut report = held.report();
    report["rate"] = json!(rate);
    report["effects"] = json!({
        "requests": held.loaded.waited.count(),
        "p50_ms": held.loaded.waited.ms(0.5),
        "p99_ms": held.loaded.waited.ms(0.99),
        "p999_ms": held.loaded.waited.ms(0.999),
    });
    Ok(report)
}

/// Latency of the answer at shares of the highest rate, in open loop.
pub(crate) fn rates(options: &Options, highest: f64) -> Result<Value> {
    let (host, load) = whole::prepared(options, options.contacts)?;
    let mut points = Vec::new();
    for share in options.plan.rates {
        let rate = highest * share;
        progress(format_args!("{rate:.0}/s"));
        let load = Load { length: Length::For(options.plan.point * 2), ..whole::at(&load, rate) };
        let mut report = hold(&host, &load)?.report();
        report["rate"] = json!(rate);
        if let Some(fields) = report.as_object_mut() {
            fields.remove("samples");
        }
        points.push(report);
    }
    Ok(Value::Array(points))
}
