//! Guests that mean harm: each ends its own call with its own reason, and the sandbox goes on.

use std::sync::Arc;

use hookbox_model::Grants;
use hookbox_sandbox::{CallError, Config, Nothing, Sandbox};

use crate::call::{WORKSPACE, called, invocation, invoke, load, strict};
use crate::guest::Guest;

const ENDLESS: &str = "(loop $again (br $again))";

/// Calls the guest, then an honest one in the same sandbox, and returns how the first ended.
async fn contained(config: Config, guest: Guest<'_>) -> CallError {
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let loaded = load(&sandbox, &guest).await;
    let called = invoke(&sandbox, &loaded, 1).await;
    assert_eq!(called.effects, [], "a call that did not return has no effects");
    let honest = load(&sandbox, &Guest { version: "9.0.0", ..Guest::default() }).await;
    assert!(matches!(invoke(&sandbox, &honest, 1).await.result, Ok(Ok(_))), "the next call is served");
    called.result.expect_err("the guest is stopped")
}

#[tokio::test]
async fn an_endless_loop_ends_and_leaves_the_thread_to_others_meanwhile() {
    let config = Config { cpu_ms: 1_000, ..strict() };
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let endless = load(&sandbox, &Guest { run: ENDLESS, ..Guest::default() }).await;
    let honest = load(&sandbox, &Guest::default()).await;
    sandbox.describe(&endless).await.expect("it describes itself");

    // The test's runtime has one thread, which the loop would hold for ever.
    let looping = tokio::spawn({
        let (sandbox, endless) = (sandbox.clone(), endless.clone());
        async move { sandbox.invoke(&endless, WORKSPACE, invocation(1), &Grants::default(), Arc::new(Nothing)).await }
    });
    tokio::task::yield_now().await;
    for run in 2..12 {
        assert!(matches!(invoke(&sandbox, &honest, run).await.result, Ok(Ok(_))));
    }
    assert!(!looping.is_finished(), "the others were served while it ran");
    assert_eq!(looping.await.expect("no panic").result, Err(CallError::CpuTime { limit_ms: 1_000 }));
}

#[tokio::test]
async fn endless_loops_share_the_thread_and_each_gets_its_time() {
    let sandbox = Sandbox::new(strict()).expect("a sandbox");
    let endless = load(&sandbox, &Guest { run: ENDLESS, ..Guest::default() }).await;
    sandbox.describe(&endless).await.expect("it describes itself");
    let calls = (0..6).map(|n| {
        let (sandbox, endless) = (sandbox.clone(), endless.clone());
        tokio::spawn(async move {
            sandbox.invoke(&endless, WORKSPACE, invocation(n), &Grants::default(), Arc::new(Nothing)).await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.expect("no panic").result, Err(CallError::CpuTime { limit_ms: 100 }));
    }
}

#[tokio::test]
async fn a_loop_in_the_initialiser_or_in_describe_ends_too() {
    let sandbox = Sandbox::new(Config { describe_ms: 50, ..strict() }).expect("a sandbox");
    let initialiser = format!("(func $init {ENDLESS}) (start $init)");
    for guest in [Guest { extra: &initialiser, ..Guest::default() }, Guest { describe: ENDLESS, ..Guest::default() }] {
        let loaded = load(&sandbox, &guest).await;
        let stopped = sandbox.describe(&loaded).await.expect_err("it never describes itself");
        assert!(["cpu-time", "unavailable"].contains(&stopped.code()), "{stopped}");
    }
}

#[tokio::test]
async fn memory_is_limited_in_one_piece_and_in_several() {
    let config = || Config { memory_bytes: 1 << 20, ..strict() };
    let greedy = |memories, run| Guest { memories, run, ..Guest::default() };
    for guest in [
        greedy("", "(if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))"),
        greedy("", "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable"),
        greedy(
            "(memory $two 1) (memory $three 1)",
            "(drop (memory.grow $two (i32.const 5))) (drop (memory.grow $three (i32.const 5)))
             (drop (memory.grow $two (i32.const 5))) unreachable",
        ),
    ] {
        assert_eq!(contained(config(), guest).await, CallError::Memory { limit_bytes: 1 << 20 });
    }
}

#[tokio::test]
async fn a_guest_that_begins_with_too_much_memory_is_told_so() {
    let guest = Guest { memories: "(memory $large 100)", ..Guest::default() };
    let config = Config { memory_bytes: 1 << 20, ..strict() };
    assert_eq!(contained(config, guest).await, CallError::Memory { limit_bytes: 1 << 20 });
}

#[tokio::test]
async fn a_refused_growth_that_the_guest_copes_with_is_no_failure() {
    let run = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))";
    // A little more than the memory holds, for the tables.
    let config = Config { memory_bytes: (1 << 20) + 1024, ..strict() };
    let called = called(config, &Guest { run, ..Guest::default() }).await;
    assert!(matches!(called.result, Ok(Ok(_))), "{called:?}");
    assert_eq!(called.usage.memory_bytes, 1 << 20);
}

