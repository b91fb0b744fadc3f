//! What customers' plugins cost on this machine: uploading and loading them, calling them in three languages, keeping many
//! installed, swapping versions under load, and what a hostile one does to an honest neighbour.
//!
//! `cargo bench -p hookbox-tests --bench plugins [-- --seconds N --calls N --installed N --json]`
//!
//! The plugins are the example `score-lead` in Rust, JavaScript and Python as they are kept in `tests/frozen`; each calls a
//! service on this machine. What a call costs beside bare wasmtime is measured by `cargo bench -p hookbox-sandbox`.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, body, step, tagging};
use hookbox_tests::figures::{number, rss_mb};
use hookbox_tests::frozen::{LANGUAGES, component, variant};
use hookbox_tests::guests::upload;
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::{Value, json};

/// The release whose plugins are called.
const RELEASE: &str = "1.0.0";

/// Requests a second to the honest automation, while its neighbours are quiet and while they are not.
const HONEST_PER_S: u64 = 100;

/// Hostile calls that are kept waiting at any time.
const HOSTILE_AHEAD: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| ["serve", "compile-component"].contains(&first.as_str())) {
        return hookbox::main();
    }
    match bench(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plugins: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Result<()> {
    let seconds = number(arguments, "--seconds", 10)?;
    let calls = number(arguments, "--calls", 200)?;
    let installed = number(arguments, "--installed", 50)?;
    let service = Service::start()?;
    let languages: Vec<Value> =
        LANGUAGES.iter().map(|language| language_figures(language, &service, calls)).collect::<Result<_>>()?;
    let memory = memory_figures(installed)?;
    let swaps = swap_figures(seconds)?;
    let neighbour = neighbour_figures(seconds)?;
    let report = json!({ "languages": languages, "memory": memory, "swaps": swaps, "neighbour": neighbour });
    if arguments.iter().any(|argument| argument == "--json") {
        println!("{report}");
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &Value) {
    println!(
        "{:<12}{:>10}{:>12}{:>12}{:>14}{:>12}{:>12}",
        "", "MB", "compile ms", "upload ms", "first run ms", "call µs", "memory MB"
    );
    for row in report["languages"].as_array().into_iter().flatten() {
        let figure = |key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        println!(
            "{:<12}{:>10.2}{:>12.0}{:>12.0}{:>14.1}{:>12.0}{:>12.1}",
            row["language"].as_str().unwrap_or_default(),
            figure("megabytes"),
            figure("compile_ms"),
            figure("upload_ms"),
            figure("first_run_after_restart_ms"),
            figure("call_us"),
            figure("memory_mb"),
        );
    }
    println!(
        "memory of {} more installed plugins (Rust): {} MB",
        report["memory"]["installed"], report["memory"]["more_mb"]
    );
    let swaps = &report["swaps"];
    println!(
        "swaps: {} a second, {} runs meanwhile, {} of them failed",
        swaps["swaps_per_second"], swaps["runs"], swaps["failed"]
    );
    for row in report["neighbour"].as_array().into_iter().flatten() {
        println!(
            "honest neighbour, {:<34} p50 {:>7.2} ms   p99 {:>7.2} ms",
            row["beside"].as_str().unwrap_or_default(),
            row["p50_ms"].as_f64().unwrap_or(f64::NAN),
            row["p99_ms"].as_f64().unwrap_or(f64::NAN),
        );
    }
}

fn start(setup: Setup) -> (Program, Admin) {
    let program = setup.variable("HOOKBOX_LOG", "error").start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

fn setup() -> Result<Setup> {
    let setup = Setup::new(std::env::current_exe()?.to_str().context("a UTF-8 path")?);
    // All load comes from one address with one key, as no sender's does.
    let limits = ["ADDRESS_RATE_PER_S_MAX", "ADDRESS_BURST_MAX", "KEY_RATE_PER_S_MAX", "KEY_BURST_MAX"];
    let lifted = |setup: Setup, limit: &str| setup.variable(&format!("HOOKBOX__INGRESS__{limit}"), 1_000_000);
    Ok(limits.into_iter().fold(setup, lifted))
}

/// Uploads a component, approves everything and makes it active. The report of the upload.
fn install(admin: &Admin, component: &[u8]) -> Value {
    let uploaded = admin.upload(component).success().json();
    let id = uploaded["plugin"]["id"].as_str().unwrap_or_default();
    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"all": true, "activate": true})).success();
    uploaded
}

