//! Whatever a document says, it is the same document after it was saved and exported, in JSON and in YAML.

use hookbox_model::Document;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;

use crate::documents::apply;
use crate::house::House;

/// How many documents are tried.
const CASES: u32 = 200;

/// Names of records, and texts that YAML could take for something else.
const ODD: [&str; 16] = [
    "support",
    "no",
    "~",
    "null",
    "012",
    "1e3",
    "- a",
    "a: b",
    "# c",
    "&d",
    "*e",
    "!f",
    "'g'",
    "<<",
    "[h",
    "2024-01-01",
];

#[test]
fn a_document_is_the_same_after_it_was_saved_and_exported() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let house = runtime.block_on(furnished());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let held = runner.run(&document(), |document| runtime.block_on(comes_back(&house, &document)));
    if let Err(error) = held {
        panic!("{error}");
    }
}

async fn furnished() -> House {
    let house = House::new().await;
    for path in ["inboxes", "lists", "members"] {
        for name in ODD {
            house.made(&format!("/api/v1/{path}"), &json!({"name": name})).await;
        }
    }
    house
}

/// Saves a document and gives up unless both exports say the same.
async fn comes_back(house: &House, document: &Value) -> Result<(), TestCaseError> {
    let failed = |what: &str, text: &str| Err(TestCaseError::fail(format!("{what}: {text}\n{document}")));
    let saved = apply(house, "application/json", &document.to_string()).await;
    if !saved.status.is_success() {
        return failed("not saved", saved.text());
    }
    let meant: Document =
        serde_json::from_value(document.clone()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let path = format!("/api/v1/automations/{}/document", saved.json()["id"].as_str().unwrap_or_default());
    for media_type in ["application/json", "application/yaml"] {
        let exported = house.ask("GET", &path).header("accept", media_type).send().await;
        if media_type == "application/json"
            && serde_json::from_slice::<Document>(&exported.body).ok().as_ref() != Some(&meant)
        {
            return failed("another document", exported.text());
        }
        let again = apply(house, media_type, exported.text()).await;
        if again.status.as_u16() != 200 || again.json()["changed"] != false {
            return failed(again.text(), exported.text());
        }
    }
    Ok(())
}

fn document() -> impl Strategy<Value = Value> {
    let order = option::of(select(vec!["per-contact", "none"]));
    (name(), select(&ODD[..]), order, webhook(), vec(step(), 0..5)).prop_map(|(name, inbox, order, webhook, steps)| {
        let steps: Vec<Value> = steps.into_iter().enumerate().map(|(index, step)| titled(index, step)).collect();
        with(json!({"name": name, "inbox": inbox, "trigger": {"webhook": webhook}, "steps": steps}), "order", order)
    })
}

fn webhook() -> impl Strategy<Value = Value> {
    let allow = vec(prop_oneof![network_4(), network_6()], 0..3);
    let rate = option::of((1..1_000_u32, option::of(0..1_000_u32)).prop_map(|(per_second, more)| {
        with(json!({ "per_second": per_second }), "burst", more.map(|more| per_second + more))
    }));
    let door = (option::of(1..=1_048_576_u32), option::of(select(vec!["none", "required"])), allow, rate);
    (any::<bool>(), option::weighted(0.9, json_value()), vec(field(), 0..5), door).prop_map(|(each, odd, map, door)| {
        let (body_bytes_max, signature, allow, rate) = door;
        let from = if each { "$.orders.phone" } else { "$.phone" };
        let person = json!({"phone": "12155556677"});
        let sample = odd.map(|odd| match each {
            true => json!({"orders": [person], "odd": odd}),
            false => json!({"phone": "12155556677", "odd": odd}),
        });
        let map: Vec<Value> = map.into_iter().map(|field| read_from(field, from)).collect();
        let webhook = json!({"identifier": {"field": "phone", "from": from}, "map": map, "allow": allow});
        let webhook = with(with(webhook, "sample", sample), "each", each.then_some("$.orders"));
        with(with(with(webhook, "body_bytes_max", body_bytes_max), "signature", signature), "rate", rate)
    })
}

/// The field with this path, if a path is where its value is from: such a value is there, so it may be required.
fn read_from(field: Value, from: &str) -> Value {
    if field.get("from").is_none() {
        return field;
    }
    with(with(field, "from", Some(from)), "required", Some(true))
}

fn field() -> impl Strategy<Value = Value> {
    let source = prop_oneof![
        Just(json!({ "from": "" })),
        any::<String>().prop_map(|text| json!({ "value": text })),
        select(&ODD[..]).prop_map(|text| json!({ "value": text })),
        any::<i64>().prop_map(|number| json!({ "value": number })),
        any::<bool>().prop_map(|truth| json!({ "value": truth })),
        text(1).prop_map(|text| json!({ "template": text })),
    ];
    let transforms = vec(
        prop_oneof![
            select(vec!["trim", "lower", "upper", "title"]).prop_map(Value::from),
            any::<String>().prop_map(|text| json!({ "default": text })),
            (text(1), any::<String>()).prop_map(|(from, to)| json!({ "replace": [from, to] })),
        ],
        0..3,
    );
    let write = option::of(select(vec!["overwrite", "fill-empty"]));
    (field_name(), source, transforms, write).prop_map(|(name, source, transforms, write)| {
        with(with(with(source, "field", Some(name)), "transforms", Some(transforms)), "write", write)
    })
}

fn step() -> impl Strategy<Value = Value> {
    let when = option::of(select(vec!["contact.tier == \"gold\"", "now > timestamp('2026-01-01T00:00:00Z')"]));
    (prop_oneof![action(), wait(), stop()], when).prop_map(|(step, when)| with(step, "when", when))
}

fn action() -> impl Strategy<Value = Value> {
    let message = (text(1), option::of(select(&ODD[..])))
        .prop_map(|(body, inbox)| json!({"action": "send-message", "settings": {"body": body, "inbox": inbox}}));
    let list = select(&ODD[..]).prop_map(|list| json!({"action": "add-to-list", "settings": {"list": list}}));
    let member = select(&ODD[..]).prop_map(|to| json!({"action": "assign-conversation", "settings": {"to": to}}));
    let token = Just(json!({"action": "send-message", "settings": {"body": "Hi {{contact.name | default(\"you\")}}"}}));
    let retry = (1..=20_u32, option::of(delay()), 1..=10_u32).prop_map(|(attempts, delay, factor)| {
        let retry = json!({"attempts": attempts, "factor": factor});
        with(with(retry, "delay", delay.clone()), "delay_max", delay)
    });
    (prop_oneof![message, list, member, token], option::of(retry), any::<bool>())
        .prop_map(|(action, retry, go_on)| with(with(action, "retry", retry), "continue_on_failure", Some(go_on)))
}

fn wait() -> impl Strategy<Value = Value> {
    let zone = || option::of(select(vec!["UTC", "Europe/Berlin", "America/New_York"]));
    let until = (option::of(delay()), option::of(delay()), zone()).prop_map(|(before, after, zone)| {
        with(with(with(json!({"until": "{{contact.birthday}}"}), "before", before), "after", after), "zone", zone)
    });
    let time = || (0..24_u8, 0..60_u8).prop_map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
    let days = proptest::sample::subsequence(vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 0..7);
    let hours = (time(), time(), days, zone()).prop_map(
        |(from, to, days, zone)| json!({"hours": with(json!({"from": from, "to": to, "days": days}), "zone", zone)}),
    );
    prop_oneof![delay().prop_map(Value::from), until, hours].prop_map(|wait| json!({ "wait": wait }))
}

fn stop() -> impl Strategy<Value = Value> {
    any::<String>().prop_map(|reason| json!({"stop": format!("because {reason}")}))
}

/// A length of time as people write it.
fn delay() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..100_000_u32).prop_map(|number| format!("{number}ms")),
        (0..1_000_u32).prop_map(|number| format!("{number} minutes")),
        (0..300_u32, 0..24_u32, 0..60_u32).prop_map(|(days, hours, minutes)| format!("{days}d {hours}h {minutes}m")),
    ]
}

