//! The figures of a workspace and of its automations.

use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_model::{
    AutomationId, CallCounts, Counted, Id, QueueCounts, RunCounts, StatsRow, StatsSpan, Timestamp, WorkspaceId,
};
use hookbox_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::documents::{YAML, apply, house};
use crate::house::House;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// The time on this machine's clock, which is the house's.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock past 1970");
    Timestamp::from_millis(u64::try_from(since.as_millis()).expect("a moment of our time"))
}

fn ago(millis: u64) -> Timestamp {
    Timestamp::from_millis(now().as_millis() - millis)
}

/// Captures of an automation at a moment, each with a run that came to this.
fn runs(workspace: WorkspaceId, automation: AutomationId, at: Timestamp, came: &[Result<u64, &str>]) -> StatsRow {
    let mut counts = RunCounts::default();
    for came in came {
        counts.capture(at);
        match came {
            Ok(took_ms) => {
                counts.succeeded += 1;
                counts.took_ms.count(*took_ms);
            }
            Err(code) => {
                counts.failed += 1;
                counts.failures.count(code);
                counts.took_ms.count(1);
            }
        }
    }
    StatsRow { workspace, at, counted: Counted::Runs(automation, counts) }
}

fn calls(workspace: WorkspaceId, plugin: &str, at: Timestamp, took_us: &[u64]) -> StatsRow {
    let mut counts = CallCounts::default();
    took_us.iter().for_each(|took_us| counts.call(*took_us, *took_us > 1_000));
    StatsRow { workspace, at, counted: Counted::Calls(plugin.to_owned(), counts) }
}

