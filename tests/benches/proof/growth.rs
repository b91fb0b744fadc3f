//! How costs grow: with the number of automations, of contacts, of plugins, and with the size of a payload. A point is one load in
//! closed loop; what one automation costs is the processor time of the host, and the time that passes for it, in which waiting for the
//! disk counts too. Of payloads it is what each kB more costs than the point before, as the first kB carries all that is not for its size.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hookbox_tests::documents::{JOHN, ORDER_SHIPPED, automation};
use serde_json::{Value, json};

use crate::called::built_in;
use crate::host::Host;
use crate::load::{Contacts, Length, Load, Target};
use crate::options::Options;
use crate::progress::progress;
use crate::whole::{self, Held, hold};

/// A curve bends where a unit costs more than this many times what the first one did, in either time.
pub(crate) const BEND: f64 = 1.5;

/// The plugin whose copies under other names are installed, and what its name becomes with a number.
const COPIED: &str = "update-contact";
const COPY: &str = "update-con-";

/// Kilobytes of payloads that are under way at once at most: the host refuses when what waits takes too much memory.
const UNDER_WAY_KB: u64 = 4_000;

/// What the parts after the contacts take.
const RESERVE: Duration = Duration::from_secs(90);

/// A curve: what grows, and its points.
pub(crate) struct Curve {
    grows: &'static str,
    counted: Counted,
    points: Vec<Value>,
    /// Where the point before is, and what one automation cost there.
    before: Option<(u64, Cost)>,
    /// What the others are compared with: the first cost, of units more the least so far.
    first: Option<Cost>,
    left_out: Vec<u64>,
}

/// Of what the cost is told.
enum Counted {
    /// Of one automation.
    Each,
    /// Of one unit more of what grows, between a point and the one before.
    More,
}

/// What something costs, in microseconds.
#[derive(Clone, Copy)]
struct Cost {
    /// Of the processors, by the host.
    server_us: f64,
    /// Of the clock: the inverse of the throughput.
    wall_us: f64,
}

impl Cost {
    /// The less of both, in each time.
    fn least(self, other: Self) -> Self {
        Self { server_us: self.server_us.min(other.server_us), wall_us: self.wall_us.min(other.wall_us) }
    }

    /// Of one unit more, when so many more cost this and not `before`.
    fn of_one_more(self, before: Self, units: u64) -> Self {
        let each = |us: f64, before_us: f64| (us - before_us) / units as f64;
        Self { server_us: each(self.server_us, before.server_us), wall_us: each(self.wall_us, before.wall_us) }
    }
}

impl Curve {
    fn of_each(grows: &'static str) -> Self {
        Self { grows, counted: Counted::Each, points: Vec::new(), before: None, first: None, left_out: Vec::new() }
    }

    fn of_more(grows: &'static str) -> Self {
        Self { counted: Counted::More, ..Self::of_each(grows) }
    }

    fn add(&mut self, at: u64, held: &Held) -> Result<()> {
        let per_second = held.finished_per_second();
        ensure!(per_second > 0.0, "nothing was finished at {at} {}", self.grows);
        progress(format_args!("{at} {}: {per_second:.0}/s, {:.0} µs", self.grows, held.server_us()));
        let one = Cost { server_us: held.server_us(), wall_us: 1e6 / per_second };
        let cost = match self.counted {
            Counted::Each => Some(one),
            Counted::More => self.before.map(|(before_at, before)| one.of_one_more(before, at - before_at)),
        };
        self.before = Some((at, one));
        self.first = self.first.or(cost);
        // Nothing can be said beside a first cost that is lost in the noise.
        let of_first = |time: fn(Cost) -> f64| -> Option<f64> {
            let (cost, first) = cost.map(time).zip(self.first.map(time).filter(|first| *first > 0.0))?;
            Some(cost / first)
        };
        let (of_first, wall_of_first) = (of_first(|cost| cost.server_us), of_first(|cost| cost.wall_us));
        let bends = [of_first, wall_of_first].into_iter().flatten().any(|of_first| of_first > BEND);
        let told = cost.filter(|cost| cost.server_us > 0.0 && cost.wall_us > 0.0);
        if let (Counted::More, Some(cost), Some(first)) = (&self.counted, told, &mut self.first) {
            *first = first.least(cost);
        }
        self.points.push(json!({
            "at": at, "per_second": per_second, "server_us": one.server_us, "cost_us": cost.map(|cost| cost.server_us),
            "cost_wall_us": cost.map(|cost| cost.wall_us), "of_first": of_first, "wall_of_first": wall_of_first,
            "bends": bends,
            "p50_ms": held.loaded.latencies.ms(0.5), "p99_ms": held.loaded.latencies.ms(0.99),
            "refused": held.loaded.refused, "peak_mb": held.peak_mb,
        }));
        Ok(())
    }

    fn report(self) -> Value {
        let most = |name: &str| self.points.iter().filter_map(|point| point[name].as_f64()).reduce(f64::max);
        json!({
            "grows": self.grows, "most_of_first": most("of_first"), "most_wall_of_first": most("wall_of_first"),
            "points": self.points, "left_out": self.left_out,
        })
    }
}

/// More and more automations, each sent as much as the others.
pub(crate) fn automations(options: &Options) -> Result<Value> {
    let (host, mut targets, mut curve) = (Host::fresh(options, &[])?, Vec::new(), Curve::of_each("automations"));
    for &count in options.plan.automations {
        while (targets.len() as u64) < count {
            let document = ORDER_SHIPPED.replace("Order shipped", &format!("Order shipped {}", targets.len()));
            targets.push(host.target(&host.admin().apply_yaml(&document), JOHN));
        }
        let load = whole::load(&host, targets.clone(), options, options.contacts);
        meet_all(&host, &load, count, options)?;
        curve.add(count, &hold(&host, &load)?)?;
    }
    Ok(curve.report())
}

