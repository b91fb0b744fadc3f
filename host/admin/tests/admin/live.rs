//! Runs told as they are committed.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use hookbox_admin::Config;
use hookbox_model::{
    Audited, AutomationId, Capture, Digest, Id, JsonLimits, KeptHeaders, Payload, Role, Run, RunFailure, RunId,
    RunState, Timestamp, WorkspaceId,
};
use hookbox_store::{RunCommit, Store};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::documents::{YAML, apply, house};
use crate::house::{Ask, House};
use crate::login::{set_up, with};
use crate::people::person;

const LIVE: &str = "/api/v1/runs/live";

/// An answer that goes on and on.
struct Live {
    body: Body,
    text: String,
}

impl Live {
    /// Begins to listen, once the answer has begun.
    async fn listen(ask: Ask<'_>) -> Self {
        let response = ask.begin().await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let mut live = Self { body: response.into_body(), text: String::new() };
        live.until("\n\n").await.expect("something is said at once");
        live
    }

    /// What is said up to and with `end`; nothing when the answer ends before.
    async fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.text.find(end) {
                let rest = self.text.split_off(at + end.len());
                return Some(std::mem::replace(&mut self.text, rest));
            }
            let frame = self.body.frame().await?.expect("a whole frame").into_data().expect("data");
            self.text.push_str(std::str::from_utf8(&frame).expect("UTF-8"));
        }
    }

    /// The next event and its data; nothing when the answer ends.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let said = self.until("\n\n").await?;
            let field = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(kind), Some(data)) = (field("event:"), field("data:")) {
                return Some((kind.to_owned(), serde_json::from_str(data).expect("JSON")));
            }
        }
    }

    /// The run that is told of next.
    async fn run(&mut self) -> Value {
        let (kind, run) = self.next().await.expect("the answer goes on");
        assert_eq!(kind, "run", "{run}");
        run
    }
}

/// A run that was just committed in this state.
pub(crate) async fn committed(
    house: &House,
    workspace: WorkspaceId,
    automation: AutomationId,
    state: RunState,
) -> RunId {
    let capture = Capture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace,
        automation,
        automation_version: 1,
        received_at: Timestamp::from_millis(1_700_000_000_000),
        body: Payload::parse(Bytes::from_static(b"{}"), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: None,
        headers: KeptHeaders::default(),
    };
    let began_at = Timestamp::from_millis(1_700_000_000_500);
    let mut run = Run { state, revision: 1, ..Run::first_of(&capture, began_at) };
    if state.is_final() {
        run.finished_at = Some(began_at.plus_millis(250));
    } else {
        run.due_at = Some(Timestamp::from_millis(u64::MAX));
    }
    if state == RunState::Failed {
        run.failure = Some(RunFailure::new("tell them", "timeout", "it took too long"));
    }
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    let id = run.id;
    let commit = RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() };
    house.store.runs().commit_run(commit).await.expect("a commit");
    id
}

