//! Messages on their way out and back: signed, in order, held by quiet hours, stopped by consent and caps, the same after a
//! crash; and what contacts and carriers say to an inbox.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_tests::admin::Admin;
use hookbox_tests::answer::Answer;
use hookbox_tests::carrier::{Carrier, Reply};
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, step};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::{Value, json};
use ureq::http::Method;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// The phone that most tests write to, with a `+`.
const ANN: &str = "12155556677";

struct Scene {
    program: Program,
    admin: Admin,
    webhook: Webhook,
    inbox: String,
    secret: String,
}

impl Scene {
    /// A host whose inbox `support` has this carrier as its channel, and an automation that texts whoever it is asked to.
    fn new(carrier: &Carrier) -> Self {
        Self::with(carrier, "retry")
    }

    /// The same with a policy for messages in doubt.
    fn with(carrier: &Carrier, unknown: &str) -> Self {
        let setup = Setup::new(PROGRAM).variable("HOOKBOX__DISPATCH__ALLOWED_NETWORKS", "127.0.0.1/32");
        let program = setup.variable("HOOKBOX__DISPATCH__RETRY_BASE_MS", "50").start();
        let admin = program.admin();
        admin.furnish();
        let inboxes = admin.all("/api/v1/inboxes");
        let inbox = inboxes[0]["id"].as_str().expect("an inbox has an id").to_owned();
        let channel = json!({"channel": {"webhook": {"url": carrier.url(), "unknown": unknown}}});
        let changed = admin.patch(&format!("/api/v1/inboxes/{inbox}"), &channel).success().json();
        let secret = changed["secret"].as_str().expect("a new channel shows its secret").to_owned();
        let text = step("send-message", json!({"body": "Hi {{contact.first_name}}, {{payload.text | default(\"\")}}"}));
        let webhook = admin.apply(&automation("Text", &json!([text])));
        Self { program, admin, webhook, inbox, secret }
    }

    /// Captures a request that texts Ann, and waits until its run is done.
    fn text(&self, text: &str) {
        let body = json!({"phone_number": ANN, "first_name": "Ann", "text": text});
        let run = self.admin.final_run(&self.webhook.capture(self.program.address(), &body));
        assert_eq!(run["state"], "succeeded", "{run}");
    }

    fn ann(&self) -> Value {
        self.admin.all(&format!("/api/v1/contacts?phone=%2B{ANN}")).remove(0)
    }

    /// Ann's messages, oldest first.
    fn messages(&self) -> Vec<Value> {
        self.admin.all(&format!("/api/v1/messages?contact={}", self.ann()["id"].as_str().expect("an id")))
    }

    /// Ann's message with this number, from 0, once it is in this state.
    #[track_caller]
    fn message_when(&self, number: usize, state: &str) -> Value {
        eventually(&format!("message {number} to be {state}"), || {
            self.messages().get(number).filter(|message| message["state"] == state).cloned()
        })
    }

    fn change_ann(&self, change: &Value) {
        let path = format!("/api/v1/contacts/{}", self.ann()["id"].as_str().expect("an id"));
        self.admin.patch(&path, change).success();
    }

    /// What the carrier says to the inbox, signed with this secret.
    fn tell(&self, id: &str, body: &Value, secret: &str) -> Answer {
        let (body, now) = (body.to_string(), seconds());
        let signer = standardwebhooks::Webhook::new(secret).expect("a secret of the right form");
        let signature = signer.sign(id, i64::try_from(now).expect("a time"), body.as_bytes()).expect("a signature");
        let request = self.webhook.request(body).path(&format!("/inboxes/{}/incoming", self.inbox));
        let request = request.without("authorization").header("webhook-id", id);
        let request = request.header("webhook-timestamp", now.to_string()).header("webhook-signature", signature);
        request.send(self.program.address())
    }

    fn says(&self, id: &str, words: &str) {
        let message = json!({"type": "message", "id": id, "from": format!("+{ANN}"), "body": words});
        let answer = self.tell(id, &message, &self.secret);
        assert_eq!((answer.status, answer.json()), (200, json!({"message": "Received"})), "{}", answer.text());
    }
}