/// What one language costs: upload, load from the cache after a restart, and calls that reach a service on this machine.
fn language_figures(language: &str, service: &Service, calls: u64) -> Result<Value> {
    let wasm = component(RELEASE, language);
    let (mut program, admin) = start(setup()?.variable("HOOKBOX__SANDBOX__HTTP__ALLOWED_NETWORKS", "127.0.0.1/32"));
    let began = Instant::now();
    let uploaded = install(&admin, &wasm);
    let upload_ms = began.elapsed().as_secs_f64() * 1e3;
    let settings = json!({
        "enrich_url": service.url, "threshold": 50, "list": "customers", "message": "Hi {first_name}, when can we talk?",
    });
    let webhook = admin.apply(&automation("Score", &json!([step("score-lead", settings)])));

    program.kill();
    program.start();
    let admin = program.admin();
    let first = Instant::now();
    scored(&webhook, &program, &admin, 0)?;
    let first_run_ms = first.elapsed().as_secs_f64() * 1e3;
    let mut micros = Vec::new();
    let mut memory: f64 = 0.0;
    for call in 1..=calls {
        let run = scored(&webhook, &program, &admin, call)?;
        micros.push(run["steps"][0]["duration_us"].as_f64().context("a duration")?);
        memory = memory.max(run["steps"][0]["memory_bytes"].as_f64().context("memory")?);
    }
    micros.sort_unstable_by(f64::total_cmp);
    Ok(json!({
        "language": language,
        "megabytes": wasm.len() as f64 / 1e6,
        "compile_ms": uploaded["report"]["compile_ms"],
        "upload_ms": upload_ms,
        "first_run_after_restart_ms": first_run_ms,
        "call_us": micros[micros.len() / 2],
        "memory_mb": memory / 1e6,
    }))
}

/// One lead, to the end of its run.
fn scored(webhook: &Webhook, program: &Program, admin: &Admin, number: u64) -> Result<Value> {
    let lead = json!({
        "phone_number": format!("1215555{number:04}"), "first_name": "Ada", "company": "Acme", "employees": 400, "source": "referral",
    });
    let run = admin.final_run(&webhook.capture(program.address(), &lead));
    ensure!(run["state"] == "succeeded", "a lead was not scored: {run}");
    Ok(run)
}

/// What many installed plugins cost in memory.
fn memory_figures(installed: u64) -> Result<Value> {
    let (program, admin) = start(setup()?);
    let wasm = component(RELEASE, "rust");
    install(&admin, &wasm);
    let before = rss_mb(&program)?;
    for number in 0..u32::try_from(installed)? {
        install(&admin, &variant(&wasm, number));
    }
    Ok(json!({ "installed": installed, "more_mb": ((rss_mb(&program)? - before) * 10.0).round() / 10.0 }))
}

/// How often versions can be swapped while runs go on, and what becomes of the runs.
fn swap_figures(seconds: u64) -> Result<Value> {
    let (program, admin) = start(setup()?);
    let ids = ["counting-1", "counting-2"].map(|guest| install(&admin, &upload(guest))["plugin"]["id"].clone());
    let webhook = admin.apply(&automation("Counting", &json!([step("counting", json!({}))])));
    let over = AtomicBool::new(false);
    let began = Instant::now();
    let (sent, swaps) = thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                scope.spawn({
                    let (webhook, program, over) = (&webhook, &program, &over);
                    move || {
                        let mut sent = 0_u64;
                        while !over.load(Ordering::Relaxed) {
                            webhook.capture(
                                program.address(),
                                &body(&format!("1215555{:04}", (sender * 2_000 + sent) % 8_000)),
                            );
                            sent += 1;
                        }
                        sent
                    }
                })
            })
            .collect();
        let mut swaps = 0_usize;
        while began.elapsed() < Duration::from_secs(seconds) {
            let id = ids[swaps % 2].as_str().unwrap_or_default();
            admin.post(&format!("/api/v1/plugins/{id}/activate"), &json!({})).success();
            swaps += 1;
        }
        over.store(true, Ordering::Relaxed);
        (senders.into_iter().map(|sender| sender.join().unwrap_or_default()).sum::<u64>(), swaps)
    });
    let took = began.elapsed().as_secs_f64();
    wait_until_finished(&program, sent)?;
    let failed = metric(&program, "hookbox_runs_total{state=\"failed\"}")?;
    ensure!(failed == 0.0, "{failed} runs failed while versions were swapped");
    Ok(json!({ "swaps_per_second": (swaps as f64 / took).round(), "runs": sent, "failed": failed }))
}

