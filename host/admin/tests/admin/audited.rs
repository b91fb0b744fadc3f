//! What changes leave in the audit log: one entry each, that says who, what, and from what to what; nothing of what was refused or
//! changed nothing; and never the text of a secret or a key.

use hookbox_model::{Id, JsonLimits, Message, MessageState, Payload, Role, TestCapture, Timestamp};
use hookbox_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acting::{dead_letter, settled};
use crate::documents::{document, house};
use crate::history::lived_in;
use crate::house::{Answer, House};
use crate::people::person;
use crate::uploads::{component, uploaded};

/// A log as it is read, and how much of it was seen.
struct Log<'h> {
    house: &'h House,
    path: &'static str,
    seen: usize,
}

impl<'h> Log<'h> {
    /// The log of the workspace as it grows from here on.
    async fn of(house: &'h House) -> Self {
        Self::at(house, "/api/v1/audit?limit=1000").await
    }

    async fn at(house: &'h House, path: &'static str) -> Self {
        let mut log = Self { house, path, seen: 0 };
        log.seen = log.entries().await.len();
        log
    }

    /// Every entry, oldest first.
    async fn entries(&self) -> Vec<Value> {
        let page = self.house.get(self.path).await.expect(200);
        assert_eq!(page["next"], Value::Null);
        let mut entries = page["items"].as_array().cloned().unwrap_or_default();
        entries.reverse();
        entries
    }

    /// The one entry that came since the last look; its act and the beginning of its subject are these.
    async fn one(&mut self, act: &str, subject: &str) -> Value {
        let entries = self.entries().await;
        let new = &entries[self.seen..];
        assert_eq!(new.len(), 1, "{act}: {new:#?}");
        self.seen = entries.len();
        assert_eq!(new[0]["act"], act);
        assert!(new[0]["subject"].as_str().is_some_and(|text| text.starts_with(subject)), "{act}: {}", new[0]);
        assert!(new[0]["by"].as_str().is_some_and(|by| by.starts_with("tok_")), "{act}: {}", new[0]);
        new[0].clone()
    }

    /// As [`Log::one`], from just this to just that.
    async fn change(&mut self, act: &str, subject: &str, (before, after): (Value, Value)) {
        let entry = self.one(act, subject).await;
        assert_eq!((&entry["before"], &entry["after"]), (&before, &after), "{act}");
    }

