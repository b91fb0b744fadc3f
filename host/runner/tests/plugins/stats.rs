//! What runs come to and what plugins are called is counted, and all of it is in the store when the runner has ended.

use std::sync::Arc;

use hookbox_model::{
    Automation, AutomationId, AutomationState, CallCounts, Counted, DryRun, Extent, RunCounts, RunState, StatsSpan,
    Timestamp,
};
use hookbox_store::Store;
use hookbox_store::conformance::samples;
use serde_json::json;

use crate::guests::{COUNTING, FAULTY};
use crate::house::{House, about, body, document};

/// What was counted, whenever.
#[derive(Default)]
struct Seen {
    runs: Vec<(AutomationId, RunCounts)>,
    calls: Vec<(String, CallCounts)>,
}

impl Seen {
    async fn of(store: &dyn Store, workspace: hookbox_model::WorkspaceId) -> Self {
        let (mut seen, ever) = (Self::default(), (Timestamp::default(), Timestamp::from_millis(u64::MAX)));
        let mut see = |row: hookbox_model::StatsRow| match row.counted {
            Counted::Runs(automation, counts) => seen.runs.push((automation, counts)),
            Counted::Calls(plugin, counts) => seen.calls.push((plugin, counts)),
            Counted::Queue(_) => {}
        };
        store.stats().read(workspace, StatsSpan::Hour, ever, &mut see).await.expect("counts");
        seen
    }

    fn of_automation(&self, automation: AutomationId) -> RunCounts {
        let mut sum = RunCounts::default();
        self.runs.iter().filter(|(of, _)| *of == automation).for_each(|(_, counts)| sum.add(counts));
        sum
    }

    fn of_plugin(&self, plugin: &str) -> CallCounts {
        let mut sum = CallCounts::default();
        self.calls.iter().filter(|(of, _)| of == plugin).for_each(|(_, counts)| sum.add(counts));
        sum
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_ran_is_counted_when_the_host_has_ended() {
    let house = House::new().await;
    house.install(&COUNTING[0]).await;
    house.install(&FAULTY[1]).await;
    let counting = house.automation("Counting", json!([{"action": "counting"}])).await;
    let trapping = house.automation("Trapping", json!([{"action": "trapping"}])).await;
    let waiting = house.automation("Waiting", json!([{"wait": "1d"}])).await;
    // One after the other: runs that overtake one another at one key of state would call anew.
    for (automation, number) in [(&counting, 0), (&counting, 1), (&counting, 2), (&trapping, 9)] {
        let run = house.capture(automation, about(number)).await;
        house.finished(run).await;
    }
    let asked = DryRun {
        workspace: counting.workspace,
        document: Arc::clone(&counting.document),
        payload: body(&about(1)),
        item: None,
        extent: Extent::Steps,
        instead: None,
        as_of: None,
    };
    house.runner.dry_run(asked).await.expect("a dry run");
    let waits = house.capture(&waiting, about(4)).await;
    house.until(waits, RunState::Waiting).await;

    let (store, workspace, _folder) = house.drained().await;
    let seen = Seen::of(&*store, workspace).await;
    let counts = seen.of_automation(counting.id);
    assert_eq!((counts.captures, counts.succeeded, counts.failed, counts.took_ms.total()), (3, 3, 0, 3));
    let counts = seen.of_automation(trapping.id);
    assert_eq!((counts.captures, counts.succeeded, counts.failed), (1, 0, 1));
    assert_eq!(counts.failures.iter().collect::<Vec<_>>(), [("trap", 1)]);
    let counts = seen.of_automation(waiting.id);
    assert_eq!((counts.captures, counts.waited, counts.took_ms.total()), (1, 1, 0));
    let calls = seen.of_plugin("counting");
    assert_eq!((calls.calls, calls.failed, calls.took_us.total()), (3, 0, 3), "a dry run counts for nothing");
    assert!(calls.total_us >= calls.max_us && calls.max_us > 0);
    let calls = seen.of_plugin("trapping");
    assert_eq!((calls.calls, calls.failed), (1, 1));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_of_many_elements_or_of_a_paused_automation_is_one_capture() {
    let house = House::new().await;
    house.install(&COUNTING[0]).await;
    let mut orders = document("Orders", json!([{"action": "counting"}]));
    orders.trigger.webhook.each = Some("$.orders".into());
    orders.trigger.webhook.identifier.from = "$.orders.phone".into();
    let automation = house.saved(orders).await;
    let payload = json!({"orders": [about(1), about(2), about(3)]});
    let split = house.capture(&automation, payload).await;
    house.finished(split).await;
    let runs = house.store.captures().runs_of(house.workspace.id, split.retyped()).await.expect("its runs");
    for run in runs.first {
        assert_eq!(house.finished(run).await.state, RunState::Succeeded);
    }
    let paused = house.automation("Paused", json!([{"action": "counting"}])).await;
    set_state(&house, &paused, AutomationState::Paused).await;
    let held = house.capture(&paused, about(1)).await;
    house.until(held, RunState::Held).await;
    set_state(&house, &paused, AutomationState::Live).await;
    house.finished(held).await;

    let (store, workspace, _folder) = house.drained().await;
    let seen = Seen::of(&*store, workspace).await;
    let counts = seen.of_automation(automation.id);
    assert_eq!((counts.captures, counts.succeeded, counts.captured_at.is_some()), (1, 3, true));
    let counts = seen.of_automation(paused.id);
    assert_eq!((counts.captures, counts.succeeded), (1, 1));
    assert_eq!(Seen::of(&*store, samples::id()).await.runs, [], "nobody else sees it");
    store.close().await;
}

async fn set_state(house: &House, automation: &Automation, state: AutomationState) {
    let audited = samples::audited("automation.state");
    let changed =
        house.store.automations().set_state(house.workspace.id, automation.id, state, samples::now(), audited);
    changed.await.expect("its state is changed");
}