async fn automation(house: &House) -> AutomationId {
    let made = apply(house, "application/yaml", YAML).await.expect(201);
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

#[tokio::test]
async fn a_run_is_told_in_one_line_as_soon_as_it_is_committed() {
    let house = house().await;
    let automation = automation(&house).await;
    committed(&house, house.workspace.id, automation, RunState::Succeeded).await;
    let mut live = Live::listen(house.ask("GET", LIVE)).await;
    let failed = committed(&house, house.workspace.id, automation, RunState::Failed).await;
    let run = live.run().await;
    assert_eq!(run["id"], failed.to_string(), "what was before is on the pages");
    assert_eq!((&run["state"], &run["automation_name"]), (&json!("failed"), &json!("Order shipped")));
    assert_eq!((&run["failure"]["code"], &run["duration_ms"]), (&json!("timeout"), &json!(250)));
    let page = house.get("/api/v1/runs?brief=true&limit=1").await.expect(200);
    assert_eq!(page["items"][0], run, "it is what the page says");
}

#[tokio::test]
async fn only_what_is_asked_for_is_told_and_nothing_of_other_workspaces() {
    let house = house().await;
    let (one, other) = (automation(&house).await, Id::from_uuid(Uuid::now_v7()));
    let elsewhere = house.made("/api/v1/workspaces", &json!({"name": "elsewhere"})).await;
    let elsewhere: WorkspaceId = elsewhere.parse().expect("an id");
    let mut all = Live::listen(house.ask("GET", LIVE)).await;
    let mut of_one = Live::listen(house.ask("GET", &format!("{LIVE}?automation={one}"))).await;
    let mut failed = Live::listen(house.ask("GET", &format!("{LIVE}?state=failed"))).await;
    let mut there = Live::listen(house.ask("GET", LIVE).header("hookbox-workspace", "elsewhere")).await;

    let mut runs = Vec::new();
    for (workspace, automation, state) in [
        (elsewhere, one, RunState::Failed),
        (house.workspace.id, other, RunState::Succeeded),
        (house.workspace.id, one, RunState::Waiting),
        (house.workspace.id, other, RunState::Failed),
    ] {
        runs.push(json!(committed(&house, workspace, automation, state).await.to_string()));
    }
    for run in &runs[1..] {
        assert_eq!(all.run().await["id"], *run);
    }
    assert_eq!(of_one.run().await["id"], runs[2]);
    assert_eq!(failed.run().await["id"], runs[3]);
    assert_eq!(there.run().await["id"], runs[0]);
    house.readiness.drain();
    for live in [&mut all, &mut of_one, &mut failed, &mut there] {
        assert_eq!(live.next().await, None, "nothing else was told");
    }
}

#[tokio::test]
async fn a_busy_workspace_is_told_a_few_and_how_many_more_there_were() {
    let house = House::with(|config| config.live_runs_per_s_max = 1).await;
    let automation = Id::from_uuid(Uuid::now_v7());
    let mut live = Live::listen(house.ask("GET", LIVE)).await;
    let mut last = None;
    for _ in 0..4 {
        last = Some(committed(&house, house.workspace.id, automation, RunState::Succeeded).await);
    }
    assert_eq!(live.next().await, Some(("skipped".to_owned(), json!({"count": 3}))));
    assert_eq!(live.run().await["id"], json!(last.expect("a run").to_string()), "the newest is told");
}

#[tokio::test]
async fn a_stop_of_the_host_ends_every_answer() {
    let house = house().await;
    let mut live = Live::listen(house.ask("GET", LIVE)).await;
    house.readiness.drain();
    assert_eq!(live.next().await, None);
    let mut late = Live::listen(house.ask("GET", LIVE)).await;
    assert_eq!(late.next().await, None, "one that begins meanwhile ends at once");
}

#[tokio::test]
async fn whoever_may_look_no_more_is_told_no_more() {
    let house = House::with(|config| config.live_check_ms = 1).await;
    let mut live = Live::listen(house.ask("GET", LIVE)).await;
    let found = house.store.tokens().find(Digest::of(house.token.as_bytes())).await.expect("a look-up");
    let audited = Audited {
        at: Timestamp::from_millis(1),
        by: "host".to_owned(),
        act: "token.revoke",
        subject: "a test".to_owned(),
        before: "null".to_owned(),
        after: "null".to_owned(),
    };
    house.store.tokens().remove(None, found.expect("the token").id, audited).await.expect("it is revoked");
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn there_are_only_so_many_answers_at_once_and_one_that_hung_up_makes_room() {
    let house = House::with(|config| config.live_max = 1).await;
    let live = Live::listen(house.ask("GET", LIVE)).await;
    let crowded = house.get(LIVE).await;
    assert_eq!((crowded.status, crowded.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    drop(live);
    Live::listen(house.ask("GET", LIVE)).await;
}

#[tokio::test]
async fn nobody_takes_all_the_answers_that_there_are() {
    let house = House::with(|config| config.live_each_max = 2).await;
    let (ann, bob) = (person(&house, Role::Viewer, Role::Owner).await, person(&house, Role::Viewer, Role::Owner).await);
    let ask = |token: &str| house.ask("GET", LIVE).header("authorization", &format!("Bearer {token}"));
    let (first, _second) = (Live::listen(ask(&ann.token)).await, Live::listen(ask(&ann.token)).await);
    let crowded = ask(&ann.token).send().await.expect(503);
    assert!(crowded["detail"].as_str().is_some_and(|detail| detail.contains("2 live answers of yours")), "{crowded}");
    let _others = [Live::listen(ask(&bob.token)).await, Live::listen(house.ask("GET", LIVE)).await];
    drop(first);
    Live::listen(ask(&ann.token)).await;
}

#[tokio::test]
async fn looking_on_is_no_use_of_a_session() {
    let often = |config: &mut Config| (config.live_check_ms, config.live_comment_ms) = (1, 1);
    let house = House::with(often).await;
    let cookie = set_up(&house).await;
    house.pass(20 * 60_000);
    let mut live = Live::listen(with(&house, &cookie, "GET", LIVE).header("hookbox-background", "1")).await;
    for _ in 0..3 {
        // Before each of these it is seen whether they may look.
        live.until("\n\n").await.expect("they may");
    }
    house.pass(11 * 60_000);
    assert_eq!(live.next().await, None, "it ends with the session, which nobody used for half an hour");
    with(&house, &cookie, "GET", "/api/v1/me").send().await.expect(401);
}

#[tokio::test]
async fn something_is_said_while_nothing_happens() {
    let house = House::with(|config| config.live_comment_ms = 1).await;
    let mut live = Live::listen(house.ask("GET", LIVE)).await;
    assert_eq!(live.until("\n\n").await.as_deref(), Some(":\n\n"));
}
