//! The auditor: whether what a workspace holds is exactly what its answered requests must have led to, however often the
//! program died meanwhile.
//!
//! It knows the journal of the sender and recomputes from it alone what has to be there; it trusts nothing the program says
//! of itself. (A) Every answered request is a capture with the same body, and there are no others. (B) Each capture has one
//! run, which ended well. (C) Each run has one record for each step. (D) The effects are those of the orders: no message,
//! tag, list entry or assignment more or less.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::journal::{Order, sha256};
use crate::world::{World, text};

/// The steps of [`automation`], in order.
const STEPS: [&str; 4] = ["tell", "tag", "assign", "list"];

/// The automation that the auditor understands.
pub fn automation() -> Value {
    json!({
        "name": "Audited",
        "inbox": "support",
        "trigger": {"webhook": {
            "sample": Order::new(0).payload(),
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [{"field": "first_name", "from": "$.first_name"}],
        }},
        "steps": [
            {"name": STEPS[0], "action": "send-message", "settings": {"body": "Hi {{contact.first_name}}: {{payload.order}}"}},
            {"name": STEPS[1], "action": "update-contact", "settings": {
                "add_tags": ["{{payload.order}}"], "fields": {"last_order": "{{payload.order}}"},
            }},
            {"name": STEPS[2], "action": "assign-conversation", "settings": {"to": "front-desk"}},
            {"name": STEPS[3], "action": "add-to-list", "settings": {"list": "customers"}},
        ],
    })
}

/// What one contact has to look like.
#[derive(Debug, Default)]
struct Expected {
    first_name: String,
    orders: BTreeSet<String>,
}

/// What the auditor found wrong.
#[derive(Debug, Default)]
struct Findings(Vec<String>);

/// Everything that is not as the orders say; empty when all is well.
pub fn audit(orders: &[Order], world: &World) -> Vec<String> {
    let mut findings = Findings::default();
    findings.captures(orders, world);
    findings.runs(orders, world);
    findings.steps(world);
    findings.messages(orders, world);
    findings.contacts(&expected(orders), world);
    findings.0
}

