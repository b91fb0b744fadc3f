//! Files that cannot be plugins: each is refused by the right name, quickly, and leaves nothing behind.

use bytes::Bytes;
use hookbox_sandbox::{Config, Phase, Report, Sandbox};
use wasmparser::Parser;

use crate::binary::{
    component, core_module, functions, nested, nested_instances, nested_lists, nested_types, number, section,
};
use crate::call::{child, strict};
use crate::guest::Guest;

/// Inspects `file` with a compiler in a process of its own; nothing but the key may be in the cache folder afterwards.
async fn inspected(config: Config, file: &[u8]) -> Report {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(child(config, dir.path())).expect("a sandbox");
    let report = sandbox.inspect(Bytes::copy_from_slice(file), &|_| {}).await;
    let names = std::fs::read_dir(dir.path()).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = names.filter(|name| name != "key").collect();
    assert!(report.is_good() || left.is_empty(), "{left:?} is left of {report:?}");
    assert_eq!(report.is_good(), sandbox.loaded(report.digest).is_some());
    report
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.faults.iter().map(|fault| fault.code).collect()
}

async fn check(config: Config, file: &[u8], expected: &[&str]) {
    let report = inspected(config, file).await;
    assert_eq!(codes(&report), expected, "{:?}", report.faults);
    assert!(report.faults.iter().all(|fault| !fault.message.is_empty() && !fault.mend.is_empty()));
}

fn assembled(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("right")
}

/// The guest with further sections behind its own.
fn guest_with(sections: &[Vec<u8>]) -> Vec<u8> {
    [Guest::default().component(), sections.concat()].concat()
}

