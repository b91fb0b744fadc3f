//! The auditor: whether what a workspace holds is exactly what its answered requests must have led to, however often the
//! program died meanwhile.
//!
//! It knows the journal of the sender and recomputes from it alone what has to be there; it trusts nothing the program says
//! of itself. (A) Every answered request is a capture with the same body, and there are no others. (B) Each capture has one
//! run, which ended well. (C) Each run has one record for each step. (D) The effects are those of the orders: no message,
//! tag, list entry or assignment more or less. (E) Every message was sent. Where they have a carrier, it got each of them, under
//! the message's id, and nothing else. (F) What was seen in its last state before is as it was ([`Witness`]). (G) What a contact's own pages
//! show is what pages of all show of it, each once and in order.
//!
//! Records are looked at one by one as pages bring them, so that a million of them take no more memory than their ids.

mod witness;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use crate::admin::Admin;
use crate::carrier::Carrier;
use crate::journal::{Order, sha256};
use crate::world::{World, text};

pub use witness::Witness;

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

/// The most findings that are told.
const FINDINGS_MAX: usize = 100;

/// The most contacts whose own pages are looked at.
const CONTACTS_MAX: usize = 500;

/// What one contact has to look like.
#[derive(Debug, Default)]
struct Expected {
    first_name: String,
    orders: BTreeSet<String>,
}

/// What there is of one order.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    captures: u32,
    runs: u32,
    messages: u32,
}

/// An audit under way.
#[derive(Debug)]
struct Audit<'a> {
    orders: &'a [Order],
    by_capture: HashMap<&'a str, usize>,
    seen: Vec<Seen>,
    /// The order and the contact of each run.
    of_run: HashMap<String, (usize, String)>,
    /// The contact of each message.
    messages: HashMap<String, String>,
    findings: Vec<String>,
}

/// Everything that is not as the orders say; empty when all is well.
pub fn audit(orders: &[Order], world: &World) -> Vec<String> {
    let mut audit = Audit::of(orders);
    world.captures.iter().for_each(|capture| audit.capture(capture));
    world.runs.iter().for_each(|run| audit.run(run));
    world.messages.iter().for_each(|message| audit.message(message));
    audit.counts();
    audit.contacts(world);
    audit.findings
}

/// The same of what a host shows, once every run there has ended and, where there is a carrier, every message has left.
pub fn audit_host(orders: &[Order], admin: &Admin, carrier: Option<&Carrier>, witness: &Witness) -> Vec<String> {
    let mut audit = Audit::of(orders);
    let mut witnessed = witness.clone();
    let ended = |records: &[Value], states: &[&str]| {
        records.iter().all(|record| record["state"].as_str().is_some_and(|state| states.contains(&state)))
    };
    admin.pages("/api/v1/captures", |page| {
        let taken = ended(&page, &["succeeded", "failed", "cancelled"]);
        page.iter().filter(|_| taken).for_each(|capture| audit.capture(capture));
        taken
    });
    admin.pages("/api/v1/runs", |page| {
        for run in &page {
            audit.run(run);
            audit.findings.extend(witnessed.compare(run));
        }
        true
    });
    admin.pages("/api/v1/messages", |page| {
        let taken = ended(&page, &["sent", "failed", "suppressed"]);
        for message in page.iter().filter(|_| taken) {
            audit.message(message);
            audit.findings.extend(witnessed.compare(message));
        }
        taken
    });
    audit.counts();
    audit.pages_of_contacts(admin);
    audit.contacts(&World::of_people(admin));
    if let Some(carrier) = carrier {
        audit.received(carrier);
    }
    audit.findings.extend(witnessed.missing());
    audit.findings
}