/// A carrier that answers each request once the test says so: until then the first message stands in the way of the second.
fn patient_carrier() -> (mpsc::Sender<()>, Carrier) {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let carrier = Carrier::answering(move |_, _| {
        wait.lock().unwrap_or_else(PoisonError::into_inner).recv().expect("the test goes on");
        Reply::Status(200, json!({}))
    });
    (go, carrier)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

#[test]
fn a_message_leaves_signed_and_what_its_carrier_reports_is_shown() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    scene.text("your order has shipped.");
    let request = carrier.request(1);
    assert!(request.is_signed_with(&scene.secret), "{:?}", request.headers);
    let sent = scene.message_when(0, "sent");
    let body = request.json();
    assert_eq!(body["body"], "Hi Ann, your order has shipped.");
    assert_eq!(body["to"]["phone"], format!("+{ANN}"));
    assert_eq!(body["id"], sent["id"]);
    assert_eq!(request.header("webhook-id"), sent["id"]);
    assert_eq!(request.header("idempotency-key"), sent["id"]);
    assert_eq!(
        (&sent["external_id"], &sent["sandbox"], &sent["attempts"]),
        (&json!("carrier-1"), &json!(false), &json!(1))
    );

    let report = json!({"type": "report", "message": sent["id"], "state": "delivered"});
    assert_eq!(scene.tell("report-1", &report, &scene.secret).status, 200);
    eventually("the report to be shown", || scene.messages()[0]["delivered_at"].is_string().then_some(()));
    assert_eq!(carrier.received().len(), 1);
}

#[test]
fn a_carrier_that_is_busy_is_asked_again_under_the_same_id_until_it_takes_the_message() {
    let busy = |number, _: &_| if number < 3 { Reply::Status(503, json!({})) } else { Reply::Status(200, json!({})) };
    let carrier = Carrier::answering(busy);
    let scene = Scene::new(&carrier);
    scene.text("once");
    let sent = scene.message_when(0, "sent");
    assert_eq!(sent["attempts"], 3, "{sent}");
    let ids: Vec<String> = carrier.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, vec![sent["id"].as_str().expect("an id"); 3]);
}

#[test]
fn a_carrier_that_refuses_for_good_makes_the_message_fail_with_its_answer() {
    let carrier = Carrier::answering(|_, _| Reply::Status(422, json!({"error": "no such number"})));
    let scene = Scene::new(&carrier);
    scene.text("once");
    let failed = scene.message_when(0, "failed");
    assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains("422")), "{failed}");
    assert_eq!(carrier.received().len(), 1);
}

#[test]
fn who_opts_out_between_commit_and_dispatch_gets_nothing_more() {
    let (go, carrier) = patient_carrier();
    let scene = Scene::new(&carrier);
    scene.text("first");
    carrier.request(1);
    scene.text("second");
    assert_eq!(scene.messages()[1]["state"], "queued");
    scene.change_ann(&json!({"opted_out": true}));
    go.send(()).expect("the carrier waits");
    scene.message_when(0, "sent");
    scene.message_when(1, "suppressed");
    scene.text("third");
    scene.message_when(2, "suppressed");
    assert_eq!(carrier.received().len(), 1);
}

#[test]
fn stop_ends_the_messages_and_start_begins_them_again() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    scene.says("in-1", " Stop! ");
    let ann = scene.ann();
    assert_eq!(ann["opted_out"], true, "{ann}");
    let incoming = &scene.messages()[0];
    assert_eq!((&incoming["direction"], &incoming["state"]), (&json!("incoming"), &json!("received")), "{incoming}");
    scene.text("are you there?");
    scene.message_when(1, "suppressed");
    scene.says("in-1", " Stop! ");
    assert_eq!(scene.messages().len(), 2, "what comes twice is one message");
    scene.says("in-2", "START");
    assert_eq!(scene.ann()["opted_out"], false);
    scene.text("welcome back");
    scene.message_when(3, "sent");
    assert_eq!(carrier.received().len(), 1);
}

