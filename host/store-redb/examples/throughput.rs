//! How many captures and commits of whole runs the store takes in a second, through its trait.
//!
//! Each of CALLERS callers captures a request, then commits its run with a new contact, a conversation, a message and a list.
//! `cargo run -p hookbox-store-redb --release --example throughput -- [CALLERS] [SECONDS] [DIR]`

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hookbox_model::{
    AutomationId, Capture, Contact, ContactId, Conversation, ConversationId, Digest, Id, Identifier, JsonLimits, Kind,
    Message, Payload, Run, RunState, StepRecord, StepState, Timestamp, WorkspaceId,
};
use hookbox_store::{ContactCommit, ConversationCommit, RunCommit, Store};
use hookbox_store_redb::{Config, Metrics, RedbStore};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BODY: &str =
    r#"{"phone_number": "12155556677", "first_name": "John", "last_name": "Smith", "Integration": "Salesforce"}"#;

static COUNTER: AtomicU64 = AtomicU64::new(1);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().collect();
    let callers: u64 = arguments.get(1).map_or(Ok(64), |text| text.parse())?;
    let seconds: u64 = arguments.get(2).map_or(Ok(5), |text| text.parse())?;
    let dir = arguments.get(3).map_or_else(|| env::temp_dir().join("hookbox-throughput"), PathBuf::from);
    std::fs::create_dir_all(&dir)?;
    let dir = dir.join(format!("run-{}", now().as_millis()));
    let mut registry = Registry::default();
    let store = RedbStore::open(&dir, Config::default(), Metrics::register(&mut registry), false)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (started, pairs) = (Instant::now(), runtime.block_on(load(Arc::clone(&store), callers, seconds))?);
    let took = started.elapsed().as_secs_f64();
    let processor = processor_seconds();
    runtime.block_on(store.close());
    let bytes = std::fs::metadata(dir.join("store.redb"))?.len();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{pairs} pairs in {took:.2} s: {:.0}/s, {:.1} us of processor each, {} bytes of file each",
        pairs as f64 / took,
        processor * 1e6 / pairs as f64,
        bytes / pairs.max(1)
    )?;
    let mut text = String::new();
    encode(&mut text, &registry)?;
    for line in text.lines().filter(|line| line.contains("_sum") || line.contains("_count")) {
        writeln!(out, "{line}")?;
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// The processor time of this process so far.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: f64 = stat.split_whitespace().skip(13).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks / 100.0
}

async fn load(store: Arc<RedbStore>, callers: u64, seconds: u64) -> Result<u64, Failure> {
    let (workspace, automation, list) = (id(), id(), id());
    let end = Instant::now() + Duration::from_secs(seconds);
    let running: Vec<_> = (0..callers)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut pairs = 0;
                while Instant::now() < end {
                    pair(&*store, workspace, automation, list).await?;
                    pairs += 1;
                }
                Ok::<u64, Failure>(pairs)
            })
        })
        .collect();
    let mut pairs = 0;
    for caller in running {
        pairs += caller.await??;
    }
    Ok(pairs)
}

async fn pair(
    store: &dyn Store,
    workspace: WorkspaceId,
    automation: AutomationId,
    list: hookbox_model::ListId,
) -> Result<(), Failure> {
    let received_at = now();
    let capture = Arc::new(Capture {
        id: id(),
        workspace,
        automation,
        automation_version: 1,
        received_at,
        body: Payload::parse(BODY.into(), JsonLimits::default())?,
        idempotency: None,
        from: None,
        headers: Default::default(),
    });
    store.captures().capture(Arc::clone(&capture)).await?;
    // Whoever comes first claims; the commit below is for this caller's own capture, so a claim is only bookkeeping.
    store.runs().claim(1).await?;
    // Phones come in no order and never twice: steps round a prime number of them.
    let phone = COUNTER.fetch_add(1, Ordering::Relaxed).wrapping_mul(6_180_339_887) % 9_999_999_967;
    let phone = format!("+1{phone:010}");
    store.contacts().find(workspace, &Identifier::Phone(phone.clone())).await?;
    store.runs().commit_run(commit(&capture, phone, list)).await?;
    Ok(())
}

fn commit(capture: &Capture, phone: String, list: hookbox_model::ListId) -> RunCommit {
    let (workspace, now) = (capture.workspace, now());
    let contact_id: ContactId = id();
    let mut contact = Contact::unknown(contact_id, workspace, &Identifier::Phone(phone), now);
    contact.version = 1;
    contact.fields.insert("first_name".into(), hookbox_model::FieldValue::Text("John".into()));
    contact.fields.insert("last_name".into(), hookbox_model::FieldValue::Text("Smith".into()));
    contact.lists.insert(list);
    let conversation_id: ConversationId = id();
    let mut conversation = Conversation::begun(conversation_id, workspace, contact_id, id(), now);
    conversation.version = 1;
    let mut run = Run::first_of(capture, now);
    run.state = RunState::Succeeded;
    run.revision = 1;
    run.contact = Some(contact_id);
    run.finished_at = Some(now);
    run.steps = ["tell them", "assign", "list"].map(step).to_vec();
    let body = "Hi John, your order has shipped.".to_owned();
    let message = Message {
        run: Some(run.id),
        step: Some("tell them".into()),
        ..Message::outgoing(id(), &conversation, body, now)
    };
    let contact = ContactCommit {
        before: None,
        after: Arc::new(contact),
        conversations: vec![ConversationCommit { before: None, after: Arc::new(conversation) }],
        messages: vec![message],
    };
    RunCommit { run, contact: Some(contact), begins: Vec::new(), state: Vec::new() }
}

fn step(name: &str) -> StepRecord {
    StepRecord {
        name: name.into(),
        action: "send-message".into(),
        plugin: "send-message 1.0.0".into(),
        digest: Some(Digest::from_bytes([7; 32])),
        state: StepState::Succeeded,
        attempts: 1,
        input: r#"{"body":"Hi John, your order has shipped."}"#.into(),
        output: "{}".into(),
        effects: vec![hookbox_model::Effect::AddToList { list: "customers".into() }],
        log: Vec::new(),
        duration_us: 40,
        memory_bytes: 1_114_112,
        failure: None,
    }
}

/// An id as the host makes them: the time, then bits that do not repeat.
fn id<K: Kind>() -> Id<K> {
    let millis = u128::from(now().as_millis()) << 80;
    let random = u128::from(spread(COUNTER.fetch_add(1, Ordering::Relaxed)));
    let version = 0x7_u128 << 76;
    let variant = 0x8_u128 << 60;
    Id::from_bytes((millis | version | variant | random >> 4).to_be_bytes())
}

/// A bijection of 64 bits that looks random (splitmix64).
fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since.as_millis() as u64)
}