/// Fails with what the auditor found.
#[track_caller]
pub fn assert_clean(findings: &[String]) {
    let told = findings[..findings.len().min(FINDINGS_MAX)].join("\n");
    assert!(findings.is_empty(), "{} findings:\n{told}", findings.len());
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

impl<'a> Audit<'a> {
    fn of(orders: &'a [Order]) -> Self {
        let mut audit = Self {
            orders,
            by_capture: HashMap::with_capacity(orders.len()),
            seen: vec![Seen::default(); orders.len()],
            of_run: HashMap::with_capacity(orders.len()),
            messages: HashMap::with_capacity(orders.len()),
            findings: Vec::new(),
        };
        for (number, order) in orders.iter().enumerate() {
            let Some(capture) = &order.capture else {
                audit.findings.push(format!("(A) {} was never answered", order.name));
                continue;
            };
            if audit.by_capture.insert(capture, number).is_some() {
                audit.findings.push(format!("(A) {}: another order has its capture {capture} too", order.name));
            }
        }
        audit
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.findings.push(what());
        }
    }

    fn capture(&mut self, capture: &Value) {
        let id = text(&capture["id"]);
        let Some(number) = self.by_capture.get(id.as_str()).copied() else {
            return self.findings.push(format!("(A) {id} is a capture of no order that was answered"));
        };
        self.seen[number].captures += 1;
        let order = &self.orders[number];
        self.expect(sha256(&body_of(capture)) == sha256(order.body.as_bytes()), || {
            format!("(A) {}: its capture {id} has another body", order.name)
        });
    }

    fn run(&mut self, run: &Value) {
        let (id, capture) = (text(&run["id"]), text(&run["capture"]));
        let Some(number) = self.by_capture.get(capture.as_str()).copied() else {
            return self.findings.push(format!("(B) {id} is a run of no order that was answered"));
        };
        self.seen[number].runs += 1;
        let name = &self.orders[number].name;
        self.expect(run["state"] == "succeeded", || {
            format!("(B) {name}: {} is {}: {}", run["id"], run["state"], run["failure"])
        });
        self.steps(run);
        let again = self.of_run.insert(id, (number, text(&run["contact"])));
        self.expect(again.is_none(), || format!("(B) {} is there twice", run["id"]));
    }

    fn steps(&mut self, run: &Value) {
        let steps = run["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
        self.expect(names == STEPS, || format!("(C) {} has the step records {names:?}", run["id"]));
        let all_done = steps.iter().all(|step| step["state"] == "succeeded");
        self.expect(all_done, || format!("(C) {} has a step that did not succeed", run["id"]));
    }

    /// A message belongs to a run that is there, and says what the order of that run says.
    fn message(&mut self, message: &Value) {
        let Some((number, contact)) = self.of_run.get(&text(&message["run"])).cloned() else {
            return self.findings.push(format!("(D) {} is a message of no run that is there", message["id"]));
        };
        self.seen[number].messages += 1;
        self.messages.insert(text(&message["id"]), text(&message["contact"]));
        let order = &self.orders[number];
        let body = format!("Hi {}: {}", text(&order.payload()["first_name"]), order.name);
        self.expect(message["body"] == body && message["step"] == STEPS[0], || {
            format!("(D) {}: its message is {message}", order.name)
        });
        self.expect(message["state"] == "sent", || {
            format!("(E) {}: {} is {}: {}", order.name, message["id"], message["state"], message["reason"])
        });
        self.expect(message["contact"] == contact, || {
            format!("(D) {}: its message went to another contact", order.name)
        });
    }

    /// Of each order there is one of everything.
    fn counts(&mut self) {
        let orders = self.orders;
        for (order, seen) in orders.iter().zip(self.seen.clone()) {
            let (name, Seen { captures, runs, messages }) = (&order.name, seen);
            let capture = order.capture.as_deref().unwrap_or_default();
            self.expect(captures > 0, || format!("(A) {name}: its capture {capture:?} is lost"));
            self.expect(captures < 2, || format!("(A) {name}: its capture {capture:?} is there {captures} times"));
            self.expect(runs == 1, || format!("(B) {name} has {runs} runs"));
            self.expect(messages == 1, || format!("(D) {name} has {messages} messages"));
        }
    }

    /// The carrier was sent every message under its id, and nothing else.
    fn received(&mut self, carrier: &Carrier) {
        let keys: HashSet<String> =
            carrier.received().iter().map(|request| request.header("idempotency-key").to_owned()).collect();
        let lost: Vec<String> = self.messages.keys().filter(|id| !keys.contains(*id)).cloned().collect();
        let strange: Vec<String> = keys.into_iter().filter(|id| !self.messages.contains_key(id)).collect();
        self.findings.extend(lost.into_iter().map(|id| format!("(E) {id} never came to the carrier")));
        self.findings
            .extend(strange.into_iter().map(|id| format!("(E) the carrier was sent {id}, which is no message")));
    }

    fn pages_of_contacts(&mut self, admin: &Admin) {
        let shares = self.shares();
        let apart = shares.len().div_ceil(CONTACTS_MAX).max(1);
        for (contact, share) in shares.iter().step_by(apart) {
            for (what, expected) in share {
                let mut found = Vec::new();
                admin.pages(&format!("/api/v1/{what}?contact={contact}"), |page| {
                    found.extend(page.iter().map(|record| text(&record["id"])));
                    true
                });
                // The newest come first.
                if *what == "runs" {
                    found.reverse();
                }
                self.share((contact, what), expected, &found);
            }
        }
    }

    /// The runs and the messages of each contact, oldest first, as pages of all showed them.
    fn shares(&self) -> BTreeMap<String, BTreeMap<&'static str, BTreeSet<String>>> {
        let mut shares: BTreeMap<String, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        let runs = self.of_run.iter().map(|(run, (_, contact))| ("runs", run, contact));
        for (what, id, contact) in runs.chain(self.messages.iter().map(|(id, contact)| ("messages", id, contact))) {
            shares.entry(contact.clone()).or_default().entry(what).or_default().insert(id.clone());
        }
        shares
    }

    fn share(&mut self, (contact, what): (&str, &str), expected: &BTreeSet<String>, found: &[String]) {
        self.expect(expected.iter().eq(found), || {
            format!("(G) {contact} has the {what} {expected:?}, and its pages show {found:?}")
        });
    }

    fn contacts(&mut self, world: &World) {
        let expected = expected(self.orders);
        self.expect(world.contacts.len() == expected.len(), || {
            format!("(D) {} contacts were written to and {} are there", expected.len(), world.contacts.len())
        });
        self.expect(world.conversations.len() == expected.len(), || {
            format!("(D) {} contacts were written to in {} conversations", expected.len(), world.conversations.len())
        });
        let on_list: HashSet<&String> = world.lists.get("customers").into_iter().flatten().collect();
        self.expect(on_list.len() == expected.len(), || {
            format!("(D) {} contacts are on the list instead of {}", on_list.len(), expected.len())
        });
        let mut by_phone: HashMap<String, Vec<&Value>> = HashMap::new();
        world.contacts.iter().for_each(|contact| by_phone.entry(text(&contact["phone"])).or_default().push(contact));
        let conversations: HashMap<String, &Value> =
            world.conversations.iter().map(|found| (text(&found["contact"]), found)).collect();
        for (phone, wanted) in &expected {
            let Some([contact]) = by_phone.get(phone).map(Vec::as_slice) else {
                self.findings.push(format!("(D) there is not one contact with {phone}"));
                continue;
            };
            let id = text(&contact["id"]);
            self.contact(phone, contact, wanted);
            let is_assigned = conversations
                .get(&id)
                .is_some_and(|found| found["assignee"]["name"] == "front-desk" && found["state"] == "open");
            self.expect(is_assigned, || format!("(D) {phone} has no open conversation that is assigned"));
            self.expect(on_list.contains(&id), || format!("(D) {phone} is not on the list"));
        }
    }

    fn contact(&mut self, phone: &str, contact: &Value, wanted: &Expected) {
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

    use super::{Audit, STEPS, World, audit};
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
            let id = format!("msg_{index}");
            world
                .messages
                .push(json!({"id": id, "run": run, "step": "tell", "contact": contact, "body": body, "state": "sent"}));
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
        check(
            |world| world.captures.push(world.captures[1].clone()),
            "(A) order-1: its capture \"cap_1\" is there 2 times",
        );
        check(|world| drop(world.captures.pop()), "(A) order-24: its capture \"cap_2\" is lost");
        check(
            |world| world.captures[0]["body"]["first_name"] = json!("Eve"),
            "(A) order-0: its capture cap_0 has another",
        );
        check(|world| world.captures.push(json!({"id": "cap_x", "body": {}})), "(A) cap_x is a capture of no order");
        check(|world| drop(world.runs.pop()), "(B) order-24 has 0 runs");
        check(|world| world.runs.push(world.runs[0].clone()), "(B) order-0 has 2 runs");
        check(|world| world.runs[0]["state"] = json!("running"), "(B) order-0: \"run_0\" is \"running\"");
        check(|world| world.runs[0]["steps"][1]["name"] = json!("tell"), "(C) \"run_0\"");
        check(|world| world.runs[0]["steps"][1]["state"] = json!("failed"), "(C) \"run_0\"");
        check(|world| world.messages[0]["state"] = json!("failed"), "(E) order-0: \"msg_0\" is \"failed\"");
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

    #[test]
    fn pages_of_a_contact_that_lack_something_or_are_in_disorder_are_found() {
        let (orders, world) = sound();
        let mut audit = Audit::of(&orders);
        world.runs.iter().for_each(|run| audit.run(run));
        world.messages.iter().for_each(|message| audit.message(message));
        let share = audit.shares().remove("con_0").expect("its share");
        let of = |numbers: &[u8]| numbers.iter().map(|number| format!("run_{number}")).collect::<Vec<_>>();
        audit.share(("con_0", "runs"), &share["runs"], &of(&[0, 2]));
        assert_eq!((audit.findings.as_slice(), share["messages"].len()), ([].as_slice(), 2));
        for found in [[].as_slice(), &[0], &[2, 0], &[0, 1, 2], &[0, 0, 2]] {
            audit.findings.clear();
            audit.share(("con_0", "runs"), &share["runs"], &of(found));
            assert!(audit.findings.concat().starts_with("(G) con_0 has the runs"), "{found:?}");
        }
    }
}
