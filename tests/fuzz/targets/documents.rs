//! Documents of automations, in YAML and in JSON, as the admin door is asked to check them; in JSON also as a mapping to be tried.
//!
//! Every text is answered: with what it says and what is wrong with it, or as none. What is without fault is a document whose mapping
//! compiles. What the door writes in YAML says the same when it is read.

use std::cell::RefCell;

use hookbox_mapping::{Mapping, MappingSpec};
use hookbox_model::Document;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use house::{Answer, House};

#[path = "../../../host/admin/tests/admin/house.rs"]
#[allow(dead_code, reason = "the tests of the admin door use all of it")]
mod house;

const CHECK: &str = "/api/v1/automations/check";

thread_local! {
    static ADMIN: RefCell<Option<(Runtime, House)>> = const { RefCell::new(None) };
}

pub(crate) fn try_on(input: &[u8]) {
    ADMIN.with_borrow_mut(|slot| {
        let (runtime, house) = slot.get_or_insert_with(open);
        runtime.block_on(try_all(house, input));
    });
}

fn open() -> (Runtime, House) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let house = runtime.block_on(async {
        let house = House::new().await;
        house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
        house.made("/api/v1/lists", &json!({"name": "customers"})).await;
        house.made("/api/v1/members", &json!({"name": "front-desk"})).await;
        house
    });
    (runtime, house)
}

async fn try_all(house: &House, input: &[u8]) {
    let (of_yaml, of_json) =
        (sent(house, CHECK, "application/yaml", input).await, sent(house, CHECK, "application/json", input).await);
    for answer in [&of_yaml, &of_json] {
        if answer.status == 200 {
            look_at(house, answer.json()).await;
        }
    }
    if of_json.status == 200 {
        let document = &of_json.json()["document"];
        let mapping = document["trigger"]["webhook"].clone();
        let asked = json!({"mapping": mapping, "sample": mapping["sample"]}).to_string();
        sent(house, "/api/v1/mapping/preview", "application/json", asked.as_bytes()).await;
        let asked = json!({"sample": document}).to_string();
        sent(house, "/api/v1/mapping/suggest", "application/json", asked.as_bytes()).await;
    }
}

async fn sent(house: &House, path: &str, media_type: &str, body: &[u8]) -> Answer {
    let answer = house.ask("POST", path).body(media_type, body).send().await;
    assert!(answer.status.as_u16() < 500, "{path} answers {} {}", answer.status, answer.text());
    answer
}

/// A text that could be read.
async fn look_at(house: &House, check: Value) {
    let yaml = check["yaml"].as_str().expect("what it says in YAML");
    let again = sent(house, CHECK, "application/yaml", yaml.as_bytes()).await;
    // What is written is longer than what was read, and may be too long.
    if again.status != 413 {
        assert_eq!(again.expect(200)["document"], check["document"], "{yaml}");
    }
    if check["faults"].as_array().is_some_and(Vec::is_empty) {
        let webhook = check["document"]["trigger"]["webhook"].clone();
        serde_json::from_value::<Document>(check["document"].clone()).expect("a document without faults is one");
        let spec: MappingSpec = serde_json::from_value(webhook).expect("its mapping is one");
        Mapping::compile(&spec).expect("its mapping compiles");
    }
}