#[test]
fn an_inbox_hears_only_what_its_secret_signed() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let message = json!({"type": "message", "id": "in-1", "from": format!("+{ANN}"), "body": "STOP"});
    let strange = scene.tell("in-1", &message, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let unsigned = scene.webhook.request(message.to_string()).path(&format!("/inboxes/{}/incoming", scene.inbox));
    let unsigned = unsigned.send(scene.program.address());
    let mut nowhere = scene.inbox.clone().into_bytes();
    let last = nowhere.last_mut().expect("an id has characters");
    *last = if *last == b'0' { b'1' } else { b'0' };
    let nowhere = String::from_utf8(nowhere).expect("ids are ASCII");
    let nowhere = scene.webhook.request(message.to_string()).path(&format!("/inboxes/{nowhere}/incoming"));
    let nowhere = nowhere.send(scene.program.address());
    for answer in [&strange, &unsigned, &nowhere] {
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_eq!(answer.problem()["detail"], strange.problem()["detail"]);
    }
    assert_eq!(scene.admin.all("/api/v1/contacts"), Vec::<Value>::new());
}

#[test]
fn who_writes_from_a_number_in_another_spelling_is_the_contact_that_webhooks_know() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let body = json!({"phone_number": "+44 20 7946 0958", "first_name": "Ben", "text": "hello"});
    let run = scene.admin.final_run(&scene.webhook.capture(scene.program.address(), &body));
    assert_eq!(run["state"], "succeeded", "{run}");
    let message = json!({"type": "message", "id": "in-1", "from": "+4402079460958", "body": "STOP"});
    let answer = scene.tell("in-1", &message, &scene.secret);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let [ben] = &scene.admin.all("/api/v1/contacts")[..] else { panic!("one person is one contact") };
    assert_eq!((&ben["phone"], &ben["opted_out"]), (&json!("+442079460958"), &json!(true)), "{ben}");
}

#[test]
fn while_a_secret_is_rotated_the_carrier_can_verify_with_either_and_a_revoked_one_signs_nothing() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let path = format!("/api/v1/inboxes/{}", scene.inbox);
    let shown = scene.admin.get(&path).success().json();
    let first = shown["channel"]["webhook"]["secrets"][0]["id"].as_str().expect("an id").to_owned();
    let added = scene.admin.post(&format!("{path}/secrets"), &json!({})).success().json();
    let newest = added["secret"].as_str().expect("a new secret is shown");
    scene.text("in between");
    let request = carrier.request(1);
    assert!(request.is_signed_with(&scene.secret) && request.is_signed_with(newest), "{:?}", request.headers);
    let revoke = |secret: &str| scene.admin.delete(&format!("{path}/secrets/{secret}")).status;
    assert_eq!(revoke(&first), 200);
    scene.text("after");
    let request = carrier.request(2);
    assert!(!request.is_signed_with(&scene.secret) && request.is_signed_with(newest), "{:?}", request.headers);
    assert_eq!(revoke(added["id"].as_str().expect("an id")), 409, "the last live one stays");
}

#[test]
fn what_was_meant_for_a_channel_that_is_taken_away_is_held_and_never_recorded_as_sent() {
    let (go, carrier) = patient_carrier();
    let scene = Scene::new(&carrier);
    scene.text("first");
    carrier.request(1);
    scene.text("second");
    scene.admin.patch(&format!("/api/v1/inboxes/{}", scene.inbox), &json!({"channel": null})).success();
    go.send(()).expect("the carrier waits");
    scene.message_when(0, "sent");
    let held = scene.message_when(1, "held");
    assert_eq!(held["reason"], "its inbox has no channel any more", "{held}");
    scene.text("third");
    assert_eq!(scene.message_when(2, "sent")["sandbox"], true, "what is written now is meant for nobody");
    assert_eq!(carrier.received().len(), 1);
}

