//! Captures, runs, conversations and messages, as a run left them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AutomationId, Capture, CaptureId, Contact, Conversation, Digest, Effect, Id, Identifier, InboxId, JsonLimits,
    KeptHeaders, ListId, LogLevel, LogLine, MemberId, Message, Payload, Run, RunState, StepRecord, StepState,
    Timestamp,
};
use hookbox_store::{ContactCommit, ConversationCommit, RunCommit, Store};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::documents::{YAML, apply, house};
use crate::house::House;

const BODY: &str = r#"{ "phone_number": "12155556677", "total": 12345678901234567890, "price": 1.10 }"#;

/// A capture of the automation, on disk and not begun.
async fn captured(house: &House, automation: AutomationId) -> CaptureId {
    let mut headers = KeptHeaders::default();
    headers.push("user-agent", b"shop");
    let capture = Capture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        automation_version: 1,
        received_at: Timestamp::from_millis(1_700_000_000_000),
        body: Payload::parse(Bytes::from_static(BODY.as_bytes()), JsonLimits::default()).expect("JSON"),
        idempotency: None,
        from: Some(Ipv4Addr::new(203, 0, 113, 9).into()),
        headers,
    };
    let id = capture.id;
    house.store.captures().capture(Arc::new(capture)).await.expect("a capture");
    id
}

/// Claims the run of the only capture and commits it as succeeded, with everything a run can leave.
async fn run(house: &House, list: ListId, inbox: InboxId, member: MemberId) -> Run {
    let claim = house.store.runs().claim(1).await.expect("a claim").pop().expect("a run");
    let workspace = claim.capture.workspace;
    let now = Timestamp::from_millis(1_700_000_001_000);
    let phone = Identifier::Phone("+12155556677".to_owned());
    let mut contact = Contact::unknown(Id::from_uuid(Uuid::now_v7()), workspace, &phone, now);
    contact.version = 1;
    contact.lists.insert(list);
    let mut thread = Conversation::begun(Id::from_uuid(Uuid::now_v7()), workspace, contact.id, inbox, now);
    (thread.version, thread.assignee) = (1, Some(member));
    let mut run = Run::first_of(&claim.capture, now);
    let message = message(&run, &thread, now);
    run.contact = Some(contact.id);
    (run.state, run.revision, run.finished_at) = (RunState::Succeeded, 1, Some(now));
    run.steps = vec![step(&message)];
    let changes = ContactCommit {
        before: None,
        after: Arc::new(contact),
        conversations: vec![ConversationCommit { before: None, after: Arc::new(thread) }],
        messages: vec![message],
    };
    house
        .store
        .runs()
        .commit_run(RunCommit { run: run.clone(), contact: Some(changes), begins: Vec::new(), state: Vec::new() })
        .await
        .expect("a commit");
    run
}

fn message(run: &Run, thread: &Conversation, now: Timestamp) -> Message {
    let id = Id::from_uuid(Uuid::now_v7());
    let message = Message::outgoing(id, thread, "Hi John".to_owned(), now);
    Message { run: Some(run.id), step: Some("tell them".to_owned()), ..message }
}

fn step(message: &Message) -> StepRecord {
    StepRecord {
        name: "tell them".to_owned(),
        action: "send-message".to_owned(),
        plugin: "send-message 1.0.0".to_owned(),
        digest: Some(Digest::of(b"send-message")),
        state: StepState::Succeeded,
        attempts: 1,
        input: r#"{"body":"Hi John"}"#.to_owned(),
        output: "null".to_owned(),
        effects: vec![
            Effect::AddToList { list: "customers".to_owned() },
            Effect::Close,
            Effect::Send {
                message: message.id,
                inbox: None,
                body: message.body.clone(),
                media: Vec::new(),
                send_at: None,
            },
        ],
        log: vec![LogLine { level: LogLevel::Info, message: "sent".to_owned() }],
        duration_us: 120,
        memory_bytes: 1_114_112,
        failure: None,
    }
}

/// A house in which an automation has run once.
pub(crate) async fn lived_in() -> (House, AutomationId, Run) {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation: AutomationId = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let lists = house.get("/api/v1/lists").await.expect(200);
    let list = lists["items"][0]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let member = house.made("/api/v1/members", &json!({"name": "front-desk"})).await.parse().expect("an id");
    let inboxes = house.get("/api/v1/inboxes").await.expect(200);
    let inbox = inboxes["items"][0]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    captured(&house, automation).await;
    let run = run(&house, list, inbox, member).await;
    (house, automation, run)
}

/// The only item of a page.
async fn only(house: &House, path: &str) -> Value {
    let page = house.get(path).await.expect(200);
    assert_eq!((page["items"].as_array().map(Vec::len), &page["next"]), (Some(1), &Value::Null), "{path}: {page}");
    page["items"][0].clone()
}

