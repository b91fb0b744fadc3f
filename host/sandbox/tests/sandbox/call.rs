//! What a call needs, with the parts that a test does not care about filled in.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    Contact, ContactId, ContactView, Digest, Directory, Grants, Identifier, Invocation, JsonLimits, Payload, RunId,
    Timestamp, WorkspaceId,
};
use hookbox_sandbox::{Called, CompilerCommand, Config, Loaded, Nothing, Sandbox};

use crate::guest::Guest;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);

/// Limits that end hostile calls soon.
pub(crate) fn strict() -> Config {
    let mut config = Config { cpu_ms: 100, deadline_ms: 5_000, describe_ms: 1_000, ..Config::default() };
    config.pool.calls = 8;
    config.pool.memories = 64;
    config.pool.tables = 64;
    config.pool.core_instances = 64;
    config
}

/// `config` with components compiled in a process of its own, and kept in `dir`.
pub(crate) fn child(config: Config, dir: &Path) -> Config {
    let program = env!("CARGO_BIN_EXE_hookbox-sandbox-compiler").into();
    Config { compiler: Some(CompilerCommand { program, args: Vec::new() }), cache_dir: Some(dir.to_owned()), ..config }
}

pub(crate) async fn load(sandbox: &Sandbox, guest: &Guest<'_>) -> Arc<Loaded> {
    let component = guest.component();
    sandbox.load(Digest::of(&component), &component).await.expect("the guest loads")
}

/// An invocation of step 0 of a run made of `run` repeated.
pub(crate) fn invocation(run: u8) -> Invocation {
    let phone = Identifier::Phone("+12155556677".into());
    let now = Timestamp::from_millis(1_700_000_000_120);
    let contact = Contact::unknown(ContactId::from_bytes([1; 16]), WORKSPACE, &phone, now);
    Invocation {
        run: RunId::from_bytes([run; 16]),
        step: 0,
        step_name: "step".into(),
        attempt: 1,
        idempotency_key: "key".into(),
        now,
        payload: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("JSON"),
        contact: ContactView { contact: Arc::new(contact), lists: Vec::new() },
        inbox: "support".into(),
        conversation: None,
        steps: Vec::new(),
        settings: "{}".into(),
        directory: Arc::new(Directory { lists: BTreeSet::from(["customers".into()]), ..Directory::default() }),
        rehearsal: false,
    }
}

/// Calls the guest with everything granted that it needs.
pub(crate) async fn invoke(sandbox: &Sandbox, loaded: &Arc<Loaded>, run: u8) -> Called {
    let manifest = sandbox.describe(loaded).await.expect("the guest describes itself");
    sandbox.invoke(loaded, WORKSPACE, invocation(run), &Grants::all_of(&manifest.needs), Arc::new(Nothing)).await
}

/// Loads and calls `guest` under `config`.
pub(crate) async fn called(config: Config, guest: &Guest<'_>) -> Called {
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let loaded = load(&sandbox, guest).await;
    invoke(&sandbox, &loaded, 1).await
}