async fn automation(house: &House, name: &str) -> AutomationId {
    let yaml = YAML.replace("Order shipped", name);
    let made = apply(house, "application/yaml", &yaml).await.expect(201);
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

async fn add(house: &House, rows: impl IntoIterator<Item = StatsRow>) {
    house.store.stats().add(rows.into_iter().collect()).await.expect("counts are added");
}

fn numbers(series: &Value) -> Vec<u64> {
    series.as_array().expect("a series").iter().map(|number| number.as_u64().unwrap_or_default()).collect()
}

#[tokio::test]
async fn an_overview_has_every_figure_in_its_step() {
    let house = house().await;
    let (workspace, one) = (house.workspace.id, automation(&house, "One").await);
    let gone: AutomationId = Id::from_uuid(Uuid::now_v7());
    let at = ago(10 * MINUTE);
    let rows = [
        runs(workspace, one, at, &[Ok(100), Ok(100), Err("timeout"), Err("timeout")]),
        runs(workspace, gone, at, &[Err("trap")]),
        calls(workspace, "send-message", at, &[100, 200, 300]),
        calls(workspace, "slow", at, &[50_000]),
        // Not within the hour, and not within the day.
        runs(workspace, one, ago(5 * HOUR), &[Ok(1)]),
        runs(workspace, one, ago(30 * HOUR), &[Ok(1)]),
    ];
    add(&house, rows).await;

    let told = house.get("/api/v1/stats/overview?range=1h").await.expect(200);
    assert_eq!((&told["step_s"], numbers(&told["captures"]).len()), (&json!(60), 60));
    assert_eq!(told["totals"], json!({"captures": 5, "succeeded": 2, "failed": 3}));
    let from: Timestamp = serde_json::from_value(told["from"].clone()).expect("a moment");
    let step = usize::try_from(StatsSpan::Minute.of(at).millis_since(from) / MINUTE).expect("a step");
    let at_step = |series: &str| numbers(&told[series])[step];
    assert_eq!((at_step("captures"), at_step("succeeded"), at_step("failed")), (5, 2, 3));
    assert!((64..=127).contains(&at_step("p99_ms")), "{}", told["p99_ms"]);
    assert_eq!(at_step("p50_ms"), 1);
    assert!(told["p50_ms"][step - 1].is_null(), "none ended then");
    let failures = json!([
        {"code": "timeout", "automation": one.to_string(), "automation_name": "One", "count": 2},
        {"code": "trap", "automation": gone.to_string(), "automation_name": gone.to_string(), "count": 1},
    ]);
    assert_eq!(told["failures"], failures);
    assert_eq!(
        told["plugins"],
        json!([
            {"name": "slow", "calls": 1, "failed": 1, "mean_us": 50_000, "p99_us": 50_000, "max_us": 50_000},
            {"name": "send-message", "calls": 3, "failed": 0, "mean_us": 200, "p99_us": 300, "max_us": 300},
        ])
    );
    assert_eq!(told["queue"], json!({"captures_waiting": 0, "runs_waiting": 0, "runs_due": 0, "held": 0, "outbox": 0}));
    for (range, steps, captures) in [("24h", 24, 6), ("7d", 168, 7)] {
        let told = house.get(&format!("/api/v1/stats/overview?range={range}")).await.expect(200);
        assert_eq!((&told["step_s"], numbers(&told["captures"]).len()), (&json!(3_600), steps));
        assert_eq!(told["totals"]["captures"], captures, "{range}");
    }
    assert_eq!(house.get("/api/v1/stats/overview").await.expect(200)["step_s"], 60, "an hour when nothing is said");
    house.get("/api/v1/stats/overview?range=1y").await.expect(400);
}

#[tokio::test]
async fn an_overview_shows_how_much_waited_and_where_nobody_looked() {
    let house = house().await;
    let waited =
        |workspace, at, waiting_max| StatsRow { workspace, at, counted: Counted::Queue(QueueCounts { waiting_max }) };
    let (workspace, host) = (house.workspace.id, WorkspaceId::HOST);
    let at = ago(10 * MINUTE);
    let later = at.plus_millis(MINUTE);
    add(&house, [waited(workspace, at, 7), waited(workspace, at, 3), waited(host, at, 0), waited(host, later, 0)])
        .await;
    let told = house.get("/api/v1/stats/overview").await.expect(200);
    let from: Timestamp = serde_json::from_value(told["from"].clone()).expect("a moment");
    let step = usize::try_from(StatsSpan::Minute.of(at).millis_since(from) / MINUTE).expect("a step");
    let depth = told["queue_depth"].as_array().expect("a series");
    assert_eq!(depth.len(), 60);
    assert_eq!(depth[step - 1..step + 3], [Value::Null, json!(7), json!(0), Value::Null], "{depth:?}");
}

#[tokio::test]
async fn the_calls_of_every_plugin_are_told_most_often_called_first() {
    let house = house().await;
    let (workspace, at) = (house.workspace.id, ago(10 * MINUTE));
    let mut rows: Vec<StatsRow> = (0..12).map(|n| calls(workspace, &format!("plugin-{n:02}"), at, &[10])).collect();
    rows.extend([calls(workspace, "busy", at, &[100, 2_000]), calls(workspace, "busy", ago(5 * HOUR), &[300])]);
    add(&house, rows).await;
    let told = house.get("/api/v1/stats/plugins").await.expect(200);
    let items = told["items"].as_array().expect("items");
    assert_eq!(items.len(), 13, "all of them, not only the slowest");
    assert_eq!((&items[0]["name"], &items[0]["calls"], &items[0]["failed"]), (&json!("busy"), &json!(2), &json!(1)));
    assert_eq!((&items[0]["mean_us"], &items[0]["max_us"]), (&json!(1_050), &json!(2_000)));
    assert_eq!(items[1]["name"], "plugin-00");
    let day = house.get("/api/v1/stats/plugins?range=24h").await.expect(200);
    assert_eq!((&day["items"][0]["name"], &day["items"][0]["calls"]), (&json!("busy"), &json!(3)));
    house.get("/api/v1/stats/plugins?range=1y").await.expect(400);
}

#[tokio::test]
async fn nobody_sees_the_figures_of_another_workspace() {
    let house = house().await;
    let one = automation(&house, "One").await;
    house.made("/api/v1/workspaces", &json!({"name": "elsewhere"})).await;
    let workspace = house.workspace.id;
    let rows = [runs(workspace, one, ago(MINUTE), &[Err("trap")]), calls(workspace, "secret", ago(MINUTE), &[1])];
    add(&house, rows).await;
    let there = |path: &str| house.ask("GET", path).header("hookbox-workspace", "elsewhere").send();
    let told = there("/api/v1/stats/overview?range=7d").await.expect(200);
    assert_eq!(told["totals"], json!({"captures": 0, "succeeded": 0, "failed": 0}));
    assert_eq!((&told["failures"], &told["plugins"], &told["silent"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(there("/api/v1/stats/automations").await.expect(200), json!({"items": []}));
    assert_eq!(there("/api/v1/stats/plugins?range=7d").await.expect(200), json!({"items": []}));
    assert_eq!(house.get("/api/v1/stats/overview?range=7d").await.expect(200)["totals"]["failed"], 1);
}

#[tokio::test]
async fn every_automation_has_its_hours_and_its_newest_run() {
    let house = house().await;
    let (busy, idle) = (automation(&house, "Busy").await, automation(&house, "Idle").await);
    let workspace = house.workspace.id;
    let rows = [
        runs(workspace, busy, ago(0), &[Ok(1), Err("trap")]),
        runs(workspace, busy, ago(2 * HOUR), &[Ok(1)]),
        runs(workspace, busy, ago(40 * HOUR), &[Ok(1)]),
    ];
    add(&house, rows).await;
    let run = crate::live::committed(&house, workspace, busy, hookbox_model::RunState::Failed).await;
    let told = house.get("/api/v1/stats/automations?hours=4").await.expect(200);
    let [first, second] = &told["items"].as_array().expect("items")[..] else { panic!("two automations") };
    assert_eq!(first["automation"], busy.to_string());
    assert_eq!((&first["captures"], &first["succeeded"], &first["failed"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(first["hourly"].as_array().map(Vec::len), Some(4));
    let captures: u64 = first["hourly"].as_array().into_iter().flatten().filter_map(|h| h["captures"].as_u64()).sum();
    assert_eq!(captures, 3);
    let last = json!({"id": run.to_string(), "state": "failed", "at": "2023-11-14T22:13:20.750Z"});
    assert_eq!(first["last_run"], last);
    assert_eq!((&second["automation"], &second["captures"]), (&json!(idle.to_string()), &json!(0)));
    assert!(second["last_run"].is_null());
    let day = house.get("/api/v1/stats/automations").await.expect(200);
    assert_eq!(day["items"][1]["hourly"].as_array().map(Vec::len), Some(24));
    for wrong in ["0", "169", "x"] {
        house.get(&format!("/api/v1/stats/automations?hours={wrong}")).await.expect(400);
    }
}

#[tokio::test]
async fn an_automation_that_used_to_be_busy_and_was_not_heard_of_for_a_day_is_told() {
    let house = house().await;
    let (silent, paused, busy) =
        (automation(&house, "Silent").await, automation(&house, "Paused").await, automation(&house, "Busy").await);
    let state = format!("/api/v1/automations/{paused}/state");
    house.post(&state, &json!({"state": "paused"})).await.expect(200);
    let workspace = house.workspace.id;
    let usual = (26..=180).flat_map(|hour| {
        [silent, paused, busy].map(|automation| runs(workspace, automation, ago(hour * HOUR), &[Ok(1), Ok(1)]))
    });
    add(&house, usual).await;
    add(&house, [runs(workspace, busy, ago(HOUR), &[Ok(1)])]).await;
    let told = house.get("/api/v1/stats/overview?range=1h").await.expect(200);
    let [told] = &told["silent"].as_array().expect("silences")[..] else { panic!("one is silent: {told}") };
    assert_eq!((&told["automation"], &told["name"]), (&json!(silent.to_string()), &json!("Silent")));
    let per_hour = told["usual_per_hour"].as_f64().expect("a number");
    assert!((1.8..=2.0).contains(&per_hour), "{per_hour}");
    let last: Timestamp = serde_json::from_value(told["last_capture_at"].clone()).expect("a moment");
    assert!((ago(27 * HOUR)..=ago(26 * HOUR)).contains(&last));
}
