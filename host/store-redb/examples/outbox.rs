//! What a full outbox costs: memory while it grows, the start after an unclean stop, a claim, and how fast it is sent.
//!
//! `cargo run -p hookbox-store-redb --release --example outbox -- [MESSAGES] [MESSAGES OF EACH CONVERSATION]`

use std::env;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use hookbox_model::{InboxId, Message, MessageState, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::{ContactCommit, OutboxClaim, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};
use prometheus_client::registry::Registry;

type Failure = Box<dyn Error + Send + Sync>;

/// So many callers write at once.
const CALLERS: usize = 256;

/// So many inboxes the messages are from.
const INBOXES: usize = 64;

/// So many messages are on their way at once: what dispatch has in hand by default.
const IN_HAND: usize = 1_024;

fn main() -> Result<(), Failure> {
    let mut numbers = env::args().skip(1);
    let messages: usize = numbers.next().map_or(Ok(100_000), |text| text.parse())?;
    let of_each: usize = numbers.next().map_or(Ok(1), |text| text.parse())?;
    let dir = env::temp_dir().join(format!("hookbox-outbox-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = std::io::stdout();
    let store = open(&dir)?;
    let before = resident_kib();
    let started = Instant::now();
    runtime.block_on(fill(&store, messages.div_ceil(of_each * CALLERS), of_each))?;
    let took = started.elapsed().as_secs_f64();
    writeln!(out, "queued {messages} in {took:.1} s, memory {before} -> {} KiB", resident_kib())?;
    // Dropped and not closed: the next start takes it for a crash.
    drop(store);
    let started = Instant::now();
    let store = open(&dir)?;
    writeln!(out, "opened after an unclean stop in {:.3} s", started.elapsed().as_secs_f64())?;
    for limit in [1, 100] {
        let started = Instant::now();
        let claims = runtime.block_on(store.outbox().claim(limit))?;
        writeln!(out, "claimed {} in {:.0} µs", claims.len(), started.elapsed().as_secs_f64() * 1e6)?;
        let keys: Vec<_> = claims.iter().map(|claim| (claim.message.workspace, claim.message.id)).collect();
        runtime.block_on(store.outbox().release(&keys));
    }
    let started = Instant::now();
    let sent = runtime.block_on(drain(&store))?;
    let took = started.elapsed().as_secs_f64();
    writeln!(out, "sent {sent} in {took:.1} s: {:.0}/s, memory {} KiB", sent as f64 / took, resident_kib())?;
    runtime.block_on(store.close());
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn open(dir: &Path) -> Result<Arc<RedbStore>, Failure> {
    Ok(RedbStore::open(dir, Config::default(), Metrics::register(&mut Registry::default()), false)?)
}

async fn fill(store: &Arc<RedbStore>, conversations: usize, of_each: usize) -> Result<(), Failure> {
    let workspaces: [WorkspaceId; 4] = [(); 4].map(|()| samples::id());
    let inboxes: Vec<InboxId> = (0..INBOXES).map(|_| samples::id()).collect();
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (store, inbox) = (Arc::clone(store), inboxes[number % INBOXES]);
            let workspace = workspaces[number % INBOXES % workspaces.len()];
            tokio::spawn(async move {
                for _ in 0..conversations {
                    begin(&*store, workspace, inbox, of_each).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await?;
    }
    Ok(())
}

/// A run that begins a conversation and asks for messages in it.
async fn begin(store: &dyn Store, workspace: WorkspaceId, inbox: InboxId, of_each: usize) {
    let contact = samples::contact(workspace, &samples::phone());
    let conversation = samples::conversation(&contact, inbox);
    let commit = ContactCommit {
        messages: (0..of_each).map(|_| samples::message(&conversation)).collect(),
        conversations: vec![samples::conversation_commit(None, conversation)],
        ..samples::contact_commit(None, contact)
    };
    let capture = samples::captured(store, workspace, samples::id()).await;
    store.runs().commit_run(samples::commit_of(&capture, commit)).await.expect("the run is committed");
}

/// Sends everything, as many at once as dispatch has in hand.
async fn drain(store: &Arc<RedbStore>) -> Result<usize, Failure> {
    let places = Arc::new(tokio::sync::Semaphore::new(IN_HAND));
    let mut sent = 0;
    loop {
        let free = places.available_permits();
        let claims = store.outbox().claim(free.max(1)).await?;
        if claims.is_empty() && free == IN_HAND {
            return Ok(sent);
        }
        sent += claims.len();
        for claim in claims {
            let (store, place) = (Arc::clone(store), Arc::clone(&places).acquire_owned().await?);
            tokio::spawn(async move {
                send(&*store, claim).await;
                drop(place);
            });
        }
        tokio::task::yield_now().await;
    }
}

async fn send(store: &dyn Store, claim: OutboxClaim) {
    let mut message = claim.message;
    for state in [MessageState::Sending, MessageState::Sent] {
        let attempts = message.attempts + u32::from(state == MessageState::Sending);
        message = Message { state, attempts, revision: message.revision + 1, ..message };
        let at = Timestamp::from_millis(message.created_at.as_millis());
        store.outbox().commit_message(&message, false, at).await.expect("a step is committed");
    }
}

/// The memory this process holds, by the system's count.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|text| text.parse().ok()).unwrap_or(0)
}
