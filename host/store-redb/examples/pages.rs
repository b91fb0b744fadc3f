//! What a page of runs costs among many: the first, one far back, by state, automation and time, and looking for a text.
//! And what dropping their day costs.
//!
//! `cargo run -p hookbox-store-redb --release --example pages -- [RUNS]`

use std::env;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{AutomationId, Capture, RunFailure, RunState, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::{History, PageRequest, RunFilter, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};

type Failure = Box<dyn Error + Send + Sync>;

/// So many are captured and committed at once.
const AT_ONCE: usize = 256;

/// The day that the runs are of, counted from 1970-01-01, and the day after it.
const DAY: u64 = 20_000;

/// A page as the web page asks for it.
const LIMIT: usize = 50;

fn main() -> Result<(), Failure> {
    let runs: usize = env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let dir = env::temp_dir().join(format!("hookbox-pages-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let config = Config { ballast_bytes: 0, free_bytes_min: 0, ..Config::default() };
    let store = RedbStore::open(&dir, config, Metrics::unregistered(), false)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let measured = runtime.block_on(measure(&store, runs));
    runtime.block_on(store.close());
    drop(store);
    std::fs::remove_dir_all(&dir)?;
    measured
}

async fn measure(store: &Arc<RedbStore>, runs: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let (workspace, one, other): (WorkspaceId, AutomationId, AutomationId) =
        (samples::id(), samples::id(), samples::id());
    let started = Instant::now();
    fill(store, workspace, [one, other], runs).await?;
    writeln!(out, "{runs} runs made in {:.1} s", started.elapsed().as_secs_f64())?;
    let all = RunFilter::default();
    let middle = Timestamp::from_millis(DAY * 86_400_000 + runs as u64 / 2);
    for (what, filter) in [
        ("newest first", all.clone()),
        ("from half-way back", RunFilter { to: Some(middle), ..all.clone() }),
        ("of one automation", RunFilter { automation: Some(one), ..all.clone() }),
        ("that failed (1 in 1,000)", RunFilter { state: Some(RunState::Failed), ..all.clone() }),
        ("that wait (none; 10,000 rows)", RunFilter { state: Some(RunState::Waiting), ..all.clone() }),
        ("with a text that is in all", RunFilter { text: Some("2155556677".into()), ..all.clone() }),
        ("with a text that is nowhere (5,000 rows)", RunFilter { text: Some("nowhere".into()), ..all.clone() }),
    ] {
        let (took, found) = page(store, workspace, &filter).await?;
        writeln!(out, "a page {what}: {:.2} ms, {found} runs", took.as_secs_f64() * 1e3)?;
    }
    let (started, mut pages, mut after) = (Instant::now(), 0, None);
    loop {
        let filter = RunFilter { text: Some("nowhere".into()), ..all.clone() };
        let page = store.runs().page(workspace, filter, PageRequest { after, limit: LIMIT }).await?;
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    writeln!(out, "a text looked for in all of them: {:.2} s, {pages} pages", started.elapsed().as_secs_f64())?;
    let started = Instant::now();
    let dropped = store.drop_days_before(u32::try_from(DAY + 1)?).await?;
    writeln!(out, "{} day dropped in {:.2} s", dropped.days, started.elapsed().as_secs_f64())?;
    Ok(())
}

/// The middle of five times, and how many runs the page has.
async fn page(store: &RedbStore, workspace: WorkspaceId, filter: &RunFilter) -> Result<(Duration, usize), Failure> {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..5 {
        let started = Instant::now();
        let wanted = PageRequest { after: None, limit: LIMIT };
        found = store.runs().page(workspace, filter.clone(), wanted).await?.items.len();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok((times[2], found))
}

async fn fill(
    store: &Arc<RedbStore>,
    workspace: WorkspaceId,
    automations: [AutomationId; 2],
    runs: usize,
) -> Result<(), Failure> {
    for first in (0..runs).step_by(AT_ONCE) {
        let making: Vec<_> = (first..runs.min(first + AT_ONCE))
            .map(|number| tokio::spawn(make(Arc::clone(store), workspace, automations, number)))
            .collect();
        for made in making {
            made.await??;
        }
    }
    Ok(())
}

async fn make(
    store: Arc<RedbStore>,
    workspace: WorkspaceId,
    automations: [AutomationId; 2],
    number: usize,
) -> Result<(), Failure> {
    let received_at = Timestamp::from_millis(DAY * 86_400_000 + number as u64);
    let id = samples::id_at(received_at);
    let capture = Capture { id, received_at, ..samples::capture(workspace, automations[number % 2]) };
    let capture = Arc::new(capture);
    store.captures().capture(Arc::clone(&capture)).await?;
    let contact = samples::contact(workspace, &samples::phone());
    let mut commit = samples::commit_of(&capture, samples::contact_commit(None, contact));
    if number.is_multiple_of(1_000) {
        commit.run.state = RunState::Failed;
        commit.run.failure = Some(RunFailure::new("mapping", "invalid-phone", "the phone number is none"));
    }
    store.runs().commit_run(commit).await?;
    Ok(())
}
