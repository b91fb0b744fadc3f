//! What has to be true at the end of the demo, each with a name, so that a failure says what is not as it should be.

use serde_json::{Value, json};

use super::example::Answer;
use super::found::Found;
use super::scene::{INBOX, LIST, MEMBER};

/// The body of a successful answer, byte for byte.
const ANSWER: &str = r#"{"message":"Request captured successfully"}"#;

/// One thing that has to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    /// What has to be true.
    pub(super) expected: String,
    /// What was found instead, if it is not.
    pub(super) instead: Option<String>,
}

/// Every check, in the order in which things happened.
pub(super) fn checks(answer: &Answer, found: &Found) -> Vec<Check> {
    let mut checks = vec![
        is("the webhook answered 200", &answer.status, &200),
        is("its body is exactly the one that is documented", &answer.body.as_str(), &ANSWER),
    ];
    checks.extend(run_checks(&found.run));
    checks.extend(contact_checks(&found.contact));
    checks.extend(conversation_checks(&found.conversation));
    let lists: Vec<&Value> = found.lists.iter().map(|list| &list["name"]).collect();
    checks.push(is("the contact is on the list customers and no other", &json!(lists), &json!([LIST])));
    checks.extend(message_checks(&found.messages));
    checks
}

fn run_checks(run: &Value) -> Vec<Check> {
    let steps: Vec<&Value> = run["steps"].as_array().into_iter().flatten().collect();
    let names: Vec<&Value> = steps.iter().map(|step| &step["name"]).collect();
    let effects = |step: &Value| step["effects"].as_array().map_or(0, Vec::len);
    vec![
        is("the run succeeded", &run["state"], &json!("succeeded")),
        is("its three steps ran in order", &json!(names), &json!(["tell them", "assign-conversation", "add-to-list"])),
        each("every step succeeded at its first attempt", &steps, |step| {
            step["state"] == "succeeded" && step["attempts"] == 1
        }),
        each("every step's time and memory were measured", &steps, |step| {
            step["duration_us"].as_u64() > Some(0) && step["memory_bytes"].as_u64() > Some(0)
        }),
        each("every step committed one effect", &steps, |step| effects(step) == 1),
    ]
}

fn contact_checks(contact: &Value) -> Vec<Check> {
    vec![
        is("the contact's phone is stored as E.164", &contact["phone"], &json!("+12155556677")),
        is("its first name is John", &contact["fields"]["first_name"], &json!("John")),
        is("its last name is Smith", &contact["fields"]["last_name"], &json!("Smith")),
        is("its source is Salesforce", &contact["fields"]["source"], &json!("Salesforce")),
    ]
}

fn conversation_checks(conversation: &Value) -> Vec<Check> {
    vec![
        is("the conversation is open", &conversation["state"], &json!("open")),
        is("it belongs to the inbox support", &conversation["inbox"]["name"], &json!(INBOX)),
        is("it is assigned to front-desk", &conversation["assignee"]["name"], &json!(MEMBER)),
    ]
}

fn message_checks(messages: &[Value]) -> Vec<Check> {
    let text = json!("Hi John, your order has shipped.");
    let first = messages.first().unwrap_or(&Value::Null);
    vec![
        is("the run wrote exactly one message", &messages.len(), &1),
        is("it is outgoing", &first["direction"], &json!("outgoing")),
        is("it is recorded as sent", &first["state"], &json!("sent")),
        is("it says what the template says", &first["body"], &text),
    ]
}

fn is<T: PartialEq + ToString>(expected: &str, found: &T, wanted: &T) -> Check {
    let instead = (found != wanted).then(|| format!("{} instead of {}", found.to_string(), wanted.to_string()));
    Check { expected: expected.to_owned(), instead }
}

/// True of every step, and there is at least one.
fn each(expected: &str, steps: &[&Value], holds: impl Fn(&Value) -> bool) -> Check {
    let wrong = steps.iter().find(|step| !holds(step)).map(|step| format!("this step: {step}"));
    let none = steps.is_empty().then(|| "no step at all".to_owned());
    Check { expected: expected.to_owned(), instead: wrong.or(none) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Answer, Found, checks};
    use serde_json::{Value, json};

    fn step(name: &str) -> Value {
        json!({"name": name, "state": "succeeded", "attempts": 1, "duration_us": 20, "memory_bytes": 65536,
            "effects": [{"kind": "send"}]})
    }

    /// A demo in which everything is as it should be.
    pub(in crate::demo) fn as_it_should_be() -> (Answer, Found) {
        let body = r#"{"message":"Request captured successfully"}"#.to_owned();
        let answer = Answer { status: 200, body, capture: Some("cap_1".into()) };
        let found = Found {
            response: answer.json(),
            run: json!({"id": "run_1", "state": "succeeded", "capture": "cap_1", "automation": "aut_1",
                "steps": [step("tell them"), step("assign-conversation"), step("add-to-list")]}),
            contact: json!({"id": "con_1", "phone": "+12155556677",
                "fields": {"first_name": "John", "last_name": "Smith", "source": "Salesforce"}}),
            conversation: json!({"id": "cnv_1", "state": "open", "inbox": {"name": "support"},
                "assignee": {"name": "front-desk"}}),
            lists: vec![json!({"id": "lst_1", "name": "customers"})],
            messages: vec![json!({"id": "msg_1", "direction": "outgoing", "state": "sent", "run": "run_1",
                "body": "Hi John, your order has shipped."})],
        };
        (answer, found)
    }

    #[track_caller]
    fn check(expected: &[&str], spoil: impl FnOnce(&mut Answer, &mut Found)) {
        let (mut answer, mut found) = as_it_should_be();
        spoil(&mut answer, &mut found);
        let failed: Vec<String> = checks(&answer, &found)
            .into_iter()
            .filter(|check| check.instead.is_some())
            .map(|check| check.expected)
            .collect();
        assert_eq!(failed, expected);
    }

    #[test]
    fn everything_as_it_should_be_passes_every_check() {
        check(&[], |_, _| {});
    }

    #[test]
    fn each_thing_that_is_wrong_is_named() {
        check(&["its body is exactly the one that is documented"], |answer, _| answer.body.push('\n'));
        check(&["the run succeeded"], |_, found| found.run["state"] = json!("failed"));
        check(&["every step succeeded at its first attempt"], |_, found| found.run["steps"][1]["attempts"] = json!(2));
        check(&["every step's time and memory were measured"], |_, found| {
            found.run["steps"][2]["memory_bytes"] = json!(0);
        });
        check(&["the contact's phone is stored as E.164"], |_, found| found.contact["phone"] = json!("12155556677"));
        check(&["it is assigned to front-desk"], |_, found| found.conversation["assignee"] = Value::Null);
        check(&["the contact is on the list customers and no other"], |_, found| found.lists.clear());
        check(&["the run wrote exactly one message"], |_, found| found.messages.push(json!({})));
        check(&["it says what the template says"], |_, found| found.messages[0]["body"] = json!("Hi {{contact"));
    }
}
