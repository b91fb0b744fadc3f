//! Whole automations per second on this machine, beside the limit of bare HTTP in the same run.
//!
//! `cargo bench -p hookbox-tests --bench throughput [-- --seconds N --connections N --contacts N --json]`
//!
//! One table: (a) a bare hyper server that checks a bearer header, parses the JSON and answers; (e) captures accepted and
//! automations finished per second with three sandboxed actions each, everything durable; (e1) the same with every request
//! for one contact. The load client runs on the same cores; its processor time stands beside the server's. The server is
//! this same program started again, so that what is measured is what ships.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hookbox_tests::documents::{CAPTURED, JOHN, ORDER_SHIPPED};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TOKEN: &str = "the-admin-token-of-the-bench-0123456789";

/// The limits of requests, counted as always and never reached: one address and one key send everything.
const LIMITS: [&str; 4] = ["ADDRESS_RATE_PER_S_MAX", "ADDRESS_BURST_MAX", "KEY_RATE_PER_S_MAX", "KEY_BURST_MAX"];

struct Options {
    seconds: u64,
    connections: usize,
    contacts: u64,
    json: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve" | "compile-component") => return hookbox::main(),
        Some("bare") => return bare::serve(),
        _ => {}
    }
    match options(&arguments).and_then(|options| bench(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("throughput: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options> {
    let number = |name: &str, default: u64| match arguments.iter().position(|argument| argument == name) {
        None => Ok(default),
        Some(at) => {
            arguments.get(at + 1).and_then(|text| text.parse().ok()).with_context(|| format!("{name} wants a number"))
        }
    };
    Ok(Options {
        seconds: number("--seconds", 20)?,
        connections: usize::try_from(number("--connections", 64)?)?,
        contacts: number("--contacts", 10_000)?,
        json: arguments.iter().any(|argument| argument == "--json"),
    })
}

fn bench(options: &Options) -> Result<()> {
    let bare = {
        let server = Server::start(&["bare"], None)?;
        load(&server.address, "/automations/bare", "bare", options, options.contacts)?
    };
    let many = whole(options, options.contacts)?;
    let one = whole(options, 1)?;
    let report = json!({ "bare_http": bare.report(), "whole": many, "one_contact": one });
    if options.json {
        println!("{report}");
        return Ok(());
    }
    println!(
        "{:<44}{:>12}{:>10}{:>10}{:>14}{:>14}",
        "", "per second", "p50 ms", "p99 ms", "server cores", "client cores"
    );
    row("(a) bare HTTP: bearer, JSON, answer", &report["bare_http"], "per_second");
    for (name, key) in [("(e) distinct contacts", "whole"), ("(e1) one contact", "one_contact")] {
        row(&format!("{name}: accepted"), &report[key], "per_second");
        println!(
            "{:<44}{:>12.0}   whole, to the last commit",
            format!("{name}: finished"),
            report[key]["finished_per_second"].as_f64().unwrap_or(0.0)
        );
    }
    Ok(())
}

fn row(name: &str, figures: &Value, rate: &str) {
    let figure = |key: &str| figures[key].as_f64().unwrap_or(0.0);
    println!(
        "{name:<44}{:>12.0}{:>10.2}{:>10.2}{:>14.2}{:>14.2}",
        figure(rate),
        figure("p50_ms"),
        figure("p99_ms"),
        figure("server_cores"),
        figure("client_cores")
    );
}

/// Starts a fresh host, loads it, waits until every accepted capture is run to its end, and checks that none is missing.
fn whole(options: &Options, contacts: u64) -> Result<Value> {
    let data =
        tempfile::tempdir_in(std::env::var_os("HOOKBOX_BENCH_DIR").unwrap_or_else(|| std::env::temp_dir().into()))?;
    let directory = data.path().to_str().context("a UTF-8 path")?;
    let server =
        Server::start(&["serve", "--data", directory, "--listen", "127.0.0.1:0", "--json"], Some("listening"))?;
    for (path, name) in [("inboxes", "support"), ("members", "front-desk"), ("lists", "customers")] {
        server.post(path, &json!({ "name": name }))?;
    }
    let applied = server.apply(ORDER_SHIPPED)?;
    let id = applied["id"].as_str().context("an id")?;
    let key = applied["key"].as_str().context("a key")?;

    let path = format!("/automations/{id}");
    load(&server.address, &path, key, &Options { seconds: 3, json: false, ..*options }, contacts)?;
    server.wait_until_idle()?;
    let before = server.finished()?;
    let busy_before = server.processor_seconds()?;
    let began = Instant::now();
    let loaded = load(&server.address, &path, key, options, contacts)?;
    let backlog = server.metric("hookbox_queue_depth")?;
    server.wait_until_idle()?;
    let took = began.elapsed().as_secs_f64();
    let finished = server.finished()? - before;
    ensure!(
        finished as u64 == loaded.answers,
        "{} captures were answered and {finished} runs finished",
        loaded.answers
    );
    let mut report = loaded.report();
    report["finished_per_second"] = json!(finished / took);
    report["server_cores"] = json!((server.processor_seconds()? - busy_before) / took);
    report["backlog_at_end"] = json!(backlog);
    report["rss_mb"] = json!(server.rss_mb()?);
    Ok(report)
}

/// A server in a process of its own, stopped when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str], listening: Option<&str>) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .env("HOOKBOX_ADMIN_TOKEN", TOKEN)
            .env("HOOKBOX_LOG", "warn")
            .envs(LIMITS.map(|name| (format!("HOOKBOX__INGRESS__{name}"), "1000000")))
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("a pipe")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let line = lines.next().context("the server ended before it listened")??;
            let Some(listening) = listening else { break line };
            let said: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(url) = said[listening].as_str() {
                break url.trim_start_matches("http://").to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    fn post(&self, path: &str, body: &Value) -> Result<()> {
        let url = format!("http://{}/api/v1/{path}", self.address);
        ureq::post(&url).header("authorization", format!("Bearer {TOKEN}")).send_json(body)?;
        Ok(())
    }

    fn apply(&self, document: &str) -> Result<Value> {
        let url = format!("http://{}/api/v1/automations", self.address);
        let request = ureq::put(&url).header("authorization", format!("Bearer {TOKEN}"));
        Ok(request.header("content-type", "application/yaml").send(document)?.body_mut().read_json()?)
    }

    fn metric(&self, name: &str) -> Result<f64> {
        let text = ureq::get(format!("http://{}/metrics", self.address)).call()?.body_mut().read_to_string()?;
        let values = text.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next());
        Ok(values.filter_map(|value| value.parse::<f64>().ok()).sum())
    }

    fn finished(&self) -> Result<f64> {
        self.metric("hookbox_runs_total{state=\"succeeded\"}")
    }

    /// Waits until every accepted capture has a finished run.
    fn wait_until_idle(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.finished()? < self.metric("hookbox_captures_total")? {
            ensure!(
                Instant::now() < deadline,
                "runs are left after 120 s: {} of {}",
                self.finished()?,
                self.metric("hookbox_captures_total")?
            );
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    }

    fn processor_seconds(&self) -> Result<f64> {
        processor_seconds(&self.child.id().to_string())
    }

    fn rss_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("kB")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time of a process (`/proc/PID/stat` counts hundredths of a second).
fn processor_seconds(pid: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().context("a name")?;
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// What the load client saw.
struct Loaded {
    answers: u64,
    seconds: f64,
    client_seconds: f64,
    latencies_us: Vec<u32>,
}

impl Loaded {
    fn report(&self) -> Value {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).map_or(0.0, |us| f64::from(*us) / 1e3);
        json!({
            "per_second": self.answers as f64 / self.seconds,
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "client_cores": self.client_seconds / self.seconds,
        })
    }
}

/// Closed loop: each connection sends its next request when the one before is answered.
fn load(address: &str, path: &str, key: &str, options: &Options, contacts: u64) -> Result<Loaded> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client_before = processor_seconds("self")?;
    let began = Instant::now();
    let end = began + Duration::from_secs(options.seconds);
    let number = Arc::new(AtomicU64::new(0));
    let latencies = runtime.block_on(async {
        let mut senders = Vec::new();
        for _ in 0..options.connections {
            let request = request(address, path, key);
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            senders.push(tokio::spawn(send(stream, request, number.clone(), contacts, end)));
        }
        let mut latencies = Vec::new();
        for sender in senders {
            latencies.extend(sender.await??);
        }
        anyhow::Ok(latencies)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let client_seconds = processor_seconds("self")? - client_before;
    Ok(Loaded { answers: latencies.len() as u64, seconds, client_seconds, latencies_us: latencies })
}

/// The request, and where its seven digits that name the contact are.
fn request(address: &str, path: &str, key: &str) -> (Vec<u8>, usize) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n",
        JOHN.len()
    );
    let digits = head.len() + JOHN.find("5556677").unwrap_or_default();
    (format!("{head}{JOHN}").into_bytes(), digits)
}

async fn send(
    mut stream: TcpStream,
    (mut request, digits): (Vec<u8>, usize),
    number: Arc<AtomicU64>,
    contacts: u64,
    end: Instant,
) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    let mut answer = vec![0; 4096];
    while Instant::now() < end {
        let contact = 2_000_000 + number.fetch_add(1, Ordering::Relaxed) % contacts;
        request[digits..digits + 7].copy_from_slice(contact.to_string().as_bytes());
        let began = Instant::now();
        stream.write_all(&request).await?;
        let mut length = 0;
        while !answer[..length].ends_with(CAPTURED.as_bytes()) {
            let read = stream.read(&mut answer[length..]).await?;
            ensure!(read > 0, "closed by the server after {:?}", String::from_utf8_lossy(&answer[..length]));
            length += read;
            ensure!(answer.starts_with(b"HTTP/1.1 200"), "answered {:?}", String::from_utf8_lossy(&answer[..length]));
        }
        latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// The limit: what HTTP alone costs here.
mod bare {
    use std::convert::Infallible;
    use std::process::ExitCode;

    use http_body_util::{BodyExt, Full};
    use hyper::body::{Bytes, Incoming};
    use hyper::service::service_fn;
    use hyper::{Request, Response};
    use hyper_util::rt::TokioIo;
    use tokio::net::TcpListener;

    pub(crate) fn serve() -> ExitCode {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            println!("{}", listener.local_addr().expect("an address"));
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service_fn(answer)),
                );
            }
        });
        ExitCode::SUCCESS
    }

    async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let bearer =
            request.headers().get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Bearer "));
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
        let mut response = Response::new(Full::new(Bytes::from_static(super::CAPTURED.as_bytes())));
        if !bearer || !json {
            *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
        }
        Ok(response)
    }
}