#[tokio::test]
async fn a_crash_is_told_with_the_guests_own_frames() {
    let extra = "(func $mischief unreachable)";
    let crash = contained(strict(), Guest { extra, run: "(call $mischief)", ..Guest::default() }).await;
    let CallError::Trap { message, backtrace } = crash else { panic!("{crash:?}") };
    assert!(message.contains("unreachable"), "{message}");
    assert!(backtrace.lines().next().is_some_and(|frame| frame.ends_with("mischief")), "{backtrace}");
}

#[tokio::test]
async fn endless_recursion_and_reading_out_of_bounds_are_crashes() {
    let extra = "(func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))";
    for (run, expected) in [
        ("(drop (call $deeper (i32.const 1)))", "call stack exhausted"),
        ("(drop (i32.load (i32.const -8)))", "out of bounds"),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "divide by zero"),
        ("(call $log (i32.const 1) (i32.const 0) (i32.const -8))", "out of bounds"),
        ("(call $log (i32.const 99) (i32.const 0) (i32.const 0))", "discriminant"),
    ] {
        let crash = contained(strict(), Guest { extra, run, ..Guest::default() }).await;
        assert!(matches!(&crash, CallError::Trap { message, .. } if message.contains(expected)), "{crash:?}");
    }
}

#[tokio::test]
async fn a_flood_of_effects_stops_at_the_limit() {
    let run = "(loop $again
        (global.set $heap (i32.const 131072))
        (call $add_tag (i32.const 4096) (i32.const 1) (i32.const 64))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 5000))))";
    let called = called(strict(), &Guest { run, ..Guest::default() }).await;
    assert!(matches!(called.result, Ok(Ok(_))), "{called:?}");
    assert_eq!(called.effects.len(), 100);
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_counted_and_cannot_drive_a_terminal() {
    let extra = r#"(data (i32.const 512) "\1b[2J\1b]0;owned\07")"#;
    let run = "(loop $again
        (call $log (i32.const 1) (i32.const 512) (i32.const 30000))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))";
    let called = called(Config { cpu_ms: 5_000, ..strict() }, &Guest { extra, run, ..Guest::default() }).await;
    assert!(matches!(called.result, Ok(Ok(_))), "{called:?}");
    let bytes: usize = called.log.iter().map(|line| line.message.len()).sum();
    assert!(bytes <= 256 * 1024, "{bytes}");
    assert!(called.log.iter().all(|line| line.message.len() <= 4096 && !line.message.contains(char::is_control)));
    assert_eq!(called.log.len() as u64 + called.usage.log_lines_dropped, 1_000);
}

#[tokio::test]
async fn more_than_one_call_may_copy_is_stopped() {
    let run = "(drop (memory.grow (i32.const 320))) (call $log (i32.const 1) (i32.const 0) (i32.const 20000000))";
    let stopped = contained(strict(), Guest { run, ..Guest::default() }).await;
    assert!(matches!(&stopped, CallError::Limit { what } if what.contains("16777216 bytes copied")), "{stopped:?}");
}

#[tokio::test]
async fn too_many_handles_and_too_much_randomness_are_stopped() {
    let handles = Guest {
        extra: r#"(import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))"#,
        imports: "import wasi:cli/stderr@0.2.12;",
        run: "(loop $more (drop (call $stderr)) (br $more))",
        ..Guest::default()
    };
    let stopped = contained(Config { cpu_ms: 5_000, ..strict() }, handles).await;
    assert_eq!(stopped, CallError::Limit { what: "10000 handles at once".into() });
    let random = Guest {
        extra: r#"(import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))"#,
        imports: "import wasi:random/random@0.2.12;",
        run: "(call $random (i64.const 67108864) (i32.const 64))",
        ..Guest::default()
    };
    let stopped = contained(strict(), random).await;
    assert_eq!(stopped, CallError::Limit { what: "at most 65536 random bytes at once".into() });
}

#[tokio::test]
async fn exiting_is_a_crash_and_ends_nothing_else() {
    let guest = Guest {
        extra: r#"(import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))"#,
        imports: "import wasi:cli/exit@0.2.12;",
        run: "(call $exit (i32.const 0))",
        ..Guest::default()
    };
    let crash = contained(strict(), guest).await;
    assert!(matches!(&crash, CallError::Trap { message, .. } if message == "it called exit(0)"), "{crash:?}");
}

