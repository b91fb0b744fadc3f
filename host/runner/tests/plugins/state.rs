//! Plugin state: counted by many at once, and what a rehearsal leaves of it.

use std::sync::Arc;

use hookbox_model::{AsOf, DryRun, DryRunReport, Extent, Left, RunState, Seen, StateEntry, Timestamp};
use hookbox_runner::Config;
use hookbox_sandbox::Sandbox;
use hookbox_store::conformance::samples;
use serde_json::json;

use crate::guests::COUNTING;
use crate::house::{House, about, body, document};

async fn count(house: &House) -> Option<StateEntry> {
    let state = house.store.plugin_state();
    state.get(house.workspace.id, "counting", "calls", Timestamp::default()).await.expect("the store is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_runs_that_count_on_one_key_at_the_same_time_count_to_sixty_four() {
    let house = House::new().await;
    house.install(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    let captured = (0..64).map(|number| house.capture(&automation, about(number)));
    let captured = futures_util::future::join_all(captured).await;
    let mut counts = Vec::new();
    for run in captured {
        let run = house.finished(run).await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        counts.push(run.steps[0].output.parse::<u32>().expect("a count"));
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<_>>());
    assert_eq!(count(&house).await, Some(samples::entry("64")));
    house.close().await;
}

#[tokio::test]
async fn a_later_step_counts_on_from_an_earlier_one_and_one_commit_writes_both() {
    let house = House::new().await;
    house.install(&COUNTING[0]).await;
    let twice = json!([{"action": "counting", "name": "one"}, {"action": "counting", "name": "two"}]);
    let automation = house.automation("Twice", twice).await;
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    let outputs: Vec<&str> = run.steps.iter().map(|step| &*step.output).collect();
    assert_eq!((outputs, run.revision), (vec!["1", "2"], 1));
    assert_eq!(count(&house).await, Some(samples::entry("2")));
    house.close().await;
}

/// What is the same in both of two rehearsals of one capture.
fn shown(report: &DryRunReport) -> impl PartialEq + std::fmt::Debug + use<> {
    let steps = report.steps.iter().map(|step| (step.plugin.clone(), step.output.clone(), step.effects.clone()));
    (steps.collect::<Vec<_>>(), report.after.clone(), report.state.clone())
}

#[tokio::test]
async fn a_rehearsal_with_a_version_that_nobody_approved_shows_what_it_would_do_and_does_nothing() {
    let house = House::new().await;
    house.install(&COUNTING[0]).await;
    let pending = house.upload(&COUNTING[1]).await;
    let asks = hookbox_model::Grants::all_of(&pending.manifest.needs);
    let pending = Arc::new(hookbox_model::Plugin { grants: asks, ..pending });
    let rehearse = async |instead, as_of| {
        let document = Arc::new(document("Counting", json!([{"action": "counting"}])));
        let payload = body(&about(1));
        let (workspace, extent) = (house.workspace.id, Extent::Steps);
        let asked = DryRun { workspace, document, payload, item: None, extent, instead, as_of };
        house.runner.dry_run(asked).await.expect("the store is there")
    };
    let as_of = || Some(AsOf { capture: samples::id(), now: samples::now() });
    let (active, other) = (rehearse(None, as_of()).await, rehearse(Some(pending.clone()), as_of()).await);
    for (report, plugin, tag) in [(&active, "counting 1.0.0", "v1"), (&other, "counting 2.0.0", "v2")] {
        assert_eq!((&report.failure, &*report.steps[0].plugin), (&None, plugin));
        assert!(report.after.as_ref().is_some_and(|contact| contact.tags.contains(tag)), "{report:?}");
        let [(name, access)] = &report.state[..] else { panic!("one key was used: {:?}", report.state) };
        assert_eq!((&**name, &access.seen), ("counting", &Seen::Absent));
        assert_eq!(access.left, Left::Entry(samples::entry("1")));
    }
    assert_eq!(other.after.as_ref().map(|contact| contact.lists.len()), Some(1), "what the record grants is allowed");
    let same = as_of();
    let (once, again) = (rehearse(Some(pending.clone()), same).await, rehearse(Some(pending), same).await);
    assert_eq!(shown(&once), shown(&again), "it can be repeated");
    assert_eq!(count(&house).await, None);
    let identifier = hookbox_model::Identifier::Phone("+12155551001".into());
    let contact = house.store.contacts().find(house.workspace.id, &identifier).await.expect("the store is there");
    assert!(contact.is_none());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_leaves_more_than_its_plugin_may_keep_fails_and_says_so() {
    let sandbox = Sandbox::new(hookbox_sandbox::Config::default()).expect("a sandbox");
    // A count of one digit under `calls`.
    let store = hookbox_store_redb::Config { state_bytes_max: 6, ..hookbox_store_redb::Config::default() };
    let house = House::built(Config::default(), store, sandbox.clone(), sandbox).await;
    house.install(&COUNTING[0]).await;
    let automation = house.automation("Counting", json!([{"action": "counting"}])).await;
    for _ in 0..9 {
        let run = house.capture(&automation, about(1)).await;
        let run = house.finished(run).await;
        assert_eq!(run.state, RunState::Succeeded, "what replaces adds nothing: {run:?}");
    }
    let run = house.capture(&automation, about(1)).await;
    let run = house.finished(run).await;
    let failure = run.failure.expect("why it failed");
    assert_eq!((&*failure.at, &*failure.code), ("counting", "state-full"), "{failure:?}");
    assert!(failure.message.contains("1 keys and 7 bytes") && failure.message.contains("6 bytes"), "{failure:?}");
    assert_eq!(count(&house).await.map(|entry| entry.value), Some("9".into()));
    house.close().await;
}
