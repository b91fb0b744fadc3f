//! Dry runs: they change nothing at all, and what they show is what a real run then does.

use std::collections::BTreeMap;

use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{automation, step};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const PHONE: &str = "12155551000";

/// What differs from one doing to the next and says nothing: ids that are made, moments, measurements.
const STAMPS: [&str; 17] = [
    "id",
    "contact",
    "conversation",
    "message",
    "run",
    "version",
    "revision",
    "created_at",
    "updated_at",
    "sent_at",
    "due_at",
    "began_at",
    "finished_at",
    "duration_us",
    "memory_bytes",
    "until",
    "log",
];

fn start() -> (Program, Admin) {
    let program = Setup::new(PROGRAM).guests().start();
    let admin = program.admin();
    admin.furnish();
    admin.post("/api/v1/fields", &json!({"name": "orders", "kind": "text", "many": true})).success();
    admin.post("/api/v1/templates", &json!({"name": "thanks", "body": "Thank you, {{contact.first_name}}."})).success();
    (program, admin)
}

/// Everything a workspace holds, by its path.
fn everything(admin: &Admin) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::new();
    for what in [
        "captures",
        "runs",
        "contacts",
        "conversations",
        "messages",
        "messages?outbox=true",
        "automations",
        "inboxes",
        "members",
        "lists",
        "fields",
        "templates",
        "plugins",
        "workspaces",
    ] {
        all.insert(what.to_owned(), admin.all(&format!("/api/v1/{what}")));
    }
    for automation in all["automations"].clone() {
        let path = format!("automations/{}/versions", text(&automation["id"]));
        all.insert(path.clone(), admin.all(&format!("/api/v1/{path}")));
    }
    for list in all["lists"].clone() {
        let path = format!("lists/{}/contacts", text(&list["id"]));
        all.insert(path.clone(), admin.all(&format!("/api/v1/{path}")));
    }
    all
}

/// A value without what says nothing.
fn told(value: &Value) -> Value {
    match value {
        // The ids of what would be made.
        Value::Object(change) if change.get("at").and_then(Value::as_str).is_some_and(|at| STAMPS.contains(&at)) => {
            Value::Null
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| !STAMPS.contains(&name.as_str()));
            members.map(|(name, value)| (name.clone(), told(value))).collect()
        }
        Value::Array(items) => items.iter().map(told).collect(),
        other => other.clone(),
    }
}

/// Every kind of step and effect: a condition that holds and one that does not, messages, an assignment, lists, fields, tags, a
/// note, a wait, a failure that is tolerated, a stop.
fn many_things(admin: &Admin) -> Webhook {
    let mut document = automation(
        "Many things",
        &json!([
            step("send-message", json!({"body": "Hi {{contact.first_name}}, order {{payload.order}} has shipped."})),
            {"name": "later", "action": "send-message", "settings": {"body": "{{templates.thanks}}", "send_at": "2999-01-01T00:00:00Z"}},
            {"name": "never", "when": "payload.order == 'none'", "action": "send-message", "settings": {"body": "no"}},
            step("assign-conversation", json!({"to": "front-desk"})),
            {"wait": "1ms"},
            step("add-to-list", json!({"list": "customers"})),
            step("update-contact", json!({"fields": {"plan": "gold", "old": null}, "add_tags": ["buyer"], "remove_tags": ["new"]})),
            {"name": "may fail", "action": "failing", "settings": {"kind": "permanent"}, "continue_on_failure": true},
            {"stop": "that was all"},
            step("close-conversation", json!({})),
        ]),
    );
    document["trigger"]["webhook"]["map"] = json!([
        {"field": "first_name", "from": "$.first_name", "transforms": ["trim", "title"]},
        {"field": "source", "value": "webshop", "write": "fill-empty"},
        {"field": "orders", "from": "$.order", "write": "append"},
    ]);
    document["trigger"]["webhook"]["sample"] =
        json!({"phone_number": "12155556677", "first_name": "John", "order": "1"});
    admin.apply(&document)
}

