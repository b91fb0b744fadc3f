//! Plugins that take long to be loaded.

use hookbox_model::RunState;
use hookbox_runner::{Config, QuarantineConfig};
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
