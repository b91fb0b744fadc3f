//! Finding runs, contacts and conversations among many: by time, by text, by whom they are about.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AutomationId, Capture, Contact, FieldValue, Id, Identifier, JsonLimits, Payload, Run, RunFailure, RunState,
    Timestamp,
};
use hookbox_store::{ContactCommit, ConversationCommit, RunCommit, Store};
use serde_json::{Value, json};
use uuid::{NoContext, Uuid};

use crate::documents::{YAML, apply};
use crate::house::House;

/// 2026-11-24T00:00:00Z.
const MIDNIGHT_S: u64 = 1_795_478_400;

/// A run made so many seconds after midnight, of a contact of this name.
async fn run_of(house: &House, automation: AutomationId, second: u64, name: &str, state: RunState) -> Run {
    let at = Timestamp::from_millis((MIDNIGHT_S + second) * 1_000);
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, MIDNIGHT_S + second, 0));
    let body = format!(r#"{{"order": "N-{second}", "note": "for {name}"}}"#);
    let capture = Capture {
        id: Id::from_uuid(id),
        workspace: house.workspace.id,
        automation,
        automation_version: 1,
        received_at: at,
        body: Payload::parse(Bytes::from(body), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: None,
        headers: Default::default(),
    };
    house.store.captures().capture(Arc::new(capture.clone())).await.expect("a capture");
    let identifier = Identifier::Phone(format!("+1215555{second:04}"));
    let mut contact = Contact::unknown(Id::from_uuid(Uuid::now_v7()), house.workspace.id, &identifier, at);
    contact.version = 1;
    contact.fields.insert("first_name".into(), FieldValue::Text(name.into()));
    let mut run = Run::first_of(&capture, at);
    (run.contact, run.state, run.revision, run.finished_at) = (Some(contact.id), state, 1, Some(at));
    if state == RunState::Failed {
        run.failure = Some(RunFailure::new("mapping", "invalid-phone", "the phone number is none"));
    }
    let contact = ContactCommit {
        before: None,
        after: Arc::new(contact),
        conversations: Vec::<ConversationCommit>::new(),
        messages: Vec::new(),
    };
    let commit = RunCommit { run: run.clone(), contact: Some(contact), begins: Vec::new(), state: Vec::new() };
    house.store.runs().commit_run(commit).await.expect("a commit");
    run
}

/// A house with 30 runs, one a second.
async fn busy(change: impl FnOnce(&mut hookbox_store_redb::Config)) -> (House, AutomationId, Vec<Run>) {
    let house = House::over(change, |_| {}).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation: AutomationId = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let mut runs = Vec::new();
    for second in 0..30 {
        let name = if second == 0 { "Zoë" } else { "Ann" };
        let state = if second % 10 == 0 { RunState::Failed } else { RunState::Succeeded };
        runs.push(run_of(&house, automation, second, name, state).await);
    }
    (house, automation, runs)
}

/// The runs on every page of a query, and how many pages there were.
async fn every(house: &House, query: &str) -> (Vec<String>, usize) {
    every_of(house, "runs?brief=true", query).await
}

/// The ids on every page of a query, and how many pages there were.
async fn every_of(house: &House, records: &str, query: &str) -> (Vec<String>, usize) {
    let (mut found, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let page = house.get(&format!("/api/v1/{records}&{query}{after}")).await.expect(200);
        found.extend(
            page["items"].as_array().into_iter().flatten().filter_map(|run| run["id"].as_str()).map(str::to_owned),
        );
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (found, pages),
        }
    }
}

#[tokio::test]
async fn captures_are_found_by_what_became_of_them_by_time_and_by_text() {
    let (house, automation, runs) = busy(|store| store.search_scan_rows_max = 7).await;
    let every = async |query: &str| every_of(&house, "captures?limit=20", query).await;
    let captures = |wanted: &[usize]| wanted.iter().map(|at| runs[*at].capture.to_string()).collect::<Vec<_>>();
    let (failed, pages) = every("state=failed").await;
    assert_eq!(failed, captures(&[20, 10, 0]));
    assert!(pages > 3, "they were found within {pages} pages of 7 rows");
    assert_eq!(every("state=succeeded").await.0.len(), 27);
    assert_eq!(every("state=queued").await.0, [] as [String; 0]);
    assert_eq!(every("text=N-7").await.0, captures(&[7]));
    assert_eq!(every(&format!("text=for%20zo%C3%AB&state=failed&automation={automation}")).await.0, captures(&[0]));
    assert_eq!(every(&format!("text={}", runs[5].id)).await, (captures(&[5]), 1));
    let (from, to) = ((MIDNIGHT_S + 3) * 1_000, "2026-11-24T00:00:05Z");
    assert_eq!(every(&format!("from={from}&to={to}")).await, (captures(&[4, 3]), 1));
    assert_eq!(every(&format!("from={from}&to={to}&state=failed")).await.0, [] as [String; 0]);
    for wrong in ["state=lost", "from=yesterday", "text=", "contact=con_1"] {
        house.get(&format!("/api/v1/captures?{wrong}")).await.expect(400);
    }
}