#[tokio::test]
async fn files_of_other_kinds_are_refused_by_what_they_are() {
    let engine = wasmtime::Engine::default();
    let precompiled = engine.precompile_component(&Guest::default().component()).expect("it compiles");
    for (file, expected) in [
        (&b""[..], "empty"),
        (b"(component)", "text"),
        (&assembled("(module)"), "core-module"),
        (&precompiled, "precompiled"),
        (b"\x7fELF\x02\x01\x01", "precompiled"),
        (b"PK\x03\x04\x14\0\0\0", "archive"),
        (b"\0asm", "truncated"),
        (b"#!/bin/sh", "no-wasm"),
    ] {
        check(strict(), file, &[expected]).await;
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_anywhere_is_refused() {
    let whole = Guest::default().component();
    let mut cuts: Vec<usize> = (0..whole.len()).step_by(97).chain(whole.len() - 9..whole.len()).collect();
    for payload in Parser::new(0).parse_all(&whole) {
        cuts.extend(payload.expect("valid").as_section().map(|(_, range)| range.end));
    }
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let mut seen = std::collections::BTreeSet::new();
    for cut in cuts.into_iter().filter(|&cut| cut < whole.len()) {
        let report = sandbox.inspect(Bytes::copy_from_slice(&whole[..cut]), &|_| {}).await;
        // Only sections of no meaning may be missing from a file that is still whole.
        let is_whole_without_names = report.is_good() && whole[cut + 1..].windows(4).any(|name| name == b"prod");
        assert!(!report.is_good() || is_whole_without_names, "cut at {cut}: {report:?}");
        seen.extend(codes(&report));
    }
    assert!(["empty", "truncated", "missing-export"].iter().all(|code| seen.contains(code)), "{seen:?}");
}

#[tokio::test]
async fn all_faults_of_a_file_are_told_at_once() {
    let file = assembled(
        r#"(component
            (import "acme:x/y" (instance))
            (import "wasi:http/incoming-handler@0.2.0" (instance))
            (import "hookbox:plugin/lists@1.4.0" (instance)))"#,
    );
    let expected = ["unknown-import", "not-offered", "version", "missing-export", "missing-export"];
    check(strict(), &file, &expected).await;
    let report = inspected(strict(), &file).await;
    assert_eq!(report.imports.len(), 3);
    let version = &report.faults[2];
    assert_eq!(version.message, "it is built for hookbox:plugin 1.4, this host has 1.0");
    assert_eq!(version.mend, "update Hookbox or build for 1.0");
}

#[tokio::test]
async fn what_is_too_large_to_compile_is_refused_before() {
    let large_function = functions(1, &[0x01].repeat(7 << 20));
    check(strict(), &guest_with(&[core_module(&large_function)]), &["function-bytes"]).await;
    check(strict(), &guest_with(&[core_module(&functions(1_000_000, &[]))]), &["functions"]).await;
    let deep = (0..100).fold(component(&[]), |inner, _| component(&[nested(&inner)]));
    check(strict(), &guest_with(&[nested(&deep)]), &["nesting"]).await;
    check(Config { component_bytes_max: 100, ..strict() }, &Guest::default().component(), &["file-bytes"]).await;
    check(strict(), &guest_with(&vec![core_module(b"\0asm\x01\0\0\0"); 100_000]), &["definitions"]).await;
    let aliases = section(6, &[number(1 << 20), [0; 4].repeat(1 << 20)].concat());
    check(strict(), &guest_with(&[aliases]), &["definitions"]).await;
    let small = Config { functions_max: 2, function_bytes_max: 2, nesting_max: 0, ..strict() };
    check(small, &Guest::default().component(), &["nesting"]).await;
}

#[tokio::test]
async fn types_that_are_nested_deeply_do_not_end_the_host() {
    // In a component of their own, where their indices begin at 0.
    let within = |types: Vec<u8>| guest_with(&[nested(&component(&[types]))]);
    for (types, expected, said) in [
        (nested_types(1_000_000), "nesting", "levels of nesting"),
        (nested_types(70), "nesting", "levels of nesting"),
        // wasmparser itself has no more than 100 levels of values, and panics over 127 of instances.
        (nested_lists(101), "invalid", "type nesting is too deep"),
        (nested_lists(5_000), "invalid", "type nesting is too deep"),
        (nested_instances(200), "compile-crash", "crashes the compiler"),
    ] {
        let file = within(types);
        let here = Sandbox::new(strict()).expect("a sandbox");
        for report in [inspected(strict(), &file).await, here.inspect(file.into(), &|_| {}).await] {
            assert_eq!(codes(&report), [expected], "{:?}", report.faults);
            assert!(report.faults[0].message.contains(said), "{:?}", report.faults);
        }
    }
    for types in [nested_types(50), nested_lists(50), nested_instances(50)] {
        check(strict(), &within(types), &[]).await;
    }
}

#[tokio::test]
async fn more_parts_than_a_component_may_have_are_refused() {
    let with = |text: &str| nested(&assembled(&format!("(component {text})")));
    let instances = "(core instance (instantiate 0))";
    // A component in a component takes nothing until it is instantiated, which is the first thing behind it.
    let instantiated = |inner: Vec<u8>| guest_with(&[inner, section(5, &[1, 0, 0, 0])]);
    for (text, what) in [
        (format!("(core module) {}", instances.repeat(70)), "core instances"),
        (format!("(core module (memory 1)) {}", instances.repeat(9)), "linear memories"),
        (format!("(core module (table 1 funcref)) {}", instances.repeat(40)), "tables"),
    ] {
        let report = inspected(strict(), &instantiated(with(&text))).await;
        assert_eq!(codes(&report), ["parts"], "{report:?}");
        assert!(report.faults[0].message.contains(what), "{report:?}");
    }
    let report =
        inspected(strict(), &instantiated(with(&format!("(core module (memory 1)) {}", instances.repeat(3))))).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.memories, 4);
}

#[tokio::test]
async fn features_that_plugins_cannot_have_are_refused() {
    for module in ["(module (memory 1 1 shared))", "(module (tag))", "(module (type (struct)))"] {
        check(strict(), &guest_with(&[core_module(&assembled(module))]), &["invalid"]).await;
    }
    let wrong_types = functions(1, &[0x41, 0x00]);
    let report = inspected(strict(), &guest_with(&[core_module(&wrong_types)])).await;
    assert_eq!(codes(&report), ["invalid"]);
    assert!(report.faults[0].message.contains(" at byte "), "{report:?}");
}

