//! What is wrong with a document is said all at once, each fault with its place.

use serde_json::{Value, json};

use crate::documents::{YAML, apply, document, house};
use crate::house::House;

/// The places of the faults of a document, after looking that there are some.
async fn places(house: &House, media_type: &str, text: &str) -> Vec<String> {
    let problem = apply(house, media_type, text).await.expect(422);
    assert_eq!(problem["type"], "/problems/invalid");
    let faults = problem["faults"].as_array().expect("faults");
    assert!(faults.iter().all(|fault| fault["message"].as_str().is_some_and(|text| !text.is_empty())), "{problem}");
    faults.iter().filter_map(|fault| fault["at"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn all_faults_of_a_document_are_said_at_once() {
    let house = house().await;
    let broken = json!({
        "name": " Order shipped",
        "inbox": "nowhere",
        "colour": "red",
        "trigger": {"webhook": {
            "sample": {"phone_number": "12", "first_name": "John"},
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [
                {"field": "a", "from": "$.["},
                {"field": "b", "from": "$.first_name", "value": 1},
                {"field": "c"},
                {"field": "d", "from": "$.first_name", "transforms": ["shout"]},
                {"field": "e", "from": "$.first_name", "wriet": "fill-empty"},
                {"field": "f", "from": "$.first_name", "write": "sometimes"},
                {"field": "g", "from": 5},
            ],
        }},
        "steps": [
            {"action": "send-message", "settings": {"body": "{{contact.first_name", "subject": "x"}},
            {"action": "send-message", "settings": {"body": ""}},
            {"action": "dance"},
            {"action": "add-to-list", "settings": {}},
            {"name": "", "action": "add-to-list", "settings": {"list": 5}},
            {"settings": {}},
        ],
    });
    let found = places(&house, "application/json", &broken.to_string()).await;
    for wanted in [
        "colour",
        "inbox",
        "name",
        "steps[0].settings.body",
        "steps[0].settings.subject",
        "steps[1].name",
        "steps[1].settings.body",
        "steps[2].action",
        "steps[3].settings.list",
        "steps[4].name",
        "steps[4].settings.list",
        "steps[5].action",
        "trigger.webhook.identifier.from",
        "trigger.webhook.map[0].from",
        "trigger.webhook.map[1]",
        "trigger.webhook.map[2]",
        "trigger.webhook.map[3].transforms[0]",
        "trigger.webhook.map[4].wriet",
        "trigger.webhook.map[5].write",
        "trigger.webhook.map[6]",
    ] {
        assert!(found.iter().any(|place| place == wanted), "{wanted} is missing among {found:#?}");
    }
    assert_eq!(found.len(), 20, "{found:#?}");
    assert_eq!(house.get("/api/v1/automations").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn one_thing_wrong_is_one_fault_at_its_place() {
    let house = house().await;
    let check = async |pointer: &str, value: Value, place: &str| {
        let mut broken = document();
        *broken.pointer_mut(pointer).expect("a place in the document") = value;
        let found = places(&house, "application/json", &broken.to_string()).await;
        assert_eq!(found, [place], "{pointer}");
    };
    check("/name", json!(""), "name").await;
    check("/name", json!(5), "name").await;
    check("/inbox", json!("Support"), "inbox").await;
    check("/trigger", json!({}), "trigger.webhook").await;
    check("/trigger/webhook/sample/phone_number", json!("12"), "trigger.webhook.identifier.from").await;
    check("/trigger/webhook/identifier/field", json!("fax"), "trigger.webhook.identifier.field").await;
    check("/trigger/webhook/identifier/from", json!("phone"), "trigger.webhook.identifier.from").await;
    check("/trigger/webhook/map/1/from", json!("$.lastname"), "trigger.webhook.map[1].from").await;
    let at_limit = |bytes: u64| {
        let mut webhook = document()["trigger"]["webhook"].clone();
        webhook["body_bytes_max"] = json!(bytes);
        webhook
    };
    check("/trigger/webhook", at_limit((1 << 20) + 1), "trigger.webhook.body_bytes_max").await;
    check("/trigger/webhook", at_limit(0), "trigger.webhook.body_bytes_max").await;
    check("/steps/1/action", json!("add-to-lists"), "steps[1].action").await;
    check("/steps/1/settings/list", json!(["customers"]), "steps[1].settings.list").await;
    check("/steps/0/settings/body", json!("{{contact.name | shout}}"), "steps[0].settings.body").await;
    check("/steps/0/settings/body", json!("{{payload.surname}}"), "steps[0].settings.body").await;
    check("/steps/0/name", json!("add-to-list"), "steps[1].name").await;
    let steps: Vec<Value> =
        (0..101).map(|n| json!({"name": n.to_string(), "action": "add-to-list", "settings": {"list": "a"}})).collect();
    check("/steps", json!(steps), "steps").await;
    check("/steps", json!("none"), "steps").await;
}

#[tokio::test]
async fn a_misspelt_key_hides_nothing_that_is_wrong_beside_it() {
    let house = house().await;
    let mut broken = document();
    let webhook = &mut broken["trigger"]["webhook"];
    webhook["map"][0] = json!({"field": "a", "from": "$.[", "wriet": "fill-empty"});
    webhook["map"][1] = json!({"field": "b", "from": "$.nowhere", "write": "sometimes"});
    webhook["singature"] = json!("required");
    broken["steps"][0] =
        json!({"action": "send-message", "settings": {"body": "{{payload.nowhere}}", "inbox": "{{"}, "wehn": "true"});
    broken["steps"][1] =
        json!({"action": "add-to-list", "settings": {"list": "nowhere"}, "retry": {"attempts": "many"}});
    let found = places(&house, "application/json", &broken.to_string()).await;
    let wanted = [
        "steps[0].settings.body",
        "steps[0].settings.inbox",
        "steps[0].wehn",
        "steps[1].retry.attempts",
        "steps[1].settings.list",
        "trigger.webhook.map[0].from",
        "trigger.webhook.map[0].wriet",
        "trigger.webhook.map[1].from",
        "trigger.webhook.map[1].write",
        "trigger.webhook.singature",
    ];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn what_a_template_will_say_is_not_judged_before_it_is_rendered() {
    let house = house().await;
    let mut late = document();
    late["steps"][1]["settings"]["list"] = json!("{{payload.Integration}}");
    apply(&house, "application/json", &late.to_string()).await.expect(201);
}

#[tokio::test]
async fn text_that_cannot_be_read_is_told_by_line_and_column() {
    let house = house().await;
    let check = async |media_type: &str, text: &str, place: &str| {
        let found = places(&house, media_type, text).await;
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].starts_with(place), "{text}: {found:?}");
    };
    check("application/json", "{\n  \"name\": \"ä\" x\n}", "line 2, column 15").await;
    check("application/json", "{\n\"name\": 1,\n\"name\": 2}", "line 3").await;
    check("application/json", "", "line 1, column 1").await;
    check("application/yaml", "name: a\ninbox: [b\n", "line").await;
    check("application/yaml", "name: a\nname: b\n", "line 2, column 1").await;
    check("application/yaml", "name: a\n---\nname: b\n", "line").await;
    check("application/yaml", "name: .nan\n", "line 1").await;
    check("application/yaml", &format!("name: {}", "[".repeat(200)), "line 1").await;
}

#[tokio::test]
async fn a_yaml_bomb_is_refused_before_it_grows() {
    let house = house().await;
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let copies = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{copies}]\n"));
    }
    assert_eq!(places(&house, "application/yaml", &bomb).await.len(), 1);
    let wide = format!("name: [{}]", "a,".repeat(12_000));
    assert_eq!(places(&house, "application/yaml", &wide).await.len(), 1);
}

#[tokio::test]
async fn other_content_types_and_large_documents_are_refused() {
    let house = house().await;
    for media_type in ["", "text/plain", "application/xml"] {
        apply(&house, media_type, YAML).await.expect(415);
    }
    apply(&house, "application/yaml", &format!("{YAML}# {}", "x".repeat(70_000))).await.expect(413);
    for media_type in ["text/yaml", "application/x-yaml", "application/yaml; charset=utf-8"] {
        assert!(apply(&house, media_type, YAML).await.status.is_success(), "{media_type}");
    }
}

#[tokio::test]
async fn a_step_is_one_thing_and_its_numbers_are_in_their_ranges() {
    let house = house().await;
    let mut wrong = document();
    wrong["trigger"]["webhook"]["allow"] = json!(["203.0.113.0/24", "2001:db8::/32", "here"]);
    wrong["trigger"]["webhook"]["rate"] = json!({"per_second": 0, "burst": 5});
    wrong["steps"] = json!([
        {"name": "a", "action": "add-to-list", "settings": {"list": "x"}, "wait": "10m", "stop": "enough"},
        {"name": "b", "wait": "10m", "settings": {"list": "x"}, "continue_on_failure": true, "retry": {"attempts": 2}},
        {"name": "c", "wait": {"till": "{{payload.at}}"}},
        {"name": "d"},
        {"name": "e", "action": "add-to-list", "settings": {"list": "customers"},
            "retry": {"attempts": 21, "factor": 11, "delay": "2m", "delay_max": "1m"}},
        {"name": "f", "stop": " "},
        {"name": "g", "action": "add-to-list", "settings": {"list": "customers"}, "retry": {"delay": "2 days"}},
        {"name": "h", "action": "add-to-list", "settings": {"list": "customers"},
            "retry": {"delay": "2 days", "delay_max": "3 days"}},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    let wanted = [
        "steps[0].stop",
        "steps[0].wait",
        "steps[1].continue_on_failure",
        "steps[1].retry",
        "steps[1].settings",
        "steps[2].wait",
        "steps[3].action",
        "steps[4].retry.attempts",
        "steps[4].retry.delay_max",
        "steps[4].retry.factor",
        "steps[5].stop",
        "steps[6].retry.delay",
        "trigger.webhook.allow[2]",
        "trigger.webhook.rate.per_second",
    ];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_length_of_time_or_a_zone_that_is_none_is_told_and_hides_nothing() {
    let house = house().await;
    let mut wrong = document();
    wrong["inbox"] = json!("nowhere");
    wrong["steps"] = json!([
        {"wait": "5 fortnights", "when": "payload.a >"},
        {"name": "b", "wait": {"until": "{{payload.at}}", "before": "soon", "zone": "Mars/Base"}, "stop": " "},
        {"name": "c", "wait": {"hours": {"from": "09:00", "to": "17:00", "zone": "Here"}}},
        {"action": "dance", "retry": {"delay": "a while", "delay_max": "ages"}},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    let expected = [
        "inbox",
        "steps[0].wait",
        "steps[0].when",
        "steps[1].stop",
        "steps[1].stop",
        "steps[1].wait.before",
        "steps[1].wait.until",
        "steps[1].wait.zone",
        "steps[2].wait.hours.zone",
        "steps[3].action",
        "steps[3].retry.delay",
        "steps[3].retry.delay_max",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn waits_and_stops_are_taken() {
    let house = house().await;
    let mut right = document();
    right["steps"] = json!([
        {"wait": "10m"},
        {"name": "later", "wait": {"until": "{{contact.birthday}}", "before": "1h"}},
        {"stop": "nothing more to do"},
    ]);
    apply(&house, "application/json", &right.to_string()).await.expect(201);
}

#[tokio::test]
async fn the_sample_suits_the_fields_that_are_declared() {
    let house = house().await;
    for field in [
        json!({"name": "first_name", "kind": "number"}),
        json!({"name": "last_name", "kind": "choice", "options": ["Smith", "Roe"]}),
        json!({"name": "origin", "kind": "text", "many": true}),
    ] {
        house.made("/api/v1/fields", &field).await;
    }
    let mut wrong = document();
    wrong["trigger"]["webhook"]["map"][2]["write"] = json!("append");
    wrong["trigger"]["webhook"]["map"][3]["write"] = json!("append");
    let found = places(&house, "application/json", &wrong.to_string()).await;
    assert_eq!(found, ["trigger.webhook.map[0].from", "trigger.webhook.map[2].write"]);
}

#[tokio::test]
async fn a_field_that_fails_hides_no_fault_of_another() {
    let house = house().await;
    for field in [json!({"name": "age", "kind": "number"}), json!({"name": "size", "kind": "number"})] {
        house.made("/api/v1/fields", &field).await;
    }
    let mut wrong = document();
    wrong["trigger"]["webhook"]["sample"]["phone_number"] = json!("12");
    wrong["trigger"]["webhook"]["map"] = json!([
        {"field": "a", "from": "$.first_name", "transforms": ["number"]},
        {"field": "age", "from": "$.first_name"},
        {"field": "size", "from": "$.["},
        {"field": "age", "from": "$.first_name", "write": "fill-empty"},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    let map = |index, key| format!("trigger.webhook.map[{index}].{key}");
    let wanted = [
        "trigger.webhook.identifier.from".to_owned(),
        map(0, "transforms[0]"),
        map(1, "from"),
        map(2, "from"),
        map(3, "from"),
    ];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_mapping_writes_fields_and_identifiers_and_no_other_part_of_a_contact() {
    let house = house().await;
    let mut wrong = document();
    let long = "x".repeat(65);
    let names = ["phone", "email", "tags", "lists", "id", "opted_out", " a", &long, "Größe"];
    wrong["trigger"]["webhook"].as_object_mut().expect("an object").remove("sample");
    wrong["trigger"]["webhook"]["map"] = names.map(|name| json!({"field": name, "from": "$.first_name"})).into();
    let found = places(&house, "application/json", &wrong.to_string()).await;
    let wanted: Vec<String> = (2..=7).map(|index| format!("trigger.webhook.map[{index}].field")).collect();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn constants_are_checked_without_a_sample() {
    let house = house().await;
    house.made("/api/v1/fields", &json!({"name": "age", "kind": "number"})).await;
    let mut wrong = document();
    wrong["trigger"]["webhook"].as_object_mut().expect("an object").remove("sample");
    wrong["trigger"]["webhook"]["map"] = json!([
        {"field": "age", "value": "old"},
        {"field": "b", "value": "old", "transforms": ["number"]},
        {"field": "age", "value": "41"},
        {"field": "age", "from": "$.age"},
        {"field": "age", "template": "old"},
    ]);
    wrong["steps"] = json!([
        {"name": "a", "wait": {"until": "tomorrow"}},
        {"name": "b", "wait": {"until": "2026-12-01"}},
        {"name": "c", "wait": {"until": "{{payload.due}}"}},
        {"name": "d", "when": "1 > 'a'", "stop": "done"},
    ]);
    let problem = apply(&house, "application/json", &wrong.to_string()).await.expect(422);
    let faults = problem["faults"].as_array().expect("faults");
    let found: Vec<_> = faults.iter().filter_map(|fault| fault["at"].as_str()).collect();
    let map = "trigger.webhook.map";
    let wanted = [&format!("{map}[0].value"), &format!("{map}[1].transforms[0]"), &format!("{map}[4].template")];
    assert_eq!(found[..2], ["steps[0].wait.until", "steps[3].when"]);
    assert_eq!(found[2..], wanted);
    assert!(!problem.to_string().contains("with the sample"), "{problem}");
}

#[tokio::test]
async fn each_is_checked_with_one_element_of_the_sample() {
    let house = house().await;
    let mut orders = document();
    let webhook = &mut orders["trigger"]["webhook"];
    webhook["sample"] = json!({"shop": "Acme", "orders": [webhook["sample"]]});
    webhook["each"] = json!("$.orders");
    webhook["identifier"]["from"] = json!("$.orders.phone_number");
    webhook["map"] = json!([{"field": "first_name", "from": "$.orders.first_name"}]);
    apply(&house, "application/json", &orders.to_string()).await.expect(201);
    orders["trigger"]["webhook"]["each"] = json!("$.shop");
    assert_eq!(places(&house, "application/json", &orders.to_string()).await, ["trigger.webhook.each"]);
}

#[tokio::test]
async fn the_time_that_a_step_waits_for_is_a_template_that_gives_a_moment() {
    let house = house().await;
    let mut wrong = document();
    wrong["trigger"]["webhook"]["sample"]["due"] = json!("2026-12-01T10:00:00+01:00");
    wrong["steps"] = json!([
        {"wait": {"until": "{{payload.at"}},
        {"name": "b", "wait": {"until": "{{payload.at}}"}},
        {"name": "c", "wait": {"until": "{{payload.first_name}}"}},
        {"name": "d", "wait": {"until": "{{steps.e.until}}"}},
        {"name": "e", "wait": {"until": "{{payload.due}}"}},
        {"name": "f", "wait": {"until": "{{steps.e.until}}"}},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    assert_eq!(found, ["steps[0].wait.until", "steps[1].wait.until", "steps[2].wait.until", "steps[3].wait.until"]);
}

#[tokio::test]
async fn names_in_settings_are_those_of_records() {
    let house = house().await;
    house.made("/api/v1/members", &json!({"name": "front-desk"})).await;
    let mut wrong = document();
    wrong["steps"] = json!([
        {"action": "send-message", "settings": {"body": "Hi", "inbox": "sales"}},
        {"action": "add-to-list", "settings": {"list": "costumers"}},
        {"name": "one", "action": "assign-conversation", "settings": {"to": "back-desk"}},
        {"name": "two", "action": "assign-conversation", "settings": {"to": "front-desk"}},
        {"action": "of-others", "settings": {"lists": ["customers", "vip"], "to": {"inbox": "support"}}},
        {"name": "late", "action": "add-to-list", "settings": {"list": "{{payload.Integration}}"}},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    let wanted =
        ["steps[0].settings.inbox", "steps[1].settings.list", "steps[2].settings.to", "steps[4].settings.lists[1]"];
    assert_eq!(found, wanted);
    for (path, name) in [("inboxes", "sales"), ("lists", "costumers"), ("lists", "vip"), ("members", "back-desk")] {
        house.made(&format!("/api/v1/{path}"), &json!({"name": name})).await;
    }
    apply(&house, "application/json", &wrong.to_string()).await.expect(201);
}

#[tokio::test]
async fn steps_read_only_from_steps_before_them() {
    let house = house().await;
    let mut wrong = document();
    let text = |body: &str| json!({"body": body});
    wrong["steps"] = json!([
        {"name": "one", "action": "send-message", "settings": text("{{steps.one.message}}")},
        {"name": "two", "action": "send-message", "settings": text("{{steps.one.message}} {{steps['tree'].x | trim}}")},
        {"name": "three", "when": "payload.zip == '0' && steps.four.message != ''", "stop": "done"},
        {"name": "four", "when": "has(steps.two.message)", "stop": "done"},
        {"name": "five", "when": "1 == 2 && steps.six.message == 'x'", "stop": "done"},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    assert_eq!(found, ["steps[0].settings.body", "steps[1].settings.body", "steps[2].when", "steps[4].when"]);
}

#[tokio::test]
async fn a_condition_makes_sense_of_the_sample() {
    let house = house().await;
    let mut wrong = document();
    wrong["steps"] = json!([
        {"name": "a", "when": "payload.Integraton == 'Salesforce'", "stop": "done"},
        {"name": "b", "when": "payload.zip", "stop": "done"},
        {"name": "c", "when": "payload.first_name > 3", "stop": "done"},
        {"name": "d", "when": "has(payload.Integraton) && payload.Integraton == 'x'", "stop": "done"},
        {"name": "e", "when": "contact.tier == 'gold' && payload.zip == '02134'", "stop": "done"},
        {"name": "f", "when": "now > timestamp('2026-01-01T00:00:00Z')", "stop": "done"},
    ]);
    let found = places(&house, "application/json", &wrong.to_string()).await;
    assert_eq!(found, ["steps[0].when", "steps[1].when", "steps[2].when"]);
    wrong["trigger"]["webhook"].as_object_mut().expect("an object").remove("sample");
    apply(&house, "application/json", &wrong.to_string()).await.expect(201);
}

#[tokio::test]
async fn conditions_compile_and_templates_exist_before_a_document_is_saved() {
    let house = house().await;
    let mut wrong = document();
    wrong["steps"][0]["when"] = json!("payload.zip ==");
    wrong["steps"][0]["settings"]["body"] = json!("{{templates.hello}}");
    let found = places(&house, "application/json", &wrong.to_string()).await;
    assert_eq!(found, ["steps[0].settings.body", "steps[0].when"]);
    house.made("/api/v1/templates", &json!({"name": "hello", "body": "Hi {{contact.first_name}}"})).await;
    wrong["steps"][0]["when"] = json!("payload.zip == '02134'");
    apply(&house, "application/json", &wrong.to_string()).await.expect(201);
}

#[tokio::test]
async fn the_use_cases_are_saved_as_they_stand_and_come_back_as_they_were() {
    let house = house().await;
    house.made("/api/v1/templates", &json!({"name": "security_notice", "body": "Hi {{contact.first_name}}"})).await;
    house.made("/api/v1/members", &json!({"name": "front-desk"})).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/use_cases");
    let files: Vec<_> = std::fs::read_dir(folder).expect("a readable folder").collect();
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let yaml = std::fs::read_to_string(file.expect("a readable folder").path()).expect("a readable file");
        let made = apply(&house, "application/yaml", &yaml).await.expect(201);
        let path = format!("/api/v1/automations/{}/document", made["id"].as_str().unwrap_or_default());
        for media_type in ["application/yaml", "application/json"] {
            let exported = house.ask("GET", &path).header("accept", media_type).send().await;
            let again = apply(&house, media_type, exported.text()).await.expect(200);
            assert_eq!(again["changed"], false, "{}", exported.text());
        }
    }
}
