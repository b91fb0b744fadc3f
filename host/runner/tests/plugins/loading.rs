//! Plugins that take long to be loaded, cannot be at the moment, or are no longer.

use std::path::Path;

use hookbox_model::RunState;
use hookbox_runner::{Config, QuarantineConfig};
use hookbox_sandbox::{CompilerCommand, Sandbox};
use serde_json::json;

use crate::guests::COUNTING;
use crate::house::{House, about};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_gives_its_place_to_others_while_its_plugin_is_loaded_and_goes_on_then() {
    let quarantine = QuarantineConfig { jitter_ms: 1, ..QuarantineConfig::default() };
    let house = House::with(Config { load_wait_ms: 0, load_delay_ms: 1, quarantine, ..Config::default() }).await;
    let plugin = house.install(&COUNTING[0]).await;
    house.sandbox.forget(plugin.digest);
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    assert_eq!((run.state, run.steps[0].attempts), (RunState::Succeeded, 1), "{run:?}");
    assert!(run.revision > 1, "it waited");
    house.close().await;
}

/// Compiles in this process, and keeps what comes of it in `cache`.
fn whole(cache: &Path) -> hookbox_sandbox::Config {
    hookbox_sandbox::Config { cache_dir: Some(cache.to_owned()), ..hookbox_sandbox::Config::default() }
}

/// A house whose runner finds no compiler; its uploads need none and leave nothing behind.
async fn without_compiler(cache: &Path, load_failures_max: u32) -> House {
    let quarantine = QuarantineConfig { jitter_ms: 1, ..QuarantineConfig::default() };
    let config = Config { load_failures_max, load_delay_ms: 1, load_wait_ms: 60_000, quarantine, ..Config::default() };
    let compiler = CompilerCommand { program: cache.join("no-such-program"), args: Vec::new() };
    let broken = Sandbox::new(hookbox_sandbox::Config { compiler: Some(compiler), ..whole(cache) });
    let uploads = Sandbox::new(hookbox_sandbox::Config::default()).expect("a sandbox");
    let store = hookbox_store_redb::Config::default();
    House::built(config, store, uploads, broken.expect("a sandbox")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_waits_while_the_host_cannot_compile_and_goes_on_when_it_can_again() {
    let cache = tempfile::tempdir().expect("a folder");
    let house = without_compiler(cache.path(), u32::MAX).await;
    let plugin = house.install(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let run = house.capture(&automation, about(1)).await;
    while house.run(run).await.state != RunState::Waiting {
        tokio::task::yield_now().await;
    }
    let failure = house.run(run).await.failure.expect("why it waits");
    assert_eq!(failure.code, "loading");
    assert!(failure.message.contains("cannot start the compiler"), "{failure:?}");
    // Somebody else compiles it: it is in the cache then.
    let mended = Sandbox::new(whole(cache.path())).expect("a sandbox");
    mended.load(plugin.digest, &COUNTING[0]).await.expect("it is compiled");
    let run = house.finished(run).await;
    assert_eq!((run.state, run.steps[0].attempts), (RunState::Succeeded, 1), "{run:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_fails_with_the_reason_when_the_host_still_cannot_compile_and_later_ones_are_tried_anew() {
    let cache = tempfile::tempdir().expect("a folder");
    let house = without_compiler(cache.path(), 3).await;
    let plugin = house.install(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    let failure = run.failure.expect("why it failed");
    assert!(failure.message.contains("tried 3 times in a row"), "{failure:?}");
    assert!(failure.message.contains("cannot start the compiler"), "{failure:?}");
    let mended = Sandbox::new(whole(cache.path())).expect("a sandbox");
    let loaded = mended.load(plugin.digest, &COUNTING[0]).await.expect("it is compiled");
    // Until the pause is over it is not looked at again.
    let after = loop {
        let run = house.capture(&automation, about(1)).await;
        let run = house.finished(run).await;
        if run.state == RunState::Succeeded {
            break run;
        }
    };
    assert_eq!(after.steps[0].digest, Some(loaded.digest()));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_whose_code_is_gone_from_memory_and_disk_is_compiled_again_by_the_next_attempt() {
    let cache = tempfile::tempdir().expect("a folder");
    let config = hookbox_sandbox::Config { loaded_max: 1, ..whole(cache.path()) };
    let sandbox = Sandbox::new(config).expect("a sandbox");
    let runner = Config { retry_base_ms: 1, ..Config::default() };
    let house = House::built(runner, hookbox_store_redb::Config::default(), sandbox.clone(), sandbox).await;
    house.install(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let first = house.capture(&automation, about(1)).await;
    assert_eq!(house.finished(first).await.state, RunState::Succeeded);
    // Another one takes its place in memory, while somebody is about to call it.
    let known = house.sandbox.loaded(hookbox_model::Digest::of(&COUNTING[0]));
    let other = hookbox_model::Digest::of(&COUNTING[1]);
    house.sandbox.load(other, &COUNTING[1]).await.expect("it is loaded");
    for file in std::fs::read_dir(cache.path()).expect("the folder") {
        std::fs::remove_file(file.expect("a file").path()).expect("it is removed");
    }
    let second = house.capture(&automation, about(1)).await;
    let second = house.finished(second).await;
    assert_eq!((second.state, second.steps[0].attempts), (RunState::Succeeded, 2), "{second:?}");
    assert!(known.is_some());
    house.close().await;
}
