//! Which version of a plugin runs: the active one, and for a run that waits the one it began with.

use hookbox_model::{Approval, Automation, Grants, Pin, Plugin, Replay, Run, RunId, RunState};
use hookbox_store::StoreError;
use hookbox_store::conformance::samples;
use serde_json::json;

use crate::guests::{COUNTING, FAULTY};
use crate::house::{House, about};

/// A run that waits for two seconds before it calls `counting`, of which version 1 is active.
async fn waiting(house: &House) -> (Automation, RunId, Plugin) {
    let old = house.install(&COUNTING[0]).await;
    let automation = house.automation("Later", json!([{"wait": "2s"}, {"action": "counting"}])).await;
    let run = house.capture(&automation, about(1)).await;
    // Runs of one contact follow one another: once this one is done, the other waits.
    let marker = house.automation("Marker", json!([])).await;
    let marker = house.capture(&marker, about(1)).await;
    house.finished(marker).await;
    (automation, run, old)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_goes_on_with_the_version_it_began_with_and_its_replay_with_the_active_one() {
    let house = House::new().await;
    let (_, id, old) = waiting(&house).await;
    let run = house.run(id).await;
    assert_eq!((run.state, run.pins), (RunState::Waiting, vec![Pin { action: "counting".into(), digest: old.digest }]));
    let new = house.install(&COUNTING[1]).await;
    let removed = house.store.plugins().remove(&old, samples::audited("plugin.remove")).await;
    assert!(matches!(removed, Err(StoreError::InUse { .. })), "{removed:?}");
    let run = house.finished(id).await;
    assert_eq!((&*run.steps[1].plugin, &*run.steps[1].output), ("counting 1.0.0", "1"), "{run:?}");
    assert_eq!(run.pins, [], "nothing is still to come");

    let replay = Replay { of: id, steps_kept: 1 };
    let steps = run.steps[..1].to_vec();
    let again = Run { replay: Some(replay), steps, state: RunState::Queued, revision: 1, finished_at: None, ..run };
    let again = Run { id: samples::id(), ..again };
    house.store.runs().replay(&again, samples::audited("run.replay")).await.expect("it is replayed");
    let again = house.finished(again.id).await;
    assert_eq!((&*again.steps[1].plugin, again.steps[1].digest), ("counting 2.0.0", Some(new.digest)), "{again:?}");
    assert_eq!(again.steps[1].output, "2", "state belongs to the name");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_keeps_to_a_version_which_was_refused_meanwhile_fails_and_says_so() {
    let house = House::new().await;
    let (_, id, old) = waiting(&house).await;
    house.install(&COUNTING[1]).await;
    let reason = "it counts wrongly".to_owned();
    let refusal = Approval::Refused { by: "tok_sample".into(), at: samples::now(), reason };
    let (grants, refused) = (Default::default(), samples::audited("plugin.refuse"));
    let plugins = house.store.plugins();
    let old = plugins.get(house.workspace.id, old.digest).await.expect("the store is there").expect("it is kept");
    plugins.decide(&old, refusal, grants, refused).await.expect("it is refused");
    let run = house.finished(id).await;
    let failure = run.failure.expect("it failed");
    assert_eq!((run.state, &*failure.code), (RunState::Failed, "plugin-not-approved"));
    assert!(failure.message.contains("counting 1.0.0") && failure.message.contains("it counts wrongly"), "{failure:?}");
    house.close().await;
}

#[tokio::test]
async fn a_version_that_is_not_active_is_not_called() {
    let house = House::new().await;
    house.approve(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    assert_eq!(run.failure.map(|failure| failure.code), Some("unknown-action".into()));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_refused_is_not_called_by_runs_that_stood_in_line_already() {
    let house = House::new().await;
    house.install(&FAULTY[0]).await;
    let counting = house.install(&COUNTING[0]).await;
    let slow = house.automation("Slow", json!([{"action": "slow"}])).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    // The first takes a second, and those on the same contact stand in line behind it.
    let mut looping = about(1);
    looping["loop"] = true.into();
    house.capture(&slow, looping).await;
    let behind = house.capture(&automation, about(1)).await;
    let ahead = house.capture(&automation, about(2)).await;
    assert_eq!(house.finished(ahead).await.state, RunState::Succeeded, "what was captured before it is claimed, too");
    let refused = Approval::Refused { by: "tok_sample".into(), at: samples::now(), reason: "it misbehaves".into() };
    let audited = samples::audited("plugin.refuse");
    let decided = house.store.plugins().decide(&counting, refused, Grants::default(), audited);
    decided.await.expect("it is refused");
    let run = house.finished(behind).await;
    // What is refused is active no longer.
    assert_eq!(run.failure.map(|failure| failure.code), Some("unknown-action".into()));
    let calls = house.store.plugin_state().get(house.workspace.id, "counting", "calls", samples::now()).await;
    assert_eq!(calls.expect("the store is there").map(|entry| entry.value), Some("1".into()), "one was before");
    house.close().await;
}