fn network_4() -> impl Strategy<Value = String> {
    (any::<[u8; 4]>(), 0..=32_u8).prop_map(|(bytes, length)| format!("{}/{length}", std::net::Ipv4Addr::from(bytes)))
}

fn network_6() -> impl Strategy<Value = String> {
    (any::<[u8; 16]>(), 0..=128_u8).prop_map(|(bytes, length)| format!("{}/{length}", std::net::Ipv6Addr::from(bytes)))
}

/// Any JSON, within what a house takes.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has finite numbers", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(&ODD[..]).prop_map(Value::from),
    ];
    let key = || prop_oneof![any::<String>(), select(&ODD[..]).prop_map(str::to_owned)];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        let members = vec((key(), inner.clone()), 0..5);
        prop_oneof![
            vec(inner, 0..5).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A text that is no template, of at least so many characters.
fn text(least: usize) -> impl Strategy<Value = String> {
    let any_text = any::<String>().prop_map(|text| text.replace('{', "("));
    prop_oneof![any_text, select(&ODD[..]).prop_map(str::to_owned)]
        .prop_map(move |text| if text.chars().count() < least { "x".repeat(least) } else { text })
}

/// A text that may be a name.
fn name() -> impl Strategy<Value = String> {
    let letters = any::<String>().prop_map(|text| text.chars().filter(|c| !c.is_control()).collect::<String>());
    let trimmed = letters.prop_map(|text| text.trim().to_owned()).prop_filter("a name", |text| !text.is_empty());
    prop_oneof![trimmed, select(&ODD[..]).prop_map(str::to_owned)]
}

/// A text that may be the name of a field, and is no identifier.
fn field_name() -> impl Strategy<Value = String> {
    name()
        .prop_filter("a field", |name| name.len() <= 64 && !["phone", "email", "external_id"].contains(&name.as_str()))
}

/// The step with a name that no other has.
fn titled(index: usize, step: Value) -> Value {
    with(step, "name", Some(format!("{index} {}", ODD[index % ODD.len()])))
}

/// The object with a key more, if there is a value for it.
fn with<V: Into<Value>>(mut object: Value, key: &str, value: Option<V>) -> Value {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(key.to_owned(), value.into());
    }
    object
}
