//! What a run costs before its first step: the mission's payload to its contact, found in the embedded store or made.
//!
//! `cargo bench -p hookbox-runner`; prints a table of microseconds, asserts nothing. The limit of the design is a median of
//! 15 µs.

use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{
    Automation, AutomationId, AutomationState, Contact, ContactId, Document, FieldValue, Identifier, Timestamp,
    Workspace, WorkspaceId, Zone,
};
use hookbox_runner::{Config, Resolution};
use hookbox_store::Store;
use hookbox_store::conformance::samples;
use hookbox_store_redb::RedbStore;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use uuid::Uuid;

const TURNS: u32 = 100_000;

/// Contacts that are there: every second phone number of the load.
const CONTACTS: u32 = 10_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let dir = tempfile::tempdir().expect("a directory");
    let metrics = hookbox_store_redb::Metrics::register(&mut Registry::default());
    let config = hookbox_store_redb::Config { ballast_bytes: 0, ..hookbox_store_redb::Config::default() };
    let store: Arc<dyn Store> = RedbStore::open(dir.path(), config, metrics, false).expect("the store opens");
    runtime.block_on(async {
        let automation = example();
        furnish(&*store, automation.workspace).await;
        let resolution = Resolution::of(store.clone(), automation, &Config::default()).await.expect("names");
        print("payload to contact, in microseconds    median       p99");
        measure("contact found", &resolution, 0, |contact| contact.version == 1).await;
        measure("contact made", &resolution, 1, |contact| contact.version == 0).await;
        store.close().await;
    });
}

/// Resolves payloads whose numbers are even (0) or odd (1).
async fn measure(what: &str, resolution: &Resolution, odd: u32, is_right: impl Fn(&Contact) -> bool) {
    let payloads: Vec<Value> = (0..CONTACTS).map(|number| payload(2 * number + odd)).collect();
    let mut took = Vec::with_capacity(TURNS as usize);
    for payload in payloads.iter().cycle().take(TURNS as usize) {
        let began = Instant::now();
        let contact = black_box(resolution.contact(black_box(payload)).await);
        took.push(began.elapsed());
        let contact = contact.expect("the store is there").expect("the payload is mapped");
        assert!(is_right(&contact) && contact.fields.len() == 3, "{contact:?}");
    }
    took.sort_unstable();
    let at = |share: usize| micros(took[took.len() * share / 100]);
    print(&format!("{what:<34}{:>11.2}{:>10.2}", at(50), at(99)));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn print(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("stdout is open");
}

fn phone(number: u32) -> String {
    format!("1215{}", 2_000_000 + number)
}

fn payload(number: u32) -> Value {
    json!({"phone_number": phone(number), "first_name": "John", "last_name": "Smith", "Integration": "Salesforce"})
}

/// The mission's example.
fn example() -> Arc<Automation> {
    let document: Document = serde_json::from_value(json!({
        "name": "Order shipped", "inbox": "support",
        "trigger": {"webhook": {
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [
                {"field": "first_name", "from": "$.first_name", "transforms": ["trim", "title"]},
                {"field": "last_name", "from": "$.last_name"},
                {"field": "source", "from": "$.Integration", "write": "fill-empty"},
            ],
        }},
        "steps": [],
    }))
    .expect("the example is a document");
    let (id, workspace) = (AutomationId::from_uuid(Uuid::now_v7()), WorkspaceId::from_uuid(Uuid::now_v7()));
    let (created_at, updated_at) = (Timestamp::default(), Timestamp::default());
    let document = Arc::new(document);
    let (state, saved_by) = (AutomationState::Live, "host".to_owned());
    Arc::new(Automation { id, workspace, state, version: 1, document, created_at, updated_at, saved_by })
}

async fn furnish(store: &dyn Store, id: WorkspaceId) {
    let workspace = Workspace {
        id,
        name: "bench".into(),
        country: "US".into(),
        zone: Zone::utc(),
        caps: Default::default(),
        created_at: Timestamp::default(),
    };
    store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace is added");
    for number in 0..CONTACTS {
        let identifier = Identifier::Phone(format!("+{}", phone(2 * number)));
        let mut contact = Contact::unknown(ContactId::from_uuid(Uuid::now_v7()), id, &identifier, Timestamp::default());
        for (name, text) in [("first_name", "Joan"), ("last_name", "Smith"), ("source", "HubSpot")] {
            contact.fields.insert(name.into(), FieldValue::Text(text.into()));
        }
        store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    }
}
