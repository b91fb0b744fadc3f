//! What waiting costs: many runs that wait (disk, not memory), a crash and a restart with all of them, and how late timers
//! fire while other automations are under load.
//!
//! `cargo bench -p hookbox-tests --bench waiting [-- --runs N --timers N --rate N --json]`
//!
//! The runs come from requests with 1,000 elements each (`each`); every one is about a contact of its own. Timers fire while
//! two other automations are sent captures at a steady rate; how late one is, is the end of its run's next step less the
//! end of its wait. The limits that the design asks for are 512 MiB of memory and timers within a second of their time.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, step};
use hookbox_tests::figures::{number, rss_mb};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::{Value, json};

/// Elements of one request: the most that `each` takes.
const ELEMENTS: u64 = 1_000;

/// How long the timers that are measured wait.
const TIMER: &str = "2s";

/// Senders of each automation: one waits for its answer before it sends the next.
const SENDERS: u64 = 8;

/// Runs on one page of those that are counted.
const PAGE: usize = 1_000;

/// Requests that may be under way to be split, so that none is refused as busy.
const AHEAD: u64 = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| ["serve", "compile-component"].contains(&first.as_str())) {
        return hookbox::main();
    }
    match bench(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waiting: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Result<()> {
    let runs = number(arguments, "--runs", 1_000_000)?;
    let timers = number(arguments, "--timers", 2_000)?;
    let rate = number(arguments, "--rate", 200)?.max(1);
    let exe = std::env::current_exe()?;
    let setup = Setup::new(exe.to_str().context("a UTF-8 path")?).variable("HOOKBOX_LOG", "warn");
    let mut program = setup.start();
    let admin = program.admin();
    admin.furnish();
    let empty_mb = rss_mb(&program)?;

    let began = Instant::now();
    let many = admin.apply(&splitting());
    wait_for(runs, &program, &many, &admin)?;
    let filled_s = began.elapsed().as_secs_f64();
    let waiting_mb = rss_mb(&program)?;

    program.kill();
    let began = Instant::now();
    program.start();
    let restart_s = began.elapsed().as_secs_f64();
    let restarted_mb = rss_mb(&program)?;
    let survived = count_waiting(&program.admin(), &many)?;
    ensure!(survived == runs, "{survived} of {runs} runs wait after the restart");

    let (mut late_ms, load_per_s) = timers_under_load(&program, timers, rate)?;
    late_ms.sort_unstable();
    let at = |share: f64| late_ms.get((late_ms.len() as f64 * share) as usize).copied().unwrap_or_default();
    let report = json!({
        "runs": runs, "filled_per_second": runs as f64 / filled_s, "disk_mb": disk_mb(&program.data())?,
        "rss_empty_mb": empty_mb, "rss_waiting_mb": waiting_mb, "rss_restarted_mb": restarted_mb,
        "rss_under_load_mb": rss_mb(&program)?, "restart_s": restart_s, "survived": survived, "timers": late_ms.len(), "load_per_second": load_per_s,
        "late_p50_ms": at(0.5), "late_p99_ms": at(0.99), "late_max_ms": late_ms.last(),
    });
    if arguments.iter().any(|argument| argument == "--json") {
        println!("{report}");
        return Ok(());
    }
    for (name, value) in report.as_object().context("a report")? {
        println!("{name:<20}{:>14.1}", value.as_f64().unwrap_or_default());
    }
    Ok(())
}

/// One request becomes a run for each of its people, and every run waits.
fn splitting() -> Value {
    let mut document = automation("Many", &json!([{"wait": "30d"}, step("add-to-list", json!({"list": "customers"}))]));
    document["trigger"]["webhook"] = json!({
        "sample": {"people": [{"id": "a"}]},
        "each": "$.people",
        "identifier": {"field": "external_id", "from": "$.people.id"},
    });
    document
}

/// Sends the requests and waits until every run waits.
fn wait_for(runs: u64, program: &Program, webhook: &Webhook, admin: &Admin) -> Result<()> {
    for request in 0..runs.div_ceil(ELEMENTS) {
        let first = request * ELEMENTS;
        let people: Vec<Value> =
            (first..runs.min(first + ELEMENTS)).map(|id| json!({ "id": format!("person-{id}") })).collect();
        webhook.capture(program.address(), &json!({ "people": people }));
        until(admin, "hookbox_runs_total{state=\"waiting\"}", first.saturating_sub(AHEAD * ELEMENTS))?;
    }
    until(admin, "hookbox_runs_total{state=\"waiting\"}", runs)
}

/// Waits until a counter is at least this.
fn until(admin: &Admin, name: &str, wanted: u64) -> Result<()> {
    let (mut last, mut moved) = (0.0, Instant::now());
    loop {
        let count = metric(admin, name);
        if count >= wanted as f64 {
            return Ok(());
        }
        if count > last {
            (last, moved) = (count, Instant::now());
        }
        ensure!(moved.elapsed() < Duration::from_secs(60), "{name} stands at {last} of {wanted}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

fn metric(admin: &Admin, name: &str) -> f64 {
    let metrics = admin.get("/metrics").text();
    let line = metrics.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// How many runs of an automation wait, by the pages of the API.
fn count_waiting(admin: &Admin, webhook: &Webhook) -> Result<u64> {
    let (mut count, mut after) = (0, String::new());
    loop {
        let path = format!("/api/v1/runs?automation={}&state=waiting&limit={PAGE}{after}", webhook.automation);
        let page = admin.record(&path);
        count += page["items"].as_array().context("a page has items")?.len() as u64;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(count),
        }
    }
}

/// How many milliseconds after its time each waiting run went on, while other automations were busy; and how many runs
/// ended in a second. Timers are set, and each of two other automations is sent captures, at `rate` a second.
fn timers_under_load(program: &Program, timers: u64, rate: u64) -> Result<(Vec<u64>, f64)> {
    let admin = program.admin();
    let list = || step("add-to-list", json!({"list": "customers"}));
    let timed = admin.apply(&automation("Timed", &json!([{"wait": TIMER}, list()])));
    let message = step("send-message", json!({"body": "Hi {{contact.first_name}}"}));
    let busy = admin.apply(&automation("Busy", &json!([message, list()])));
    let other = admin.apply(&automation("Other", &json!([list()])));
    let began = Instant::now();
    let before = metric(&admin, "hookbox_runs_total{state=\"succeeded\"}");
    thread::scope(|scope| {
        let automations = [(2, &busy), (3, &other), (4, &timed)];
        let senders = automations.into_iter().flat_map(|of| (0..SENDERS).map(move |sender| (of, sender)));
        for ((prefix, webhook), sender) in senders {
            scope.spawn(move || {
                for number in (sender..timers).step_by(SENDERS as usize) {
                    pace(began, number, rate);
                    let phone = format!("1215{prefix}{:06}", number % 1_000_000);
                    webhook.capture(program.address(), &json!({"phone_number": phone, "first_name": "Ann"}));
                }
            });
        }
    });
    until(&admin, "hookbox_runs_total{state=\"succeeded\"}", (before as u64) + timers * 3)?;
    let per_second = (timers * 3) as f64 / began.elapsed().as_secs_f64();
    let runs = admin.all(&format!("/api/v1/runs?automation={}", timed.automation));
    ensure!(runs.len() as u64 == timers, "{} of {timers} timers are there", runs.len());
    Ok((runs.iter().map(lateness).collect::<Result<_>>()?, per_second))
}

/// Waits for the moment of the event with this number, of `rate` a second.
fn pace(began: Instant, number: u64, rate: u64) {
    let moment = began + Duration::from_micros(number * 1_000_000 / rate);
    while let Some(early) = moment.checked_duration_since(Instant::now()).filter(|early| !early.is_zero()) {
        thread::park_timeout(early);
    }
}

/// From the end of the wait to the end of the run, in milliseconds.
fn lateness(run: &Value) -> Result<u64> {
    let millis = |value: &Value| -> Result<i64> {
        let text = value.as_str().with_context(|| format!("no time in {run}"))?;
        Ok(text.parse::<jiff::Timestamp>()?.as_millisecond())
    };
    let late = millis(&run["finished_at"])? - millis(&run["steps"][0]["output"]["until"])?;
    u64::try_from(late).with_context(|| format!("{late} ms: it went on before its time"))
}

fn disk_mb(dir: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() != "ballast" && entry.metadata()?.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes as f64 / 1e6)
}
