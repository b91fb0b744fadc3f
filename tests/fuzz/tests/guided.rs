//! One target under libFuzzer: that which the environment variable `HOOKBOX_FUZZ_TARGET` names. `tests/fuzz/run` starts it.
//!
//! Built with the feature `guided` only. Without the flags of `tests/fuzz/instrument` it runs, and is guided by nothing.

#![no_main]
#![allow(unsafe_code, missing_docs, improper_ctypes_definitions, reason = "the macro exports what libFuzzer calls")]

#[path = "../targets/list.rs"]
mod targets;

use std::panic;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use targets::Target;

fn chosen() -> &'static Target {
    let name = std::env::var("HOOKBOX_FUZZ_TARGET").unwrap_or_default();
    let names = || targets::ALL.map(|target| target.name).join(", ");
    let target = Target::named(&name).unwrap_or_else(|| panic!("HOOKBOX_FUZZ_TARGET must be one of {}", names()));
    if target.contains_panics {
        // In the place of libFuzzer's, which ends the process at once. One that gets out of the target still does.
        panic::set_hook(Box::new(|_| ()));
    }
    target
}

fuzz_target!(|input: &[u8]| {
    static TARGET: OnceLock<&'static Target> = OnceLock::new();
    (TARGET.get_or_init(chosen).try_on)(input);
});