/// How long an honest automation takes from the request to its last commit, alone and beside hostile ones of another workspace.
fn neighbour_figures(seconds: u64) -> Result<Value> {
    // Without quarantine, which would give the neighbour peace after three faults.
    let setup = setup()?.guests().variable("HOOKBOX__RUNNER__QUARANTINE__FAULTS_IN_A_ROW", 1_000_000);
    let setup = setup.variable("HOOKBOX__RUNNER__QUARANTINE__FAULTS_IN_WINDOW", 1_000_000);
    let (program, admin) = start(setup);
    let honest = admin.apply(&automation("Honest", &json!([tagging("a"), tagging("b"), tagging("c")])));
    let other = admin.new_workspace("hostile");
    other.furnish();
    latencies(&honest, &program, 2)?;
    let mut rows = vec![row("alone", latencies(&honest, &program, seconds)?)];
    for (guest, beside) in [
        ("memory-eater", "beside plugins that take all memory"),
        ("trapping", "beside plugins that crash"),
        ("looping", "beside endless loops"),
    ] {
        let hostile = other.apply(&automation(guest, &json!([step(guest, json!({}))])));
        let over = AtomicBool::new(false);
        let measured = thread::scope(|scope| {
            scope.spawn(|| flood(&hostile, &program, &over));
            let measured = latencies(&honest, &program, seconds);
            over.store(true, Ordering::Relaxed);
            measured
        })?;
        rows.push(row(beside, measured));
    }
    rows.push(row("alone again", latencies(&honest, &program, seconds)?));
    Ok(Value::Array(rows))
}

fn row(beside: &str, mut latencies_ms: Vec<f64>) -> Value {
    latencies_ms.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| latencies_ms.get((latencies_ms.len() as f64 * share) as usize).copied();
    json!({ "beside": beside, "p50_ms": at(0.5), "p99_ms": at(0.99), "requests": latencies_ms.len() })
}

/// Keeps hostile runs waiting until it is over.
fn flood(webhook: &Webhook, program: &Program, over: &AtomicBool) {
    let mut number = 0_usize;
    while !over.load(Ordering::Relaxed) {
        let waiting = metric(program, "hookbox_queue_depth").unwrap_or(0.0)
            + metric(program, "hookbox_runs_claimed").unwrap_or(0.0);
        if waiting as usize >= HOSTILE_AHEAD {
            thread::park_timeout(Duration::from_millis(2));
            continue;
        }
        for _ in 0..HOSTILE_AHEAD {
            webhook.capture(program.address(), &body(&format!("1215556{:04}", number % 10_000)));
            number += 1;
        }
    }
}

/// How long requests that wait for their run take, at a steady rate, in milliseconds.
fn latencies(webhook: &Webhook, program: &Program, seconds: u64) -> Result<Vec<f64>> {
    let (began, total) = (Instant::now(), seconds * HONEST_PER_S);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..16_u64)
            .map(|sender| {
                scope.spawn(move || -> Result<Vec<f64>> {
                    let mut latencies = Vec::new();
                    for number in (sender..total).step_by(16) {
                        // From the moment it was to be sent: a sender that is late counts against the host.
                        let due = Duration::from_micros(number * 1_000_000 / HONEST_PER_S);
                        thread::sleep(due.saturating_sub(began.elapsed()));
                        let body = body(&format!("1215557{:04}", number % 10_000)).to_string();
                        let path = format!("{}?wait=30", webhook.path);
                        let answer = webhook.request(body).path(&path).send(program.address());
                        ensure!(
                            answer.status == 200 && answer.json()["run"]["state"] == "succeeded",
                            "{}",
                            answer.text()
                        );
                        latencies.push((began.elapsed() - due).as_secs_f64() * 1e3);
                    }
                    Ok(latencies)
                })
            })
            .collect();
        let mut all = Vec::new();
        for sender in senders {
            all.extend(sender.join().map_err(|_| anyhow::anyhow!("a sender broke off"))??);
        }
        Ok(all)
    })
}

fn wait_until_finished(program: &Program, sent: u64) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(120);
    while metric(program, "hookbox_runs_total")? < sent as f64 {
        ensure!(Instant::now() < deadline, "runs are left after 120 s");
        thread::park_timeout(Duration::from_millis(5));
    }
    Ok(())
}

fn metric(program: &Program, name: &str) -> Result<f64> {
    let text = ureq::get(format!("http://{}/metrics", program.address())).call()?.body_mut().read_to_string()?;
    let values = text.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next());
    Ok(values.filter_map(|value| value.parse::<f64>().ok()).sum())
}

/// The service that leads are enriched by: one answer for everything.
struct Service {
    url: String,
}

impl Service {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/v1/companies", listener.local_addr()?);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream));
            }
        });
        Ok(Self { url })
    }
}

/// Answers every request on a connection; bodies are short and come with their head or after it.
fn serve(mut stream: std::net::TcpStream) {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"score_bonus\": 5}";
    let (mut buffer, mut filled) = ([0; 16 * 1024], 0);
    loop {
        match stream.read(&mut buffer[filled..]) {
            Ok(read) if read > 0 => filled += read,
            Ok(_) | Err(_) => return,
        }
        let text = String::from_utf8_lossy(&buffer[..filled]).to_lowercase();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
        let whole = match head.split_once("content-length: ") {
            Some((_, length)) => {
                let length: usize = length.split("\r\n").next().and_then(|text| text.parse().ok()).unwrap_or(0);
                rest.len() >= length
            }
            None => !head.contains("transfer-encoding: chunked") || rest.ends_with("0\r\n\r\n"),
        };
        if whole {
            filled = 0;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}
