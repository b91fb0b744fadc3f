//! Uploads: the first byte says whether the rest is a file as it is, what a random component is made of, or what a random module is
//! made of; both of these are looked at alone and inside of a plugin.
//!
//! Every file gets a report: it is good and ready to run, or it has faults with a way to mend them. The inspection itself never panics; what
//! compiles and runs is ended by its limits.

use std::cell::RefCell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use arbitrary::Unstructured;
use bytes::Bytes;
use hookbox_sandbox::{Config, Phase, Sandbox};
use tokio::runtime::{Builder, Runtime};

/// A plugin that passes, as it was built for the first version of the contract.
const PLUGIN: &[u8] = include_bytes!("../plugin.wasm");

/// Whether what runs now is the compiler or the guest, which the host keeps apart from itself.
static APART: AtomicBool = AtomicBool::new(false);

thread_local! {
    static SANDBOX: RefCell<Option<(Runtime, Sandbox)>> = const { RefCell::new(None) };
}

pub(crate) fn try_on(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    for file in files(*kind, rest) {
        SANDBOX.with_borrow_mut(|slot| {
            let (runtime, sandbox) = slot.get_or_insert_with(open);
            runtime.block_on(inspect(sandbox, file));
        });
    }
}

fn files(kind: u8, rest: &[u8]) -> Vec<Vec<u8>> {
    match kind % 4 {
        0 => vec![rest.to_vec()],
        1 => vec![[PLUGIN, rest].concat()],
        2 => {
            let config = wasm_smith::Config { reference_types_enabled: true, ..wasm_smith::Config::default() };
            let made = wasm_smith::Component::new(config, &mut Unstructured::new(rest));
            made.map_or_else(|_| Vec::new(), |made| alone_and_inside(4, made.to_bytes()))
        }
        _ => {
            let made = wasm_smith::Module::new(wasm_smith::Config::default(), &mut Unstructured::new(rest));
            made.map_or_else(|_| Vec::new(), |made| alone_and_inside(1, made.to_bytes()))
        }
    }
}

/// The file itself, and a plugin with the file in a section of this kind.
fn alone_and_inside(section: u8, file: Vec<u8>) -> Vec<Vec<u8>> {
    let mut inside = [PLUGIN, &[section]].concat();
    let mut length = file.len();
    while length > 0x7f {
        inside.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    inside.push(length as u8);
    inside.extend_from_slice(&file);
    vec![file, inside]
}

fn open() -> (Runtime, Sandbox) {
    let outer = panic::take_hook();
    panic::set_hook(Box::new(move |about| {
        if !APART.load(Ordering::SeqCst) {
            eprintln!("the inspection panics: {about}");
            std::process::abort();
        }
        outer(about);
    }));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut config =
        Config { describe_ms: 50, functions_max: 1_000, function_bytes_max: 64 << 10, ..Config::default() };
    config.pool.calls = 2;
    config.pool.memories = 16;
    config.pool.tables = 16;
    config.pool.core_instances = 32;
    let sandbox = Sandbox::new(config).expect("a sandbox");
    (runtime, sandbox)
}

async fn inspect(sandbox: &Sandbox, file: Vec<u8>) {
    let bytes = file.len() as u64;
    APART.store(false, Ordering::SeqCst);
    let progress = |phase: Phase| APART.store(phase != Phase::Checking, Ordering::SeqCst);
    let report = sandbox.inspect(Bytes::from(file), &progress).await;
    APART.store(false, Ordering::SeqCst);
    assert_eq!(report.bytes, bytes);
    assert_eq!(sandbox.loaded(report.digest).is_some(), report.is_good(), "only what is good is ready to run");
    assert_eq!(report.manifest.is_some(), report.is_good(), "{:?}", report.faults);
    assert!(report.faults.len() <= 50, "{} faults", report.faults.len());
    for fault in report.faults.iter().chain(&report.warnings) {
        assert!(!fault.message.is_empty() && !fault.mend.is_empty(), "{fault:?}");
        assert!(fault.message.len() < 20_000, "{} bytes are said", fault.message.len());
        let shown = fault.message.replace('\n', " ");
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
    sandbox.forget(report.digest);
}
