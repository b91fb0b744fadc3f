//! Runs that wait, then write a note and a message: whether each went on once.

use serde_json::{Value, json};

use crate::admin::Admin;
use crate::documents::{automation, body, step};
use crate::program::Program;
use crate::webhook::Webhook;
use crate::world::text;

/// An automation that waits, then writes a note and a message.
pub fn waiting(admin: &Admin, name: &str, wait: &Value) -> Webhook {
    let message = step("send-message", json!({"body": "{{payload.phone_number}}"}));
    admin.apply(&automation(name, &json!([{ "wait": wait }, step("noting", json!({})), message])))
}

/// Sends requests, each for a contact of its own, and waits until their runs wait.
#[track_caller]
pub fn begun(program: &Program, webhook: &Webhook, prefix: u32, count: usize) -> Vec<String> {
    let phone = |number: usize| format!("1215{prefix}{number:04}");
    let captures: Vec<String> =
        (0..count).map(|number| webhook.capture(program.address(), &body(&phone(number)))).collect();
    for capture in &captures {
        program
            .admin()
            .run_when(capture, "to wait", |run| matches!(run["state"].as_str(), Some("waiting" | "succeeded")));
    }
    captures
}

/// Every run ended well and did what it does once.
#[track_caller]
pub fn assert_went_on_once(admin: &Admin, captures: &[String]) {
    for capture in captures {
        let run = admin.final_run(capture);
        assert_eq!(run["state"], "succeeded", "{run}");
        let attempts: Vec<u64> =
            run["steps"].as_array().expect("steps").iter().filter_map(|step| step["attempts"].as_u64()).collect();
        assert_eq!(attempts, [1, 1, 1], "{run}");
        let contact = text(&run["contact"]);
        let conversations = admin.all(&format!("/api/v1/conversations?contact={contact}"));
        assert_eq!(conversations[0]["notes"].as_array().map(Vec::len), Some(1), "one note for one step");
        assert_eq!(admin.all(&format!("/api/v1/messages?contact={contact}")).len(), 1, "one message for one step");
    }
}