#[tokio::test]
async fn a_capture_shows_its_body_as_it_was_sent_and_how_far_it_has_come() {
    let house = house().await;
    let made = apply(&house, "application/yaml", YAML).await.expect(201);
    let automation = made["id"].as_str().unwrap_or_default();
    let id = captured(&house, automation.parse().expect("an id")).await;
    let answer = house.get(&format!("/api/v1/captures/{id}")).await;
    let capture = answer.expect(200);
    assert!(answer.text().contains(&format!("\"body\":{BODY}")), "{}", answer.text());
    assert_eq!((&capture["state"], &capture["automation"]), (&json!("queued"), &json!(automation)));
    assert_eq!(capture["received_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!((capture["runs"].as_array().map(Vec::len), &capture["run_count"]), (Some(1), &json!(1)));
    assert_eq!(capture["states"], json!({"queued": 1}));
    assert_eq!((&capture["from"], &capture["bytes"]), (&json!("203.0.113.9"), &json!(BODY.len())));
    assert_eq!((&capture["headers"], &capture["body_text"]), (&json!([["user-agent", "shop"]]), &json!(BODY)));
    let mut brief = capture.clone();
    let members = brief.as_object_mut().expect("an object");
    members.retain(|name, _| !["headers", "body_text"].contains(&name.as_str()));
    assert_eq!(only(&house, &format!("/api/v1/captures?automation={automation}")).await, brief);
    let run = house.get(&format!("/api/v1/runs/{}", capture["runs"][0].as_str().unwrap_or_default())).await.expect(200);
    assert_eq!((&run["state"], &run["capture"], &run["steps"]), (&json!("queued"), &json!(id), &json!([])));
}

#[tokio::test]
async fn a_run_shows_what_every_step_got_gave_and_changed() {
    let (house, automation, run) = lived_in().await;
    let shown = house.get(&format!("/api/v1/runs/{}", run.id)).await.expect(200);
    let message = only(&house, "/api/v1/messages").await;
    let step = json!({
        "name": "tell them", "action": "send-message", "plugin": "send-message 1.0.0",
        "digest": Digest::of(b"send-message"), "state": "succeeded", "attempts": 1,
        "input": {"body": "Hi John"}, "output": null,
        "effects": [
            {"kind": "add-to-list", "list": "customers"},
            {"kind": "close"},
            {"kind": "send", "message": message["id"], "inbox": null, "body": "Hi John", "media": [], "send_at": null},
        ],
        "log": [{"level": "info", "message": "sent"}],
        "duration_us": 120, "memory_bytes": 1_114_112, "failure": null,
    });
    assert_eq!(
        shown,
        json!({
            "id": run.id, "automation": automation, "automation_version": 1, "capture": run.capture,
            "item": null, "replay": null, "replayed_by": null,
            "contact": run.contact, "state": "succeeded", "failure": null, "steps": [step],
            "began_at": "2023-11-14T22:13:21.000Z", "finished_at": "2023-11-14T22:13:21.000Z", "due_at": null,
        })
    );
    let contact = run.contact.expect("a contact");
    for query in
        [String::new(), format!("?automation={automation}"), "?state=succeeded".into(), format!("?contact={contact}")]
    {
        assert_eq!(only(&house, &format!("/api/v1/runs{query}")).await, shown, "{query}");
    }
    assert_eq!(house.get("/api/v1/runs?state=failed").await.expect(200)["items"], json!([]));
    assert_eq!(only(&house, "/api/v1/captures").await["state"], "succeeded");
}

#[tokio::test]
async fn a_list_of_runs_shows_names_and_no_steps() {
    let (house, automation, run) = lived_in().await;
    let brief = only(&house, "/api/v1/runs?brief=true").await;
    assert_eq!(
        brief,
        json!({
            "id": run.id, "automation": automation, "automation_name": "Order shipped", "automation_version": 1,
            "capture": run.capture, "item": null, "contact": run.contact, "contact_name": "+12155556677",
            "state": "succeeded", "began_at": "2023-11-14T22:13:21.000Z", "ended_at": "2023-11-14T22:13:21.000Z",
            "duration_ms": 0, "steps": 1, "attempts": 1, "failure": null, "replay_of": null, "replayed_by": null,
            "due_at": null,
        })
    );
    let named = json!({"fields": {"first_name": " John ", "last_name": "Smith"}});
    let contact = format!("/api/v1/contacts/{}", run.contact.expect("a contact"));
    house.ask("PATCH", &contact).json(&named).send().await.expect(200);
    assert_eq!(only(&house, "/api/v1/runs?brief=true").await["contact_name"], "John Smith");
    assert!(only(&house, "/api/v1/runs?brief=false").await["steps"].is_array());
}

#[tokio::test]
async fn what_a_run_left_is_found_from_its_contact() {
    let (house, _, run) = lived_in().await;
    let contact = only(&house, "/api/v1/contacts?phone=12155556677").await;
    assert_eq!(contact["id"], json!(run.contact));
    assert_eq!(contact["lists"][0]["name"], "customers");
    let list = contact["lists"][0]["id"].as_str().unwrap_or_default();
    assert_eq!(only(&house, &format!("/api/v1/lists/{list}/contacts")).await, contact);
    let id = contact["id"].as_str().unwrap_or_default();
    let conversation = only(&house, &format!("/api/v1/conversations?contact={id}")).await;
    assert_eq!(conversation["inbox"]["name"], "support");
    assert_eq!(conversation["assignee"]["name"], "front-desk");
    assert_eq!((&conversation["state"], &conversation["notes"]), (&json!("open"), &json!([])));
    let path = format!("/api/v1/conversations/{}", conversation["id"].as_str().unwrap_or_default());
    assert_eq!(house.get(&path).await.expect(200), conversation);
    let message = only(&house, &format!("/api/v1/messages?contact={id}")).await;
    assert_eq!(message, only(&house, "/api/v1/messages?outbox=true").await);
    let keys: BTreeSet<&str> = message.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let wanted = "attempts body contact contact_name conversation created_at delivered_at direction due_at external_id id inbox media reason run sandbox send_at sent_at state step";
    assert_eq!(keys, wanted.split(' ').collect());
    assert_eq!(
        (&message["direction"], &message["state"], &message["run"]),
        (&json!("outgoing"), &json!("queued"), &json!(run.id))
    );
    house.get(&format!("/api/v1/messages?outbox=true&contact={id}")).await.expect(422);
}
