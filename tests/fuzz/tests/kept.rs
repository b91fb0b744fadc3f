//! Every kept input is tried on its target again: what was found once stays mended.

#[path = "../targets/list.rs"]
mod targets;

use std::cell::Cell;
use std::panic;
use std::sync::Once;
use std::thread;

use hookbox_fuzz::{Kept, kept};
use hookbox_model::JsonLimits;
use targets::{ALL, Target};

/// What all kept inputs together may take, in bytes.
const CORPUS_BYTES_MAX: usize = 1 << 20;

thread_local! {
    /// How many panics there were on this thread, also those that somebody caught, such as a runtime for its task.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// Has panics counted.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            told(info);
        }));
    });
}

/// On a stack like that of the program's own threads.
fn check(name: &str) {
    let target = Target::named(name).expect("a target of this name");
    let inputs = kept(target.name).expect("the target has kept inputs");
    assert!(!inputs.is_empty(), "nothing is tried on {name}");
    count_panics();
    let replay = move || {
        for Kept { name, bytes } in inputs {
            let tried = panic::catch_unwind(|| (target.try_on)(&bytes));
            let panicked = PANICS.get() > 0 && !target.contains_panics;
            assert!(tried.is_ok() && !panicked, "the kept input {}/{name} shows a fault", target.name);
        }
    };
    let stack = thread::Builder::new().stack_size(JsonLimits::STACK_BYTES);
    let ended = stack.spawn(replay).expect("a thread").join();
    assert!(ended.is_ok(), "see above");
}

#[test]
fn no_kept_request_breaks_the_webhook_door() {
    check("door");
}

#[test]
fn no_kept_json_is_taken_otherwise_than_it_is() {
    check("json");
}

#[test]
fn no_kept_document_breaks_the_admin_door() {
    check("documents");
}

#[test]
fn no_kept_path_or_transform_breaks_a_mapping() {
    check("paths");
}

#[test]
fn no_kept_template_breaks_out_of_its_settings() {
    check("templates");
}

#[test]
fn no_kept_condition_does_more_than_decide() {
    check("conditions");
}

#[test]
fn no_kept_row_is_read_as_what_it_is_not() {
    check("records");
}

#[test]
fn no_kept_component_gets_past_its_inspection_otherwise_than_by_a_report() {
    check("components");
}

#[test]
fn no_kept_signature_lets_in_who_did_not_sign() {
    check("signatures");
}

#[test]
fn every_target_has_kept_inputs_and_all_of_them_are_small() {
    let inputs = ALL.iter().flat_map(|target| kept(target.name).expect("the target has kept inputs"));
    let bytes: usize = inputs.map(|kept| kept.bytes.len()).sum();
    assert!(
        bytes <= CORPUS_BYTES_MAX,
        "the kept inputs take {bytes} bytes; minimise them with tests/fuzz/run --minimise"
    );
}
