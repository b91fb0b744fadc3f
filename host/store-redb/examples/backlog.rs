//! What a backlog costs: memory while it grows, the start after an unclean stop, and how fast it drains.
//!
//! `cargo run -p hookbox-store-redb --release --example backlog -- [CAPTURES]`

use std::env;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use hookbox_model::RunState;
use hookbox_store::Store;
use hookbox_store::conformance::samples;
use hookbox_store_redb::{Config, Metrics, RedbStore};
use prometheus_client::registry::Registry;

type Failure = Box<dyn Error + Send + Sync>;

/// So many captures and commits are waited for at once.
const AT_ONCE: usize = 256;

fn main() -> Result<(), Failure> {
    let captures: usize = env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let dir = env::temp_dir().join(format!("hookbox-backlog-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = std::io::stdout();
    let store = open(&dir)?;
    let before = resident_kib();
    let started = Instant::now();
    runtime.block_on(fill(&store, captures))?;
    let took = started.elapsed().as_secs_f64();
    writeln!(out, "captured {captures} in {took:.1} s, memory {before} -> {} KiB", resident_kib())?;
    // Dropped and not closed: the next start takes it for a crash.
    drop(store);
    let started = Instant::now();
    let store = open(&dir)?;
    writeln!(out, "opened after an unclean stop in {:.3} s", started.elapsed().as_secs_f64())?;
    let started = Instant::now();
    let drained = runtime.block_on(drain(&store))?;
    let took = started.elapsed().as_secs_f64();
    writeln!(out, "drained {drained} in {took:.1} s: {:.0}/s, memory {} KiB", drained as f64 / took, resident_kib())?;
    runtime.block_on(store.close());
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn open(dir: &Path) -> Result<Arc<RedbStore>, Failure> {
    Ok(RedbStore::open(dir, Config::default(), Metrics::register(&mut Registry::default()), false)?)
}

async fn fill(store: &Arc<RedbStore>, captures: usize) -> Result<(), Failure> {
    let (workspace, automation) = (samples::id(), samples::id());
    let callers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for _ in 0..captures.div_ceil(AT_ONCE) {
                    samples::captured(&*store, workspace, automation).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await?;
    }
    Ok(())
}

async fn drain(store: &Arc<RedbStore>) -> Result<usize, Failure> {
    let mut drained = 0;
    while store.queue_depth() > 0 {
        let claims = store.runs().claim(AT_ONCE).await?;
        let receipts: Vec<_> = claims
            .iter()
            .map(|claim| store.runs().commit_run(samples::first_commit(&claim.capture, RunState::Succeeded)))
            .collect();
        drained += receipts.len();
        for receipt in receipts {
            receipt.await?;
        }
    }
    Ok(drained)
}

/// The memory this process holds, by the system's count.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|text| text.parse().ok()).unwrap_or(0)
}