#[tokio::test]
async fn functions_of_other_types_are_shown_beside_those_of_the_contract() {
    let exports = assembled(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "describe" (func $f))
            (export "run" (func $f)))"#,
    );
    let report = inspected(strict(), &exports).await;
    assert_eq!(codes(&report), ["type-mismatch"]);
    let message = &report.faults[0].message;
    assert!(message.starts_with("the export describe does not fit"), "{message}");
    assert!(message.ends_with("the component has `func()`; the contract has `func() -> manifest`"), "{message}");

    let imports = assembled(
        r#"(component
            (import "hookbox:plugin/lists@1.0.0" (instance
                (export "add" (func (param "name" string) (param "position" u32) (result (option (list u8)))))))
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (export "describe" (func $f))
            (export "run" (func $f)))"#,
    );
    let report = inspected(strict(), &imports).await;
    assert_eq!(codes(&report), ["type-mismatch"]);
    let message = &report.faults[0].message;
    assert!(message.starts_with("the import add of hookbox:plugin/lists@1.0.0 does not fit"), "{message}");
    let both = "the component has `func(name: string, position: u32) -> option<list<u8>>`; \
                the contract has `func(name: string) -> result<_, refusal>`";
    assert!(message.ends_with(both), "{message}");
}

#[tokio::test]
async fn what_describes_itself_badly_is_refused_by_how() {
    let endless = "(loop $again (br $again))";
    let cpu = Config { describe_ms: 100, ..strict() };
    check(cpu.clone(), &Guest { describe: endless, ..Guest::default() }.component(), &["describe-cpu-time"]).await;
    let start = format!("(func $begin {endless}) (start $begin)");
    check(cpu, &Guest { extra: &start, ..Guest::default() }.component(), &["describe-cpu-time"]).await;
    let grow = "(drop (memory.grow (i32.const 2000))) unreachable";
    let small = Config { describe_memory_bytes: 1 << 20, ..strict() };
    check(small, &Guest { describe: grow, ..Guest::default() }.component(), &["describe-memory"]).await;
    check(strict(), &Guest { describe: "unreachable", ..Guest::default() }.component(), &["describe-trap"]).await;
    let wrong = Guest { version: "one", settings: "[]", ..Guest::default() };
    check(strict(), &wrong.component(), &["manifest", "manifest"]).await;
}

#[tokio::test]
async fn a_good_component_is_reported_with_what_its_author_should_look_at() {
    let phases = parking_lot::Mutex::new(Vec::new());
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(child(strict(), dir.path())).expect("a sandbox");
    let state = Guest {
        extra: r#"(import "hookbox:plugin/state@1.0.0" "delete" (func $delete (param i32 i32 i32)))"#,
        run: "(call $delete (i32.const 0) (i32.const 0) (i32.const 64))",
        ..Guest::default()
    };
    let file = Bytes::from(state.component());
    let report = sandbox.inspect(file.clone(), &|phase| phases.lock().push(phase)).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(*phases.lock(), [Phase::Checking, Phase::Compiling, Phase::Describing]);
    assert_eq!(report.manifest.as_ref().map(|manifest| manifest.name.as_str()), Some("test-guest"));
    assert!(report.imports.contains(&"hookbox:plugin/state@1.0.0".to_owned()), "{report:?}");
    let said: Vec<_> = report.warnings.iter().map(|warning| (warning.code, warning.message.as_str())).collect();
    assert_eq!(
        said,
        [
            ("need-unused", "it asks for lists.write and never imports hookbox:plugin/lists"),
            ("need-unused", "it asks for messages.send and never imports hookbox:plugin/messages"),
            (
                "need-missing",
                "it imports hookbox:plugin/state and asks for none of [\"state\"], so every call of it is refused"
            ),
        ]
    );
    assert!(report.compile_ms.is_some() && report.describe_ms.is_some());
    assert!(sandbox.loaded(report.digest).is_some_and(|loaded| loaded.was_compiled()));
    let json = serde_json::to_value(&report).expect("it is data");
    assert_eq!(json["warnings"][0]["code"], "need-unused");

    // What was inspected once is not compiled again.
    let again = sandbox.inspect(file, &|_| {}).await;
    assert_eq!((again.is_good(), again.compile_ms), (true, None));
}