fn ids(runs: &[&Run]) -> Vec<String> {
    runs.iter().map(|run| run.id.to_string()).collect()
}

#[tokio::test]
async fn a_text_is_found_in_what_is_old_however_many_pages_that_takes() {
    let (house, automation, runs) = busy(|store| store.search_scan_rows_max = 7).await;
    let oldest = ids(&[&runs[0]]);
    for text in ["zo%C3%AB", "ZO%C3%8B", "N-0", "for%20Zo", "%2B12155550000", "555-0000"] {
        let (found, pages) = every(&house, &format!("text={text}")).await;
        assert_eq!(found, oldest, "{text}");
        assert!(pages > 3, "{text} was found within {pages} pages of 7 rows");
    }
    let failed = ids(&[&runs[20], &runs[10], &runs[0]]);
    assert_eq!(every(&house, "text=invalid-phone").await.0, failed);
    assert_eq!(every(&house, "text=the%20phone%20number&state=failed").await, (failed.clone(), 1));
    assert_eq!(every(&house, &format!("text=number&automation={automation}")).await.0, failed);
    assert_eq!(every(&house, "code=invalid-phone").await.0, failed);
    assert_eq!(every(&house, "code=invalid-phone&text=N-0").await.0, oldest);
    assert_eq!(every(&house, "code=invalid&state=failed").await.0, [] as [String; 0], "a code is whole");
    let contact = runs[0].contact.expect("a contact");
    assert_eq!(every(&house, &format!("text=N-0&contact={contact}")).await, (oldest.clone(), 1));
    assert_eq!(every(&house, "text=nowhere&limit=1000").await.0, [] as [String; 0]);
    for id in [runs[0].id.to_string(), runs[0].capture.to_string()] {
        assert_eq!(every(&house, &format!("text={id}")).await, (oldest.clone(), 1), "a whole id is looked up");
    }
    assert_eq!(every(&house, &format!("text={}&state=succeeded", runs[0].id)).await.0, [] as [String; 0]);
}

#[tokio::test]
async fn runs_are_found_by_when_they_were_made_in_either_way_to_write_a_time() {
    let (house, _, runs) = busy(|_| {}).await;
    let wanted = ids(&[&runs[6], &runs[5], &runs[4]]);
    let (from, to) = ((MIDNIGHT_S + 4) * 1_000, (MIDNIGHT_S + 7) * 1_000);
    assert_eq!(every(&house, &format!("from={from}&to={to}")).await.0, wanted);
    let (from, to) = ("2026-11-24T00:00:04Z", "2026-11-24T01:00:07%2B01:00");
    assert_eq!(every(&house, &format!("from={from}&to={to}&limit=1")).await, (wanted, 3));
    let newest: BTreeSet<String> = every(&house, "from=2026-11-24T00:00:20Z").await.0.into_iter().collect();
    assert_eq!(newest, ids(&runs[20..].iter().collect::<Vec<_>>()).into_iter().collect());
    assert_eq!(every(&house, "to=2026-11-24T00:00:00Z").await.0, [] as [String; 0]);
    for wrong in ["from=yesterday", "to=", "from=99999999999999999999", "text=", "text=%20", "brief=1"] {
        house.get(&format!("/api/v1/runs?{wrong}")).await.expect(400);
    }
    house.get(&format!("/api/v1/runs?text={}", "x".repeat(201))).await.expect(400);
    house.get("/api/v1/runs?from=9&text=x&after=zz").await.expect(400);
}

#[tokio::test]
async fn contacts_are_searched_and_conversations_filtered() {
    let (house, _, runs) = busy(|_| {}).await;
    let found = async |query: &str| {
        let page = house.get(&format!("/api/v1/contacts?{query}")).await.expect(200);
        page["items"].as_array().into_iter().flatten().map(|item| item["id"].clone()).collect::<Vec<Value>>()
    };
    let oldest = vec![json!(runs[0].contact)];
    assert_eq!(found("q=zo%C3%AB").await, oldest);
    assert_eq!(found("q=5550000").await, oldest);
    assert_eq!(found("q=ann&limit=1000").await.len(), 29);
    house.get("/api/v1/contacts?q=ann&phone=12155550000").await.expect(422);
    house.get("/api/v1/contacts?q=").await.expect(400);
    let (inbox, member) = ("inb_0190a1b2c3d4e5f60718293a4b5c6d7e", "mem_0190a1b2c3d4e5f60718293a4b5c6d7e");
    let none = house.get(&format!("/api/v1/conversations?inbox={inbox}&assignee={member}")).await.expect(200);
    assert_eq!(none["items"], json!([]));
    house.get("/api/v1/conversations?assignee=nobody").await.expect(400);
}

#[tokio::test]
async fn what_another_workspace_has_is_found_by_nobody_here() {
    let (house, _, runs) = busy(|_| {}).await;
    house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    for path in
        [format!("runs?text={}", runs[0].id), "runs?text=zo".into(), "runs?text=N-".into(), "contacts?q=ann".into()]
    {
        let asked = house.ask("GET", &format!("/api/v1/{path}")).header("hookbox-workspace", "other");
        assert_eq!(asked.send().await.expect(200)["items"], json!([]), "{path}");
    }
}