/// Tries a payload out, then really sends it, and compares.
fn check(program: &Program, admin: &Admin, webhook: &Webhook, payload: &Value) -> Value {
    let before = everything(admin);
    let path = format!("/api/v1/automations/{}/dry-run", webhook.automation);
    let report = admin.post(&path, &json!({ "payload": payload })).success().json();
    let again = admin.post(&path, &json!({ "payload": payload })).success().json();
    assert_eq!(told(&again), told(&report));
    assert_eq!(everything(admin), before, "a dry run changes nothing");

    let run = admin.final_run(&webhook.capture(program.address(), payload));
    assert_eq!(told(&report["steps"]), told(&run["steps"]));
    assert_eq!(told(&report["failure"]), told(&run["failure"]));
    let contact = text(&run["contact"]);
    assert_eq!(told(&report["after"]), told(&admin.record(&format!("/api/v1/contacts/{contact}"))));
    let conversation = &admin.all(&format!("/api/v1/conversations?contact={contact}"))[0];
    assert_eq!(told(&report["conversations"][0]["after"]), told(conversation));
    let written = admin.all(&format!("/api/v1/messages?contact={contact}"));
    let written = written.iter().filter(|message| message["run"] == run["id"]).map(told);
    assert_eq!(told(&report["messages"]), written.collect::<Value>());
    report
}

#[test]
fn a_dry_run_changes_nothing_and_shows_what_the_run_then_does_to_an_unknown_contact() {
    let (program, admin) = start();
    let webhook = many_things(&admin);
    let payload = json!({"phone_number": PHONE, "first_name": " ann ", "order": "17"});
    let report = check(&program, &admin, &webhook, &payload);
    assert_eq!((&report["failure"], &report["before"]), (&json!(null), &json!(null)), "{report}");
    let states: Vec<String> =
        report["steps"].as_array().expect("steps").iter().map(|step| text(&step["state"])).collect();
    let (done, other) = ("succeeded", "skipped");
    assert_eq!(states, [done, done, other, done, done, done, done, "tolerated", done], "{report}");
}

#[test]
fn the_diff_of_a_dry_run_is_the_difference_that_the_run_makes() {
    let (program, admin) = start();
    let webhook = many_things(&admin);
    let known = json!({
        "phone": format!("+{PHONE}"), "tags": ["new", "vip"],
        "fields": {"first_name": "Anna", "source": "fair", "old": "x", "orders": ["9"]},
    });
    admin.post("/api/v1/contacts", &known).success();
    let payload = json!({"phone_number": PHONE, "first_name": "ann", "order": "17"});
    let report = check(&program, &admin, &webhook, &payload);
    let list = &admin.all("/api/v1/lists")[0];
    let named = json!({"id": list["id"], "name": list["name"]});
    let expected = json!([
        {"at": "fields.first_name", "before": "Anna", "after": "Ann"},
        {"at": "fields.old", "before": "x", "after": null},
        {"at": "fields.orders", "before": ["9"], "after": ["9", "17"]},
        {"at": "fields.plan", "before": null, "after": "gold"},
        {"at": "lists", "before": [], "after": [named]},
        {"at": "tags", "before": ["new", "vip"], "after": ["buyer", "vip"]},
    ]);
    assert_eq!(report["changes"], expected, "{report}");
}

#[test]
fn a_dry_run_shows_that_a_contact_who_opted_out_is_written_nothing() {
    let (program, admin) = start();
    let webhook = many_things(&admin);
    let known = admin.post("/api/v1/contacts", &json!({"phone": format!("+{PHONE}")})).success().json();
    admin.patch(&format!("/api/v1/contacts/{}", text(&known["id"])), &json!({"opted_out": true})).success();
    let report = check(&program, &admin, &webhook, &json!({"phone_number": PHONE, "first_name": "Ann", "order": "1"}));
    let states: Vec<String> =
        report["messages"].as_array().expect("messages").iter().map(|message| text(&message["state"])).collect();
    assert_eq!(states, ["suppressed", "suppressed"], "{report}");
}

#[test]
fn a_dry_run_tells_why_a_run_would_fail() {
    let (program, admin) = start();
    let fails = json!({"name": "fails", "action": "failing", "settings": {"kind": "permanent"}});
    let message = step("send-message", json!({"body": "Hi"}));
    let webhook = admin.apply(&automation("Failing", &json!([message, fails])));
    let payload = json!({"phone_number": PHONE, "first_name": "Ann"});
    let report = check(&program, &admin, &webhook, &payload);
    assert_eq!((&report["failure"]["at"], &report["failure"]["code"]), (&json!("fails"), &json!("told-to-fail")));
    let path = format!("/api/v1/automations/{}/dry-run", webhook.automation);
    let report = admin.post(&path, &json!({"payload": {"phone_number": "none"}})).success().json();
    assert_eq!((&report["failure"]["code"], &report["after"]), (&json!("invalid-phone"), &json!(null)), "{report}");
}
