//! The automations that the tests save: the one everybody knows, and one with steps of a test's own.

use serde_json::{Value, json};

/// The example of the product: a message, an assignment, a list.
pub const ORDER_SHIPPED: &str = r#"name: Order shipped
inbox: support
trigger:
  webhook:
    sample: {phone_number: "12155556677", first_name: John, last_name: Smith, Integration: Salesforce}
    identifier: {field: phone, from: $.phone_number}
    map:
      - {field: first_name, from: $.first_name, transforms: [trim, title]}
      - {field: last_name,  from: $.last_name}
      - {field: source,     from: $.Integration, write: fill-empty}
steps:
  - name: tell them
    action: send-message
    settings: {body: "Hi {{contact.first_name}}, your order has shipped."}
  - action: assign-conversation
    settings: {to: front-desk}
  - action: add-to-list
    settings: {list: customers}
"#;

/// The body of the example.
pub const JOHN: &str =
    r#"{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}"#;

/// The answer to a captured request, byte for byte.
pub const CAPTURED: &str = r#"{"message":"Request captured successfully"}"#;

/// An automation that finds contacts by `$.phone_number` and runs these steps.
pub fn automation(name: &str, steps: &Value) -> Value {
    json!({
        "name": name,
        "inbox": "support",
        "trigger": {"webhook": {
            "sample": {"phone_number": "12155556677", "first_name": "John"},
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [{"field": "first_name", "from": "$.first_name"}],
        }},
        "steps": steps,
    })
}

/// One step without a name of its own.
pub fn step(action: &str, settings: Value) -> Value {
    json!({"action": action, "settings": settings})
}

/// A step that tags the contact: seen from outside, it is how one knows that a step was committed.
pub fn tagging(tag: &str) -> Value {
    json!({"name": format!("tag-{tag}"), "action": "update-contact", "settings": {"add_tags": [tag]}})
}

/// A request body for a contact.
pub fn body(phone: &str) -> Value {
    json!({"phone_number": phone, "first_name": "Ann"})
}