/// More and more contacts in the store; those that requests are about are spread over all of them.
pub(crate) fn contacts(options: &Options, began: Instant) -> Result<Value> {
    let host = Host::fresh(options, &[])?;
    let target = host.order_shipped();
    let making = host.target(&host.admin().apply(&automation("Making contacts", &json!([]))), JOHN);
    let (mut have, mut curve, mut per_second) = (0, Curve::of_each("contacts"), 0.0);
    whole::warm(&host, &whole::load(&host, vec![target.clone()], options, 1), options)?;
    for &count in options.plan.contacts {
        let seconds = (count - have) as f64 / per_second;
        if per_second > 0.0 && began.elapsed().as_secs_f64() + seconds + RESERVE.as_secs_f64() > limit(options) {
            curve.left_out.push(count);
            continue;
        }
        let load = whole::load(&host, vec![making.clone()], options, count);
        let fill = Load {
            contacts: Contacts::InTurn { first: have, count },
            length: Length::Requests(count - have),
            ..load.clone()
        };
        per_second = hold(&host, &fill)?.loaded.per_second();
        have = count;
        let load = Load { targets: vec![target.clone()], contacts: Contacts::Scattered { count }, ..load };
        meet_all(&host, &load, 1, options)?;
        curve.add(count, &hold(&host, &load)?)?;
    }
    Ok(curve.report())
}

/// The time that there is, in seconds; the quick form keeps to its points.
fn limit(options: &Options) -> f64 {
    if options.plan.is_quick { f64::INFINITY } else { options.plan.budget.as_secs_f64() }
}

/// More and more plugins, each with an automation of its own that calls it three times.
pub(crate) fn plugins(options: &Options) -> Result<Value> {
    let (host, mut targets, mut curve) = (Host::fresh(options, &[])?, Vec::new(), Curve::of_each("plugins"));
    for &count in options.plan.plugins {
        while (targets.len() as u64) < count {
            targets.push(with_plugin(&host, targets.len())?);
        }
        let load = whole::load(&host, targets.clone(), options, options.contacts);
        meet_all(&host, &load, count, options)?;
        curve.add(count, &hold(&host, &load)?)?;
    }
    Ok(curve.report())
}

/// Installs a copy of a plugin under a name with a number, and an automation with three steps of it.
fn with_plugin(host: &Host, number: usize) -> Result<Target> {
    let name = format!("{COPY}{number:03}");
    let component = renamed(built_in(COPIED)?, COPIED.as_bytes(), name.as_bytes())?;
    let admin = host.admin();
    let uploaded = admin.upload(&component).success().json();
    let called = &uploaded["plugin"]["manifest"]["name"];
    ensure!(*called == name.as_str(), "the copy is not called {name} but {called}");
    let id = uploaded["plugin"]["id"].as_str().unwrap_or_default();
    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"all": true, "activate": true})).success();
    let steps = ["a", "b", "c"].map(|tag| json!({"name": tag, "action": name, "settings": {"add_tags": [tag]}}));
    let webhook = admin.apply(&automation(&format!("Tagging {number}"), &json!(steps)));
    Ok(host.target(&webhook, JOHN))
}

/// The component with another name of the same length wherever its own stands.
fn renamed(component: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>> {
    ensure!(from.len() == to.len(), "a name of another length moves everything behind it");
    let mut renamed = component.to_vec();
    let mut at = 0;
    while let Some(found) = renamed[at..].windows(from.len()).position(|window| window == from) {
        at += found;
        renamed[at..at + to.len()].copy_from_slice(to);
    }
    Ok(renamed)
}

/// Larger and larger payloads, of ordinary JSON; the steps do the same whatever their size.
pub(crate) fn payloads(options: &Options) -> Result<Value> {
    let (host, mut curve) = (Host::fresh(options, &[])?, Curve::of_more("kB of payload"));
    let webhook = host.admin().apply_yaml(ORDER_SHIPPED);
    for &kb in options.plan.payload_kb {
        let load = whole::load(&host, vec![host.target(&webhook, &payload(kb * 1_000)?)], options, options.contacts);
        let connections = usize::try_from((UNDER_WAY_KB / kb).max(4))?.min(options.connections);
        let load = Load { connections, ..load };
        meet_all(&host, &load, 1, options)?;
        curve.add(kb, &hold(&host, &load)?)?;
    }
    Ok(curve.report())
}

/// The example's body with the lines of a long order, of so many bytes.
fn payload(bytes: u64) -> Result<String> {
    let bytes = usize::try_from(bytes)?;
    let mut body = JOHN.trim_end_matches('}').to_owned();
    body.push_str(r#","lines":["#);
    let text = "as it was described in the catalogue of the shop ".repeat(3);
    let mut number = 0;
    loop {
        let line = format!(r#"{{"article":"A-{number:06}","quantity":{},"text":"{text}"}}"#, number % 9 + 1);
        if body.len() + line.len() + 3 > bytes {
            break;
        }
        body.push_str(&line);
        body.push(',');
        number += 1;
    }
    let padding = "x".repeat(bytes.saturating_sub(body.len() + 4));
    body.push_str(&format!("\"{padding}\"]}}"));
    Ok(body)
}

/// A few requests to every target, so that nothing is met for the first time while it is measured; at the first point for longer.
fn meet_all(host: &Host, load: &Load, targets: u64, options: &Options) -> Result<()> {
    if host.metrics()?.finished() == 0.0 {
        whole::warm(host, load, options)?;
    }
    let requests = (targets * 4).max(load.connections as u64 * 8);
    Load { length: Length::Requests(requests), ..load.clone() }.run()?;
    host.wait_until_idle()?;
    Ok(())
}