#[test]
fn quiet_hours_hold_a_message_until_they_end() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let hour = seconds() / 3_600 % 24;
    let clock = |hour: u64| format!("{:02}:00", hour % 24);
    let hours = json!({"from": clock(hour + 23), "to": clock(hour + 2), "zone": "UTC"});
    scene.admin.patch(&format!("/api/v1/inboxes/{}", scene.inbox), &json!({"quiet_hours": hours})).success();
    scene.text("good night");
    let held = scene.message_when(0, "held");
    assert!(held["due_at"].as_str().is_some_and(|due| due.contains(&format!("T{}:00", clock(hour + 2)))), "{held}");
    assert!(held["reason"].as_str().is_some_and(|reason| reason.contains("quiet hours")), "{held}");
    assert_eq!(carrier.received().len(), 0);
}

#[test]
fn a_loop_of_messages_to_one_contact_is_cut() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let workspaces = scene.admin.all("/api/v1/workspaces");
    let path = format!("/api/v1/workspaces/{}", workspaces[0]["id"].as_str().expect("an id"));
    scene.admin.patch(&path, &json!({"caps": {"per_contact_per_minute": 2}})).success();
    for text in ["one", "two", "three"] {
        scene.text(text);
    }
    scene.message_when(0, "sent");
    scene.message_when(1, "sent");
    let cut = scene.message_when(2, "suppressed");
    assert!(cut["reason"].as_str().is_some_and(|reason| reason.contains("minute")), "{cut}");
    assert_eq!(carrier.received().len(), 2);
}

#[test]
fn a_message_that_a_crash_cut_off_is_sent_again_under_the_same_id() {
    let (_never, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let carrier = Carrier::answering(move |number, _| {
        if number == 1 {
            // Ends when the test does: the host is killed while it waits for this answer.
            let _ = wait.lock().unwrap_or_else(PoisonError::into_inner).recv();
        }
        Reply::Status(200, json!({}))
    });
    let mut scene = Scene::new(&carrier);
    scene.text("once");
    carrier.request(1);
    scene.program.kill();
    scene.program.start();
    scene.admin = scene.program.admin();
    let again = carrier.request(2);
    let sent = scene.message_when(0, "sent");
    assert_eq!(
        (again.header("webhook-id"), again.header("hookbox-attempt")),
        (carrier.request(1).header("webhook-id"), "2")
    );
    assert_eq!(again.body, carrier.request(1).body, "a repeat under the same key is the same");
    assert_eq!(sent["attempts"], 2, "{sent}");
}

#[test]
fn a_message_in_doubt_waits_for_a_decision_when_its_inbox_asks() {
    let carrier =
        Carrier::answering(|number, _| if number == 1 { Reply::Silence } else { Reply::Status(200, json!({})) });
    let scene = Scene::with(&carrier, "ask");
    scene.text("perhaps");
    let unknown = scene.message_when(0, "unknown");
    let path = format!("/api/v1/messages/{}/decision", unknown["id"].as_str().expect("an id"));
    scene.admin.send(Method::POST, &path, "application/json", json!({"decision": "send"}).to_string()).success();
    scene.message_when(0, "sent");
    assert_eq!(carrier.received().len(), 2);
}

#[test]
fn messages_of_a_conversation_leave_in_the_order_they_were_asked_for() {
    let carrier = Carrier::taking();
    let scene = Scene::new(&carrier);
    let workspaces = scene.admin.all("/api/v1/workspaces");
    let path = format!("/api/v1/workspaces/{}", workspaces[0]["id"].as_str().expect("an id"));
    scene.admin.patch(&path, &json!({"caps": {"per_contact_per_minute": 1000}})).success();
    let phones = ["12155550101", "12155550102", "12155550103"];
    for number in 0..20 {
        for phone in phones {
            let body = json!({"phone_number": phone, "first_name": "Ann", "text": number.to_string()});
            scene.webhook.capture(scene.program.address(), &body);
        }
    }
    eventually("everything to leave", || (carrier.received().len() == 60).then_some(()));
    let mut seen: HashMap<String, Vec<String>> = HashMap::new();
    for request in carrier.received() {
        let body = request.json();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        seen.entry(text(&body["to"]["phone"])).or_default().push(text(&body["body"]));
    }
    let in_order: Vec<String> = (0..20).map(|number| format!("Hi Ann, {number}")).collect();
    for phone in phones {
        assert_eq!(seen[&format!("+{phone}")], in_order);
    }
}