#[tokio::test]
async fn sockets_are_denied_to_whoever_imports_them() {
    let create = |kind: &str, extra: &'static str, imports: &'static str| {
        let run = "
            (call $create (i32.const 0) (i32.const 64))
            ;; An error, and its kind: access-denied.
            (if (i32.ne (i32.load8_u (i32.const 64)) (i32.const 1)) (then unreachable))
            (if (i32.ne (i32.load8_u (i32.const 68)) (i32.const 1)) (then unreachable))";
        (kind.to_owned(), Guest { extra, imports, run, ..Guest::default() })
    };
    for (kind, guest) in [
        create(
            "tcp",
            r#"(import "wasi:sockets/tcp-create-socket@0.2.12" "create-tcp-socket" (func $create (param i32 i32)))"#,
            "import wasi:sockets/tcp-create-socket@0.2.12;",
        ),
        create(
            "udp",
            r#"(import "wasi:sockets/udp-create-socket@0.2.12" "create-udp-socket" (func $create (param i32 i32)))"#,
            "import wasi:sockets/udp-create-socket@0.2.12;",
        ),
    ] {
        let sandbox = Sandbox::new(strict()).expect("a sandbox");
        let loaded = load(&sandbox, &guest).await;
        let called = invoke(&sandbox, &loaded, 1).await;
        assert!(matches!(called.result, Ok(Ok(_))), "{kind}: {:?}", called.result);
    }
}

/// A guest that sleeps for an hour inside a host call.
fn sleeper() -> Guest<'static> {
    Guest {
        extra: r#"
            (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))
            (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))"#,
        imports: "import wasi:clocks/monotonic-clock@0.2.12; import wasi:io/poll@0.2.12;",
        run: "(call $block (call $sleep (i64.const 3600000000000)))",
        ..Guest::default()
    }
}

#[tokio::test]
async fn sleeping_does_not_get_around_the_deadline() {
    let config = Config { deadline_ms: 50, ..strict() };
    assert_eq!(contained(config, sleeper()).await, CallError::Deadline { limit_ms: 50, request_open: false });
}

#[tokio::test]
async fn a_plugin_that_has_no_time_to_say_what_it_is_at_its_call_is_not_blamed() {
    let (run, describe) = ("", sleeper().run);
    let sandbox = Sandbox::new(Config { describe_ms: 50, ..strict() }).expect("a sandbox");
    let loaded = load(&sandbox, &Guest { run, describe, ..sleeper() }).await;
    let stopped = sandbox.describe(&loaded).await.expect_err("it sleeps");
    assert!(matches!(&stopped, CallError::Unavailable { message } if message.contains("within 50 ms")), "{stopped:?}");
}

#[tokio::test]
async fn calls_dropped_inside_a_host_call_give_their_places_back() {
    let mut config = strict();
    config.pool.calls = 2;
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let sleeper = load(&sandbox, &sleeper()).await;
    sandbox.describe(&sleeper).await.expect("it describes itself");
    for n in 0..20 {
        let asleep = tokio::spawn({
            let (sandbox, sleeper) = (sandbox.clone(), sleeper.clone());
            async move { sandbox.invoke(&sleeper, WORKSPACE, invocation(n), &Grants::default(), Arc::new(Nothing)).await }
        });
        tokio::task::yield_now().await;
        asleep.abort();
        assert!(asleep.await.is_err_and(|error| error.is_cancelled()), "it sleeps until it is dropped");
    }
    let honest = load(&sandbox, &Guest::default()).await;
    assert!(matches!(invoke(&sandbox, &honest, 1).await.result, Ok(Ok(_))));
}

#[tokio::test]
async fn components_with_many_parts_wait_for_room_in_the_pool() {
    let mut config = strict();
    config.pool.calls = 8;
    config.pool.memories = 8;
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let run = "(call $block (call $sleep (i64.const 20000000)))";
    let memories = "(memory $two 1) (memory $three 1) (memory $four 1)";
    let large = load(&sandbox, &Guest { memories, run, ..sleeper() }).await;
    sandbox.describe(&large).await.expect("it describes itself");
    let calls = (0..12).map(|n| {
        let (sandbox, large) = (sandbox.clone(), large.clone());
        tokio::spawn(async move {
            sandbox.invoke(&large, WORKSPACE, invocation(n), &Grants::default(), Arc::new(Nothing)).await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        let called = call.await.expect("no panic");
        assert!(matches!(called.result, Ok(Ok(_))), "{called:?}");
    }
}
