//! Plugins that trap or run into limits: runs wait for them, and everything else goes on.

use hookbox_model::{HealthState, LogLevel, RunState, StepState};
use hookbox_runner::{Config, QuarantineConfig};
use serde_json::json;

use crate::guests::{COUNTING, FAULTY};
use crate::house::{House, about};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_wait_for_a_plugin_in_quarantine_and_go_on_when_it_is_well_again() {
    let quarantine = QuarantineConfig { base_ms: 3_000, jitter_ms: 1, ..QuarantineConfig::default() };
    let house = House::with(Config { quarantine, ..Config::default() }).await;
    let slow = house.install(&FAULTY[0]).await;
    house.install(&COUNTING[0]).await;
    let automation = house.automation("Slow", json!([{"action": "slow"}])).await;
    let other = house.automation("Counting", json!([{"action": "counting"}])).await;
    // All of one contact, so that they follow one another.
    let mut looping = about(1);
    looping["loop"] = true.into();
    let mut faults = Vec::new();
    for _ in 0..3 {
        faults.push(house.capture(&automation, looping.clone()).await);
    }
    let waits = house.capture(&automation, about(1)).await;
    let counts = house.capture(&other, about(1)).await;

    assert_eq!(house.finished(counts).await.state, RunState::Succeeded, "other plugins are called");
    for fault in &faults {
        assert_eq!(house.finished(*fault).await.failure.map(|failure| failure.code), Some("cpu-time".into()));
    }
    let waiting = house.run(waits).await;
    let failure = waiting.failure.expect("why it waits");
    assert_eq!((waiting.state, &*failure.code), (RunState::Waiting, "quarantined"), "{failure:?}");
    assert!(failure.message.contains("more than 1000 ms of CPU time"), "{failure:?}");
    assert_eq!((waiting.steps[0].state, waiting.steps[0].attempts), (StepState::Waiting, 0));
    let health = house.runner.plugin_health(house.workspace.id, slow.digest);
    assert_eq!(health.state, HealthState::Quarantined { until: waiting.due_at.expect("it goes on") });
    let last = health.last_fault.expect("there was one");
    assert_eq!((last.run, &*last.step), (faults[2], "slow"));

    let run = house.finished(waits).await;
    assert_eq!((run.state, run.steps[0].attempts), (RunState::Succeeded, 1), "waiting was no attempt: {run:?}");
    assert_eq!(house.runner.plugin_health(house.workspace.id, slow.digest).state, HealthState::Healthy);
    house.close().await;
}

#[tokio::test]
async fn the_frames_of_a_trap_are_in_the_log_of_the_step_and_with_the_plugin() {
    let house = House::new().await;
    let trapping = house.install(&FAULTY[1]).await;
    let automation = house.automation("Trapping", json!([{"action": "trapping"}])).await;
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    assert_eq!(run.failure.map(|failure| failure.code), Some("trap".into()));
    let health = house.runner.plugin_health(house.workspace.id, trapping.digest);
    assert_eq!(health.state, HealthState::Healthy, "once is not often");
    let frames = health.last_fault.expect("there was one").backtrace;
    let logged: Vec<&str> = run.steps[0].log.iter().map(|line| &*line.message).collect();
    assert!(frames.lines().count() > 0 && frames.lines().all(|frame| logged.contains(&frame)), "{logged:?}");
    assert!(run.steps[0].log.iter().any(|line| line.level == LogLevel::Error));
    house.close().await;
}
