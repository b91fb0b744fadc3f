//! Documents and samples nested as deep as can be, and deeper: every level is a few calls of whoever reads, checks or writes it, and
//! a stack that is too small would end the process.

use hookbox_model::{DryRunReport, JsonLimits};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::documents::document;
use crate::house::House;

/// So many arrays in one another.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// The document with a sample so that it is `levels` deep in all.
fn deep_document(levels: usize) -> Value {
    let mut document = document();
    document["trigger"]["webhook"]["sample"]["deep"] = nested(levels - 4);
    document
}

/// Asks with a body `levels` deep on every route that takes a document or a sample; `status` is what each answers.
async fn ask(house: &House, levels: usize, status: impl Fn(&str) -> u16) {
    let document = deep_document(levels);
    let sample = nested(levels - 1);
    let mapping = json!({"identifier": {"field": "phone", "from": "$..phone"}, "map": []});
    let draft = deep_document(levels - 1);
    for (method, path, media_type, body) in [
        ("POST", "/api/v1/automations/check", "application/json", nested(levels).to_string()),
        ("POST", "/api/v1/automations/check", "application/yaml", nested(levels).to_string()),
        ("POST", "/api/v1/automations/check", "application/yaml", block(levels)),
        ("POST", "/api/v1/automations/check", "application/json", document.to_string()),
        ("POST", "/api/v1/automations/check", "application/yaml", document.to_string()),
        ("PUT", "/api/v1/automations", "application/json", document.to_string()),
        ("PUT", "/api/v1/automations", "application/yaml", document.to_string()),
        ("POST", "/api/v1/mapping/suggest", "application/json", json!({"sample": sample}).to_string()),
        (
            "POST",
            "/api/v1/mapping/preview",
            "application/json",
            json!({"mapping": mapping, "sample": sample}).to_string(),
        ),
        ("POST", "/api/v1/automations/dry-run", "application/json", json!({"document": draft}).to_string()),
    ] {
        let answer = house.ask(method, path).body(media_type, body).send().await;
        let told = format!("{levels} levels, {method} {path} {media_type}: {} {}", answer.status, answer.text());
        assert_eq!(answer.status.as_u16(), status(path), "{told}");
        let is_told = ["nested too deeply", "recursion limit", "Depth"].iter().any(|reason| told.contains(reason));
        assert!(status(path) < 400 || is_told, "{told}");
    }
}

/// So many mappings in one another, as blocks.
fn block(levels: usize) -> String {
    let lines =
        (0..levels).map(|level| format!("{}a:{}\n", " ".repeat(level), if level + 1 == levels { " 1" } else { "" }));
    lines.collect()
}

async fn asked(depth_max: usize) {
    let house = House::with(|config| config.json.depth_max = depth_max).await;
    house.made("/api/v1/inboxes", &json!({"name": "support"})).await;
    house.made("/api/v1/lists", &json!({"name": "customers"})).await;
    *house.stage.report.lock() = Some(DryRunReport::default());
    let first = deep_document(depth_max).to_string();
    let made = house.ask("PUT", "/api/v1/automations").body("application/json", first).send().await.expect(201);
    ask(&house, depth_max, |_| 200).await;
    ask(&house, depth_max + 1, |path| if path == "/api/v1/automations" { 422 } else { 400 }).await;
    let path = format!("/api/v1/automations/{}/document", made["id"].as_str().expect("an id"));
    for media_type in ["application/json", "application/yaml"] {
        let told = house.ask("GET", &path).header("accept", media_type).send().await;
        assert_eq!(told.status.as_u16(), 200, "{}", told.text());
        assert!(told.body.len() > depth_max, "{}", told.text());
    }
}

#[test]
fn nothing_however_nested_ends_the_process() {
    let depth_max = JsonLimits::default().depth_max;
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).thread_stack_size(JsonLimits::STACK_BYTES).enable_all();
    let runtime = builder.build().expect("a runtime");
    let served = runtime.block_on(async { tokio::spawn(asked(depth_max)).await });
    served.expect("everything is answered");
}
