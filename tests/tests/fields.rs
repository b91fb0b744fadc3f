//! Contact fields: what a workspace declares, what a mapping may write and how, and what a run says that cannot.

use hookbox_tests::admin::Admin;
use hookbox_tests::documents::automation;
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

const PHONE: &str = "12155551000";

fn start() -> (Program, Admin) {
    let program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

/// An automation that only maps.
fn mapping(admin: &Admin, name: &str, map: Value) -> Webhook {
    let mut document = automation(name, &json!([]));
    document["trigger"]["webhook"]["map"] = map;
    document["trigger"]["webhook"]["sample"] = Value::Null;
    admin.apply(&document)
}

fn payload(more: &Value) -> Value {
    let mut payload = json!({ "phone_number": PHONE });
    for (name, value) in more.as_object().expect("members") {
        payload[name] = value.clone();
    }
    payload
}

/// Sends a payload whose run has to succeed, and gives the contact's fields.
fn sent(program: &Program, admin: &Admin, webhook: &Webhook, more: &Value) -> Value {
    let run = admin.final_run(&webhook.capture(program.address(), &payload(more)));
    assert_eq!(run["state"], "succeeded", "{run}");
    admin.all(&format!("/api/v1/contacts?phone=%2B{PHONE}"))[0]["fields"].clone()
}

#[test]
fn a_value_is_stored_as_its_field_is_declared_and_refused_when_it_cannot_be() {
    let (program, admin) = start();
    for field in [
        json!({"name": "age", "kind": "number"}),
        json!({"name": "birthday", "kind": "date"}),
        json!({"name": "vip", "kind": "boolean"}),
        json!({"name": "plan", "kind": "choice", "options": ["Gold", "Silver"]}),
        json!({"name": "note", "kind": "text"}),
    ] {
        admin.post("/api/v1/fields", &field).success();
    }
    let names = ["age", "birthday", "vip", "plan", "note", "undeclared"];
    let map = names.map(|name| json!({"field": name, "from": format!("$.{name}")}));
    let webhook = mapping(&admin, "Typed", json!(map));
    let given =
        json!({"age": "41", "birthday": "2026-11-24", "vip": "yes", "plan": "gold", "note": 7, "undeclared": 7});
    let stored =
        json!({"age": 41, "birthday": "2026-11-24", "vip": true, "plan": "Gold", "note": "7", "undeclared": 7});
    assert_eq!(sent(&program, &admin, &webhook, &given), stored);
    for (name, wrong) in [
        ("age", json!("old")),
        ("birthday", json!("24.11.")),
        ("vip", json!("perhaps")),
        ("plan", json!("bronze")),
        ("undeclared", json!({"an": "object"})),
    ] {
        let capture = webhook.capture(program.address(), &payload(&json!({ name: wrong })));
        let run = admin.final_run(&capture);
        assert_eq!((&run["state"], &run["failure"]["at"]), (&json!("failed"), &json!("mapping")), "{run}");
        let message = run["failure"]["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
    }
    assert_eq!(
        sent(&program, &admin, &webhook, &json!({})),
        stored,
        "what failed wrote nothing, what is missing neither"
    );
}

#[test]
fn a_mapping_overwrites_fills_or_appends() {
    let (program, admin) = start();
    admin.post("/api/v1/fields", &json!({"name": "interests", "kind": "text", "many": true})).success();
    let map = json!([
        {"field": "last", "from": "$.value"},
        {"field": "first", "from": "$.value", "write": "fill-empty"},
        {"field": "interests", "from": "$.value", "write": "append"},
    ]);
    let webhook = mapping(&admin, "Policies", map);
    for value in ["", "tea", "coffee", "tea"] {
        sent(&program, &admin, &webhook, &json!({ "value": value }));
    }
    let fields = sent(&program, &admin, &webhook, &json!({"value": "milk"}));
    assert_eq!(fields, json!({"last": "milk", "first": "tea", "interests": ["", "tea", "coffee", "milk"]}));
}

#[test]
fn many_values_are_appended_each_once_however_many_requests_come_at_once() {
    const VALUES: usize = 30;
    let (program, admin) = start();
    admin.post("/api/v1/fields", &json!({"name": "orders", "kind": "number", "many": true})).success();
    let map = json!([{"field": "orders", "from": "$.order", "write": "append"}]);
    let mut document = automation("Orders", &json!([]));
    document["order"] = json!("none");
    document["trigger"]["webhook"]["map"] = map;
    document["trigger"]["webhook"]["sample"] = json!({"phone_number": PHONE, "order": 1});
    let webhook = admin.apply(&document);
    let captures: Vec<String> = std::thread::scope(|scope| {
        let senders = (0..VALUES).map(|number| {
            let (webhook, program) = (&webhook, &program);
            scope.spawn(move || webhook.capture(program.address(), &payload(&json!({ "order": number }))))
        });
        let senders: Vec<_> = senders.collect();
        senders.into_iter().map(|sender| sender.join().expect("it sends")).collect()
    });
    captures.iter().for_each(|capture| assert_eq!(admin.final_run(capture)["state"], "succeeded"));
    let contact = &admin.all(&format!("/api/v1/contacts?phone=%2B{PHONE}"))[0];
    let mut orders: Vec<u64> =
        contact["fields"]["orders"].as_array().expect("many").iter().filter_map(Value::as_u64).collect();
    orders.sort_unstable();
    assert_eq!(orders, (0..VALUES as u64).collect::<Vec<_>>(), "no update is lost");
}

#[test]
fn a_payload_without_a_required_field_fails_by_its_name_and_writes_nothing() {
    let (program, admin) = start();
    let map = json!([{"field": "note", "from": "$.note"}, {"field": "email", "from": "$.email", "required": true}]);
    let webhook = mapping(&admin, "Required", map);
    let capture = webhook.capture(program.address(), &payload(&json!({"note": "n"})));
    let run = admin.final_run(&capture);
    assert_eq!((&run["state"], &run["failure"]["at"]), (&json!("failed"), &json!("mapping")), "{run}");
    assert!(run["failure"]["message"].as_str().is_some_and(|message| message.contains("email")), "{run}");
    assert_eq!(admin.all("/api/v1/contacts").len(), 0);
    let fields = sent(&program, &admin, &webhook, &json!({"note": "n", "email": "Ann@Example.com"}));
    assert_eq!(fields, json!({"note": "n"}));
    assert_eq!(admin.all("/api/v1/contacts?email=ann%40example.com").len(), 1);
}

#[test]
fn an_identifier_that_another_contact_has_is_not_taken_from_it() {
    let (program, admin) = start();
    admin.post("/api/v1/contacts", &json!({"email": "ann@example.com"})).success();
    let webhook = mapping(&admin, "Taken", json!([{"field": "email", "from": "$.email"}]));
    let capture = webhook.capture(program.address(), &payload(&json!({"email": "ann@example.com"})));
    let run = admin.final_run(&capture);
    assert_eq!((&run["state"], &run["failure"]["code"]), (&json!("failed"), &json!("identifier-taken")), "{run}");
    assert_eq!(admin.all("/api/v1/contacts").len(), 1);
}
