//! What an honest action gets and gives back.

use std::sync::Arc;

use hookbox_model::{Effect, Grants, LogLevel, Next, Outcome};
use hookbox_sandbox::{CallError, Nothing, Sandbox};

use crate::call::{WORKSPACE, called, invocation, invoke, load, strict};
use crate::guest::Guest;

/// Tags the contact with the text at 4096, which is `*`.
const TAG: &str = "(call $add_tag (i32.const 4096) (i32.const 1) (i32.const 64))";

#[tokio::test]
async fn an_action_asks_for_effects_and_returns_an_outcome() {
    let called = called(strict(), &Guest { run: TAG, ..Guest::default() }).await;
    assert_eq!(called.result, Ok(Ok(Outcome { output: "null".into(), next: Next::Continue })));
    assert_eq!(called.effects, [Effect::AddTag { tag: "*".into() }]);
    assert_eq!(called.usage.memory_bytes, 4 * 65_536);
    assert_eq!(called.log, []);
}

#[tokio::test]
async fn without_the_grant_the_effect_is_refused_and_the_call_goes_on() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &Guest { run: TAG, ..Guest::default() }).await;
    let called = sandbox.invoke(&loaded, WORKSPACE, invocation(1), &Grants::default(), Arc::new(Nothing)).await;
    assert!(matches!(called.result, Ok(Ok(_))), "{called:?}");
    assert_eq!(called.effects, []);
}

#[tokio::test]
async fn a_plugin_describes_itself() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &Guest::default()).await;
    let manifest = sandbox.describe(&loaded).await.expect("it describes itself");
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("test-guest", "1.0.0"));
    assert_eq!(manifest.needs.len(), 5);
    assert_eq!(manifest.needs[1].capability, "contacts.write");
    assert_eq!(manifest.needs[1].scope, ["*"]);
}

#[tokio::test]
async fn a_plugin_that_describes_itself_wrongly_never_runs() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &Guest { version: "one", ..Guest::default() }).await;
    let refused = sandbox.describe(&loaded).await.expect_err("not a version");
    assert_eq!(refused.code(), "manifest");
    let called = sandbox.invoke(&loaded, WORKSPACE, invocation(1), &Grants::default(), Arc::new(Nothing)).await;
    assert_eq!(called.result, Err(refused));
}

#[tokio::test]
async fn settings_are_checked_against_the_schema_before_the_call() {
    let settings = r#"{"type":"object","required":["body"]}"#;
    let called = called(strict(), &Guest { settings, run: TAG, ..Guest::default() }).await;
    let Err(CallError::Settings { message }) = &called.result else { panic!("{called:?}") };
    assert_eq!(message, "settings: \"body\" is a required property");
    assert_eq!(called.effects, []);
}

#[tokio::test]
async fn json_past_the_limit_is_refused_before_the_call() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &Guest::default()).await;
    let long = || "x".repeat(1 << 20);
    let mut large = invocation(1);
    large.steps = vec![("one".into(), long())];
    let called = sandbox.invoke(&loaded, WORKSPACE, large, &Grants::default(), Arc::new(Nothing)).await;
    assert!(matches!(called.result, Err(CallError::Input { what }) if what.contains("steps before")));
    let mut large = invocation(1);
    large.settings = format!("\"{}\"", long());
    let called = sandbox.invoke(&loaded, WORKSPACE, large, &Grants::default(), Arc::new(Nothing)).await;
    assert!(matches!(called.result, Err(CallError::Input { what }) if what.contains("settings")));
}

/// Logs the wall clock's seconds and a random number, each as 16 letters from `a` to `p`, the lowest digit first.
const CLOCK_AND_RANDOM: &str = r#"
    (import "wasi:clocks/wall-clock@0.2.12" "now" (func $now (param i32)))
    (import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))
    (func $say (param $number i64) (local $at i32)
        (local.set $at (i32.const 512))
        (loop $digit
            (i32.store8 (local.get $at)
                (i32.add (i32.const 97) (i32.wrap_i64 (i64.and (local.get $number) (i64.const 15)))))
            (local.set $number (i64.shr_u (local.get $number) (i64.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $digit (i32.lt_u (local.get $at) (i32.const 528))))
        (call $log (i32.const 1) (i32.const 512) (i32.const 16)))"#;

#[tokio::test]
async fn clock_and_randomness_are_the_same_for_the_same_run_and_step() {
    let guest = Guest {
        extra: CLOCK_AND_RANDOM,
        imports: "import wasi:clocks/wall-clock@0.2.12; import wasi:random/random@0.2.12;",
        run: "(call $now (i32.const 256)) (call $say (i64.load (i32.const 256))) (call $say (call $random))",
        ..Guest::default()
    };
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &guest).await;
    let (first, again, other) =
        (invoke(&sandbox, &loaded, 1).await, invoke(&sandbox, &loaded, 1).await, invoke(&sandbox, &loaded, 2).await);
    let said = |number: u64| -> String { (0..16).map(|n| (b'a' + (number >> (4 * n) & 15) as u8) as char).collect() };
    assert_eq!(first.log[0].message, said(1_700_000_000));
    assert_eq!(first.log, again.log);
    assert_eq!(first.log[0], other.log[0]);
    assert_ne!(first.log[1], other.log[1]);
}

#[tokio::test]
async fn what_a_guest_prints_is_logged() {
    let guest = Guest {
        extra: r#"
            (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
                (func $print (param i32 i32 i32 i32)))
            (data (i32.const 512) "panicked at\n\1b[2Jthe end")"#,
        imports: "import wasi:cli/stderr@0.2.12;",
        run: "(call $print (call $stderr) (i32.const 512) (i32.const 23) (i32.const 600)) unreachable",
        ..Guest::default()
    };
    let called = called(strict(), &guest).await;
    assert!(matches!(called.result, Err(CallError::Trap { .. })), "{called:?}");
    let lines: Vec<_> = called.log.iter().map(|line| (line.level, line.message.as_str())).collect();
    assert_eq!(lines, [(LogLevel::Error, "panicked at"), (LogLevel::Error, "[2Jthe end")]);
}

#[tokio::test]
async fn a_workspace_in_trouble_does_not_wait_for_more_than_its_share() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let loaded = load(&sandbox, &Guest::default()).await;
    let grants = Grants::default();
    let calls = (0..50).map(|n| {
        let (sandbox, loaded, grants) = (sandbox.clone(), loaded.clone(), grants.clone());
        tokio::spawn(async move { sandbox.invoke(&loaded, WORKSPACE, invocation(n), &grants, Arc::new(Nothing)).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(matches!(call.await.expect("no panic").result, Ok(Ok(_))));
    }
}