    /// Nothing came since the last look.
    async fn none(&mut self) {
        let entries = self.entries().await;
        assert_eq!(entries[self.seen..], [] as [Value; 0]);
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

async fn patch(house: &House, path: &str, body: &Value) -> Answer {
    house.ask("PATCH", path).json(body).send().await
}

async fn delete(house: &House, path: &str) -> Answer {
    house.ask("DELETE", path).send().await
}

#[tokio::test]
async fn changes_of_a_workspace_and_of_new_ones_are_in_the_logs_they_belong_into() {
    let house = House::new().await;
    let (mut log, mut host) = (Log::of(&house).await, Log::at(&house, "/api/v1/audit?of=host&limit=1000").await);
    let own = house.workspace.id.to_string();
    let path = format!("/api/v1/workspaces/{own}");
    patch(&house, &path, &json!({"country": "DE"})).await.expect(200);
    log.change("workspace.change", &own, (json!({"country": "US"}), json!({"country": "DE"}))).await;
    patch(&house, &path, &json!({"country": "DE"})).await.expect(200);
    patch(&house, &path, &json!({"country": "xx"})).await.expect(422);
    log.none().await;
    host.none().await;
    let other = house.made("/api/v1/workspaces", &json!({"name": "other"})).await;
    let entry = host.one("workspace.create", &other).await;
    assert_eq!((&entry["before"], &entry["after"]["name"]), (&Value::Null, &json!("other")));
    house.post("/api/v1/workspaces", &json!({"name": "other"})).await.expect(409);
    host.none().await;
    log.none().await;
    let whole = house.get("/api/v1/audit/verify?of=host").await.expect(200);
    assert_eq!((&whole["state"], whole["entries"].as_u64()), (&json!("whole"), Some(host.seen as u64)));
    let admin = format!("Bearer {}", person(&house, Role::Admin, Role::Owner).await.token);
    for path in ["/api/v1/audit?of=host", "/api/v1/audit/verify?of=host"] {
        house.ask("GET", path).header("authorization", &admin).send().await.expect(403);
    }
}

#[tokio::test]
async fn changes_of_inboxes_are_in_the_log_without_their_secrets() {
    let house = House::new().await;
    let mut log = Log::of(&house).await;
    let inbox = house.made("/api/v1/inboxes", &json!({"name": "sales"})).await;
    let entry = log.one("inbox.create", &inbox).await;
    assert_eq!((&entry["before"], &entry["after"]["name"]), (&Value::Null, &json!("sales")));
    house.post("/api/v1/inboxes", &json!({"name": "sales"})).await.expect(409);
    let path = format!("/api/v1/inboxes/{inbox}");
    patch(&house, &path, &json!({"name": "sales"})).await.expect(200);
    patch(&house, &path, &json!({"name": ""})).await.expect(422);
    log.none().await;
    patch(&house, &path, &json!({"name": "orders"})).await.expect(200);
    log.change("inbox.change", &inbox, (json!({"name": "sales"}), json!({"name": "orders"}))).await;

    let channel = json!({"channel": {"webhook": {"url": "https://example.com/messages"}}});
    let with_channel = patch(&house, &path, &channel).await.expect(200);
    let entry = log.one("inbox.change", &inbox).await;
    assert_eq!(entry["after"]["channel"]["webhook"]["url"], "https://example.com/messages");
    let second = house.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    let entry = log.one("inbox.add-secret", &inbox).await;
    assert_eq!(entry["after"]["channel"]["webhook"]["secrets"][0]["id"], second["id"]);
    delete(&house, &format!("{path}/secrets/{}", id(&second))).await.expect(200);
    log.one("inbox.remove-secret", &inbox).await;
    delete(&house, &format!("{path}/secrets/{}", id(&second))).await.expect(404);
    log.none().await;
    let text = house.get("/api/v1/audit").await.text().to_owned();
    for secret in [&with_channel["secret"], &second["secret"]] {
        let secret = secret.as_str().expect("it is shown this once");
        assert!(secret.starts_with("whsec_") && !text.contains(secret) && !text.contains("whsec_"), "{text}");
    }
}

#[tokio::test]
async fn changes_of_members_lists_fields_and_templates_are_in_the_log() {
    let house = House::new().await;
    let mut log = Log::of(&house).await;
    for (act, path) in [("member.create", "/api/v1/members"), ("list.create", "/api/v1/lists")] {
        let made = house.made(path, &json!({"name": "a"})).await;
        let entry = log.one(act, &format!("{made} a")).await;
        assert_eq!((&entry["before"], &entry["after"]["id"]), (&Value::Null, &json!(made)));
        house.post(path, &json!({"name": "a"})).await.expect(409);
        log.none().await;
        let (noun, path) = (act.trim_end_matches(".create"), format!("{path}/{made}"));
        patch(&house, &path, &json!({"name": "b"})).await.expect(200);
        let subject = format!("{made} b");
        log.change(&format!("{noun}.change"), &subject, (json!({"name": "a"}), json!({"name": "b"}))).await;
        patch(&house, &path, &json!({"name": "b"})).await.expect(200);
        patch(&house, &path, &json!({"name": ""})).await.expect(422);
        log.none().await;
        delete(&house, &path).await.expect(200);
        let entry = log.one(&format!("{noun}.remove"), &subject).await;
        assert_eq!((&entry["before"]["name"], &entry["after"]), (&json!("b"), &Value::Null));
        delete(&house, &path).await.expect(404);
        log.none().await;
    }
    let field = house.made("/api/v1/fields", &json!({"name": "born", "kind": "date"})).await;
    log.one("field.create", &field).await;
    let path = format!("/api/v1/fields/{field}");
    patch(&house, &path, &json!({"name": "birthday"})).await.expect(200);
    log.change("field.change", &field, (json!({"name": "born"}), json!({"name": "birthday"}))).await;
    patch(&house, &path, &json!({"name": "birthday"})).await.expect(200);
    patch(&house, &path, &json!({"options": ["a"]})).await.expect(422);
    log.none().await;
    delete(&house, &path).await.expect(200);
    let entry = log.one("field.remove", &field).await;
    assert_eq!((&entry["before"]["name"], &entry["after"]), (&json!("birthday"), &Value::Null));
    delete(&house, &path).await.expect(404);

    let template = house.made("/api/v1/templates", &json!({"name": "hello", "body": "Hi"})).await;
    log.one("template.create", &template).await;
    let path = format!("/api/v1/templates/{template}");
    patch(&house, &path, &json!({"body": "Hi there"})).await.expect(200);
    let entry = log.one("template.change", &template).await;
    assert_eq!((&entry["before"]["body"], &entry["after"]["body"]), (&json!("Hi"), &json!("Hi there")));
    assert_eq!(entry["before"].get("name"), None, "only what differs");
    patch(&house, &path, &json!({"body": "Hi there"})).await.expect(200);
    log.none().await;
    delete(&house, &path).await.expect(200);
    log.one("template.remove", &template).await;
}

#[tokio::test]
async fn changes_of_contacts_are_in_the_log() {
    let house = House::new().await;
    let mut log = Log::of(&house).await;
    let contact = house.made("/api/v1/contacts", &json!({"phone": "+12155556677", "fields": {"a": 1, "b": 2}})).await;
    let entry = log.one("contact.create", &contact).await;
    assert_eq!((&entry["before"], &entry["after"]["phone"]), (&Value::Null, &json!("+12155556677")));
    house.post("/api/v1/contacts", &json!({"phone": "+12155556677"})).await.expect(409);
    let path = format!("/api/v1/contacts/{contact}");
    patch(&house, &path, &json!({"fields": {"a": 1}})).await.expect(200);
    patch(&house, &path, &json!({"version": 9, "fields": {"a": 3}})).await.expect(409);
    log.none().await;
    patch(&house, &path, &json!({"fields": {"a": 3}})).await.expect(200);
    let entry = log.one("contact.change", &contact).await;
    assert_eq!((&entry["before"]["fields"], &entry["after"]["fields"]), (&json!({"a": 1}), &json!({"a": 3})));
    assert_eq!(entry["after"]["version"], 2);
}

#[tokio::test]
async fn who_is_put_on_a_list_and_taken_off_is_in_the_log() {
    let house = House::new().await;
    let list = house.made("/api/v1/lists", &json!({"name": "a"})).await;
    let one = house.made("/api/v1/contacts", &json!({"phone": "+12155556677"})).await;
    let other = house.made("/api/v1/contacts", &json!({"phone": "+12155556678"})).await;
    let mut log = Log::of(&house).await;
    let path = format!("/api/v1/lists/{list}/contacts");
    let (subject, none) = (format!("{list} a"), Value::Null);
    house.post(&path, &json!({"contacts": [one]})).await.expect(200);
    let entry = log.one("list.add-contacts", &subject).await;
    assert_eq!((&entry["before"], &entry["after"]), (&none, &json!({"contacts": [one]})));
    house.post(&path, &json!({"contacts": [one, other]})).await.expect(200);
    let entry = log.one("list.add-contacts", &subject).await;
    assert_eq!(entry["after"], json!({"contacts": [other]}), "only who was not on it");
    house.post(&path, &json!({"contacts": [one, other]})).await.expect(200);
    house.post(&path, &json!({"contacts": [one, list.replace("lst_", "con_")]})).await.expect(422);
    log.none().await;
    delete(&house, &format!("{path}/{one}")).await.expect(200);
    let entry = log.one("list.remove-contact", &subject).await;
    assert_eq!((&entry["before"], &entry["after"]), (&json!({"contacts": [one]}), &none));
    delete(&house, &format!("{path}/{one}")).await.expect(200);
    log.none().await;
}

#[tokio::test]
async fn changes_of_automations_are_in_the_log_with_the_digest_of_their_documents() {
    let house = house().await;
    let mut log = Log::of(&house).await;
    let put = async |document: &Value| house.ask("PUT", "/api/v1/automations").json(document).send().await;
    let made = put(&document()).await.expect(201);
    let automation = id(&made);
    let first = log.one("automation.apply", &format!("{automation} Order shipped")).await;
    assert_eq!(
        (&first["before"], &first["after"]["version"], &first["after"]["state"]),
        (&Value::Null, &json!(1), &json!("live"))
    );
    assert_eq!(first["after"]["sha256"].as_str().map(str::len), Some(64));
    put(&document()).await.expect(200);
    put(&json!({"name": "Order shipped"})).await.expect(422);
    log.none().await;
    let mut other = document();
    other["steps"].as_array_mut().expect("steps").truncate(1);
    put(&other).await.expect(200);
    let second = log.one("automation.apply", &automation).await;
    assert_eq!((&second["before"]["version"], &second["after"]["version"]), (&json!(1), &json!(2)));
    assert_eq!(second["before"]["sha256"], first["after"]["sha256"]);
    let path = format!("/api/v1/automations/{automation}");
    house.post(&format!("{path}/restore"), &json!({"version": 1})).await.expect(200);
    let third = log.one("automation.restore", &automation).await;
    assert_eq!(third["after"], json!({"version": 3, "sha256": first["after"]["sha256"]}));
    let state = format!("{path}/state");
    house.post(&state, &json!({"state": "paused"})).await.expect(200);
    log.change("automation.state", &automation, (json!({"state": "live"}), json!({"state": "paused"}))).await;
    house.post(&state, &json!({"state": "paused"})).await.expect(200);
    log.none().await;

    let key = house.post(&format!("{path}/keys"), &json!({})).await.expect(201);
    let of_key = format!("{automation} key {}", id(&key));
    let entry = log.one("key.create", &of_key).await;
    assert_eq!((&entry["before"], &entry["after"]["id"]), (&Value::Null, &key["id"]));
    let one = format!("{path}/keys/{}", id(&key));
    let revoked = delete(&house, &one).await.expect(200);
    let moment = json!({"revoked_at": revoked["revoked_at"]});
    log.change("key.revoke", &of_key, (json!({"revoked_at": null}), moment)).await;
    delete(&house, &one).await.expect(200);
    log.none().await;
    let secret = house.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    let of_secret = format!("{automation} secret {}", id(&secret));
    log.one("secret.add", &of_secret).await;
    delete(&house, &format!("{path}/secrets/{}", id(&secret))).await.expect(200);
    let entry = log.one("secret.remove", &of_secret).await;
    assert_eq!((&entry["before"]["id"], &entry["after"]), (&secret["id"], &Value::Null));
    let text = house.get("/api/v1/audit").await.text().to_owned();
    for shown_once in [&made["key"], &key["key"], &secret["secret"]] {
        let shown_once = shown_once.as_str().expect("it is shown this once");
        let guessed = shown_once.rsplit('_').nth(1).filter(|part| part.len() > 20).unwrap_or(shown_once);
        assert!(!text.contains(shown_once) && !text.contains(guessed), "{text}");
    }
}

#[tokio::test]
async fn what_is_done_about_runs_is_in_the_log() {
    let (house, automation, _) = settled().await;
    let mut log = Log::of(&house).await;
    let failed = dead_letter(&house, automation).await;
    log.none().await;
    let path = format!("/api/v1/runs/{}", failed.id);
    house.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    log.none().await;
    let again = house.post(&format!("{path}/replay"), &json!({})).await.expect(201);
    let entry = log.one("run.replay", &failed.id.to_string()).await;
    assert_eq!((&entry["before"], &entry["after"]["replayed_by"]), (&Value::Null, &again["id"]));
    house.post(&format!("{path}/replay"), &json!({})).await.expect(409);
    log.none().await;
    house.post(&format!("/api/v1/runs/{}/cancel", id(&again)), &json!({})).await.expect(200);
    log.change("run.cancel", &id(&again), (json!({"state": "queued"}), json!({"state": "cancelled"}))).await;
    let second = dead_letter(&house, automation).await;
    assert_eq!(house.post("/api/v1/runs/replay", &json!({})).await.expect(200)["replayed"], 1);
    log.one("runs.replay", &second.id.to_string()).await;
}

#[tokio::test]
async fn a_sample_that_was_sent_and_a_decision_about_a_message_are_in_the_log() {
    let (house, automation, _) = lived_in().await;
    let mut log = Log::of(&house).await;
    let text = r#"{"phone_number":"12155556677","first_name":"Ann","last_name":"Roe","Integration":"x"}"#;
    let test = TestCapture {
        id: Id::from_uuid(Uuid::now_v7()),
        workspace: house.workspace.id,
        automation,
        received_at: Timestamp::from_millis(1),
        from: None,
        headers: Default::default(),
        body: Payload::parse(text.into(), JsonLimits::default()).expect("JSON"),
    };
    house.store.captures().capture_test(&test).await.expect("a test capture");
    log.none().await;
    let path = format!("/api/v1/automations/{automation}/sample");
    house.post(&path, &json!({"test": test.id})).await.expect(200);
    let entry = log.one("automation.sample", &automation.to_string()).await;
    assert_eq!((&entry["before"]["version"], &entry["after"]["version"]), (&json!(1), &json!(2)));

    let outbox = house.store.outbox();
    let mut message = outbox.claim(1).await.expect("a claim").pop().expect("a message").message;
    let path = format!("/api/v1/messages/{}/decision", message.id);
    house.post(&path, &json!({"decision": "sent"})).await.expect(409);
    for state in [MessageState::Sending, MessageState::Failed] {
        message = Message { state, revision: message.revision + 1, due_at: None, ..message };
        outbox.commit_message(&message, false, Timestamp::from_millis(1)).await.expect("it is brought on");
    }
    house.post(&path, &json!({"decision": "failed"})).await.expect(200);
    log.none().await;
    house.post(&path, &json!({"decision": "send"})).await.expect(200);
    let sides = (json!({"state": "failed", "reason": null}), json!({"state": "queued"}));
    log.change("message.decide", &message.id.to_string(), sides).await;
}

#[tokio::test]
async fn what_is_done_about_plugins_and_their_secrets_is_in_the_log() {
    let house = House::new().await;
    let mut log = Log::of(&house).await;
    let plugin = id(&uploaded(&house, &component("1.0.0", &["hot"])).await);
    log.one("plugin.upload", &plugin).await;
    let path = format!("/api/v1/plugins/{plugin}");
    for (act, body, named) in [
        ("refuse", json!({"reason": "no"}), "plugin.refuse"),
        ("approve", json!({"all": true}), "plugin.approve"),
        ("activate", json!({}), "plugin.activate"),
        ("deactivate", json!({}), "plugin.deactivate"),
    ] {
        house.post(&format!("{path}/{act}"), &body).await.expect(200);
        log.one(named, &plugin).await;
    }
    house.post(&format!("{path}/deactivate"), &json!({})).await.expect(200);
    log.none().await;
    delete(&house, &path).await.expect(200);
    log.one("plugin.remove", &plugin).await;
    let wish = json!({"name": "crm", "text": "s3cret-text", "hosts": ["*"]});
    let secret = house.ask("PUT", "/api/v1/plugin-secrets").json(&wish).send().await.expect(200);
    log.one("plugin-secret.put", &id(&secret)).await;
    delete(&house, "/api/v1/plugin-secrets/crm").await.expect(200);
    log.one("plugin-secret.remove", &id(&secret)).await;
    let text = house.get("/api/v1/audit").await.text().to_owned();
    assert!(!text.contains("s3cret-text"), "{text}");
}

#[tokio::test]
async fn an_entry_names_the_user_and_their_token_and_is_found_by_either() {
    let house = House::new().await;
    let editor = person(&house, Role::Editor, Role::Owner).await;
    let authorization = format!("Bearer {}", editor.token);
    let refused = house.ask("POST", "/api/v1/members").header("authorization", &authorization);
    refused.json(&json!({"name": "a"})).send().await.expect(403);
    house.made("/api/v1/lists", &json!({"name": "by the operator"})).await;
    let made = house.ask("POST", "/api/v1/lists").header("authorization", &authorization);
    let list = id(&made.json(&json!({"name": "by an editor"})).send().await.expect(201));
    let found = async |query: &str| {
        let page = house.get(&format!("/api/v1/audit?{query}")).await.expect(200);
        page["items"].as_array().cloned().unwrap_or_default()
    };
    let by_user = found(&format!("by={}", editor.id)).await;
    assert_eq!(by_user.len(), 1, "{by_user:?}");
    let by = by_user[0]["by"].as_str().expect("a text");
    let token = by.strip_prefix(&format!("{} with ", editor.id)).expect("the user and the token");
    assert_eq!(found(&format!("by={token}")).await, by_user);
    assert_eq!(found(&format!("subject={list}")).await, by_user);
    assert_eq!(found("act=list.create").await.len(), 2);
    assert_eq!(found("act=list").await.len(), 2);
    assert_eq!(found("act=member").await, [] as [Value; 0], "what was refused is not there");
    let at = by_user[0]["at"].as_str().expect("a moment");
    assert_eq!(found(&format!("act=list&from={at}")).await.first(), by_user.first());
    assert_eq!(found(&format!("subject={list}&to={at}")).await, [] as [Value; 0], "before that moment there was none");
    house.get("/api/v1/audit?from=yesterday").await.expect(400);
    house.get("/api/v1/audit?acts=list").await.expect(400);
}