/// Fails with everything the auditor found.
#[track_caller]
pub fn assert_clean(orders: &[Order], world: &World) {
    let findings = audit(orders, world);
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

fn expected(orders: &[Order]) -> BTreeMap<String, Expected> {
    let mut contacts: BTreeMap<String, Expected> = BTreeMap::new();
    for order in orders {
        let payload = order.payload();
        let contact = contacts.entry(format!("+{}", text(&payload["phone_number"]))).or_default();
        contact.first_name = text(&payload["first_name"]);
        contact.orders.insert(order.name.clone());
    }
    contacts
}

impl Findings {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    fn captures(&mut self, orders: &[Order], world: &World) {
        let bodies: BTreeMap<String, String> =
            world.captures.iter().map(|capture| (text(&capture["id"]), sha256(&body_of(capture)))).collect();
        self.expect(bodies.len() == world.captures.len(), || "(A) two captures have one id".into());
        self.expect(bodies.len() == orders.len(), || {
            format!("(A) {} orders were answered and {} captures are there", orders.len(), bodies.len())
        });
        for order in orders {
            let capture = order.capture.clone().unwrap_or_default();
            match bodies.get(&capture) {
                None => self.0.push(format!("(A) {}: its capture {capture:?} is lost", order.name)),
                Some(body) => self.expect(*body == sha256(order.body.as_bytes()), || {
                    format!("(A) {}: its capture {capture} has another body", order.name)
                }),
            }
        }
    }

    fn runs(&mut self, orders: &[Order], world: &World) {
        let mut runs: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for run in &world.runs {
            runs.entry(text(&run["capture"])).or_default().push(run);
        }
        self.expect(world.runs.len() == orders.len(), || {
            format!("(B) {} orders were answered and {} runs are there", orders.len(), world.runs.len())
        });
        for order in orders {
            let of_order = runs.get(&order.capture.clone().unwrap_or_default());
            let count = of_order.map_or(0, Vec::len);
            self.expect(count == 1, || format!("(B) {} has {count} runs", order.name));
            for run in of_order.into_iter().flatten() {
                self.expect(run["state"] == "succeeded", || {
                    format!("(B) {}: {} is {}: {}", order.name, run["id"], run["state"], run["failure"])
                });
            }
        }
    }

    fn steps(&mut self, world: &World) {
        for run in &world.runs {
            let steps = run["steps"].as_array().cloned().unwrap_or_default();
            let names: Vec<String> = steps.iter().map(|step| text(&step["name"])).collect();
            self.expect(names == STEPS, || format!("(C) {} has the step records {names:?}", run["id"]));
            let all_done = steps.iter().all(|step| step["state"] == "succeeded");
            self.expect(all_done, || format!("(C) {} has a step that did not succeed", run["id"]));
        }
    }

    /// Exactly one message for each run and its first step.
    fn messages(&mut self, orders: &[Order], world: &World) {
        let mut sent: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for message in &world.messages {
            sent.entry(text(&message["run"])).or_default().push(message);
        }
        self.expect(world.messages.len() == orders.len(), || {
            format!("(D) {} orders were answered and {} messages are there", orders.len(), world.messages.len())
        });
        let runs: BTreeMap<String, &Value> = world.runs.iter().map(|run| (text(&run["capture"]), run)).collect();
        for order in orders {
            let Some(run) = runs.get(&order.capture.clone().unwrap_or_default()) else { continue };
            let messages = sent.get(&text(&run["id"])).map(Vec::as_slice).unwrap_or_default();
            let body = format!("Hi {}: {}", text(&order.payload()["first_name"]), order.name);
            let [message] = messages else {
                self.0.push(format!("(D) {} has {} messages", order.name, messages.len()));
                continue;
            };
            self.expect(message["body"] == body && message["step"] == STEPS[0], || {
                format!("(D) {}: its message is {message}", order.name)
            });
            self.expect(message["contact"] == run["contact"], || {
                format!("(D) {}: its message went to another contact", order.name)
            });
        }
    }

    fn contacts(&mut self, expected: &BTreeMap<String, Expected>, world: &World) {
        self.expect(world.contacts.len() == expected.len(), || {
            format!("(D) {} contacts were written to and {} are there", expected.len(), world.contacts.len())
        });
        self.expect(world.conversations.len() == expected.len(), || {
            format!("(D) {} contacts were written to in {} conversations", expected.len(), world.conversations.len())
        });
        let on_list: BTreeSet<&String> = world.lists.get("customers").into_iter().flatten().collect();
        self.expect(on_list.len() == expected.len(), || {
            format!("(D) {} contacts are on the list instead of {}", on_list.len(), expected.len())
        });
        for (phone, wanted) in expected {
            let mut found = world.contacts.iter().filter(|contact| contact["phone"] == *phone);
            let (Some(contact), None) = (found.next(), found.next()) else {
                self.0.push(format!("(D) there is not one contact with {phone}"));
                continue;
            };
            self.contact(phone, contact, wanted, world);
            self.expect(on_list.contains(&text(&contact["id"])), || format!("(D) {phone} is not on the list"));
        }
    }

    fn contact(&mut self, phone: &str, contact: &Value, wanted: &Expected, world: &World) {
        let tags: BTreeSet<String> = contact["tags"].as_array().into_iter().flatten().map(text).collect();
        self.expect(tags == wanted.orders, || {
            let lost: Vec<_> = wanted.orders.difference(&tags).collect();
            let extra: Vec<_> = tags.difference(&wanted.orders).collect();
            format!("(D) {phone} lost the tags {lost:?} and has {extra:?} too many")
        });
        let fields = &contact["fields"];
        self.expect(fields["first_name"] == wanted.first_name, || {
            format!("(D) {phone} is called {}", fields["first_name"])
        });
        self.expect(wanted.orders.contains(&text(&fields["last_order"])), || {
            format!("(D) {phone} has the last order {}", fields["last_order"])
        });
        let conversation = world.conversations.iter().find(|conversation| conversation["contact"] == contact["id"]);
        let is_assigned =
            conversation.is_some_and(|found| found["assignee"]["name"] == "front-desk" && found["state"] == "open");
        self.expect(is_assigned, || format!("(D) {phone} has no open conversation that is assigned"));
    }
}

/// The body as it was sent: the API shows it as the JSON that it is.
fn body_of(capture: &Value) -> Vec<u8> {
    match &capture["body"] {
        Value::String(body) => body.clone().into_bytes(),
        body => body.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{STEPS, World, audit};
    use crate::journal::Order;

    /// Three orders for two contacts, and the world they lead to.
    fn sound() -> (Vec<Order>, World) {
        let mut orders: Vec<Order> = [0, 1, crate::journal::CONTACTS].map(Order::new).into();
        let mut world = World::default();
        for (index, order) in orders.iter_mut().enumerate() {
            order.capture = Some(format!("cap_{index}"));
            let (payload, contact) = (order.payload(), format!("con_{}", index % 2));
            world.captures.push(json!({"id": order.capture, "body": payload}));
            let steps: Vec<Value> = STEPS.iter().map(|name| json!({"name": name, "state": "succeeded"})).collect();
            let run = format!("run_{index}");
            world.runs.push(
                json!({"id": run, "capture": order.capture, "contact": contact, "state": "succeeded", "steps": steps}),
            );
            let body = format!("Hi {}: {}", payload["first_name"].as_str().expect("a name"), order.name);
            world.messages.push(json!({"run": run, "step": "tell", "contact": contact, "body": body}));
        }
        for (index, tags) in [vec!["order-0", "order-24"], vec!["order-1"]].into_iter().enumerate() {
            let (id, phone) = (format!("con_{index}"), format!("+1215555100{index}"));
            let fields = json!({"first_name": format!("Ann {index}"), "last_order": tags[0]});
            world.contacts.push(json!({"id": id, "phone": phone, "tags": tags, "fields": fields}));
            world.conversations.push(json!({"contact": id, "assignee": {"name": "front-desk"}, "state": "open"}));
            world.lists.entry("customers".into()).or_default().push(id);
        }
        (orders, world)
    }

    #[track_caller]
    fn check(spoil: impl FnOnce(&mut World), expected: &str) {
        let (orders, mut world) = sound();
        spoil(&mut world);
        let findings = audit(&orders, &world);
        assert!(findings.iter().any(|finding| finding.contains(expected)), "{expected}: {findings:?}");
    }

    #[test]
    fn the_auditor_finds_nothing_in_a_sound_world_and_each_kind_of_fault_in_a_spoilt_one() {
        let (orders, world) = sound();
        assert_eq!(audit(&orders, &world), Vec::<String>::new());
        check(|world| drop(world.captures.pop()), "(A) order-24: its capture \"cap_2\" is lost");
        check(
            |world| world.captures[0]["body"]["first_name"] = json!("Eve"),
            "(A) order-0: its capture cap_0 has another",
        );
        check(
            |world| world.captures.push(json!({"id": "cap_x", "body": {}})),
            "(A) 3 orders were answered and 4 captures",
        );
        check(|world| drop(world.runs.pop()), "(B) order-24 has 0 runs");
        check(|world| world.runs.push(world.runs[0].clone()), "(B) order-0 has 2 runs");
        check(|world| world.runs[0]["state"] = json!("running"), "(B) order-0: \"run_0\" is \"running\"");
        check(|world| world.runs[0]["steps"][1]["name"] = json!("tell"), "(C) \"run_0\"");
        check(|world| world.runs[0]["steps"][1]["state"] = json!("failed"), "(C) \"run_0\"");
        check(|world| drop(world.messages.pop()), "(D) order-24 has 0 messages");
        check(|world| world.messages.push(world.messages[1].clone()), "(D) order-1 has 2 messages");
        check(|world| world.messages[0]["contact"] = json!("con_1"), "(D) order-0: its message went to another");
        check(|world| world.messages[0]["body"] = json!("Hi"), "(D) order-0: its message is");
        check(|world| world.contacts[0]["tags"] = json!(["order-0"]), "lost the tags [\"order-24\"]");
        check(|world| world.contacts[1]["tags"] = json!(["order-1", "x"]), "has [\"x\"] too many");
        check(|world| world.contacts[0]["fields"]["last_order"] = json!("order-1"), "has the last order");
        check(|world| world.contacts.push(world.contacts[0].clone()), "there is not one contact with");
        check(
            |world| world.conversations[0]["assignee"]["name"] = json!("nobody"),
            "no open conversation that is assigned",
        );
        check(|world| world.lists.clear(), "is not on the list");
    }
}
