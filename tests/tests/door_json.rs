//! The corpus of JSON texts over the webhook door: what the parser takes is captured as it came, byte for byte, and what it
//! refuses is answered 400 with what is wrong and at which byte.

#[path = "../../host/model/tests/json/corpus.rs"]
mod corpus;

use corpus::{ACCEPTED, DECIDED, Decision, REFUSED};
use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{CAPTURED, automation, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::{Line, Webhook};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// A host, and one connection to it that carries every text.
struct Scene {
    _program: Program,
    admin: Admin,
    webhook: Webhook,
    line: Line,
}

impl Scene {
    fn new() -> Self {
        let program = Setup::new(PROGRAM).start();
        let admin = program.admin();
        admin.furnish();
        let webhook = admin.apply(&automation("Any JSON", &json!([tagging("seen")])));
        let line = Line::open(program.address()).expect("the program listens");
        Self { _program: program, admin, webhook, line }
    }

    /// The value that the admin API shows of it.
    #[track_caller]
    fn check_taken(&mut self, name: &str, text: &[u8]) -> Value {
        let request = self.webhook.request(text).without("connection");
        self.line.send(&request.bytes()).expect("the connection is open");
        let answer = self.line.answer().expect("an answer");
        assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED), "{name}: {}", answer.text());
        let capture = answer.header("hookbox-capture-id").expect("the answer names the capture");
        let shown = self.admin.get(&format!("/api/v1/captures/{capture}")).success();
        let text = text.trim_ascii();
        assert!(shown.body.windows(text.len()).any(|part| part == text), "{name} is kept as it came: {}", shown.text());
        shown.json()["body"].take()
    }

    #[track_caller]
    fn check_refused(&mut self, name: &str, text: &[u8], what: &str, byte: usize) {
        let request = self.webhook.request(text).without("connection");
        self.line.send(&request.bytes()).expect("the connection is open");
        let answer = self.line.answer().expect("an answer");
        let problem = answer.problem();
        assert_eq!((answer.status, &problem["type"]), (400, &json!("/problems/invalid-json")), "{name}");
        assert_eq!(problem["detail"], format!("the body is not acceptable JSON: {what} at byte {byte}"), "{name}");
        assert_eq!(answer.header("connection"), None, "{name}: the connection goes on");
    }
}

#[test]
fn every_json_text_is_captured_as_it_came_or_refused_with_what_is_wrong_and_where() {
    let mut scene = Scene::new();
    let mut taken = 0;
    for (name, text) in ACCEPTED {
        scene.check_taken(name, text);
        taken += 1;
    }
    for (name, text, what, byte) in REFUSED {
        scene.check_refused(name, text, what, *byte);
    }
    for (name, text, decision, why) in DECIDED {
        match decision {
            Decision::Take(value) => {
                assert_eq!(scene.check_taken(name, text).to_string(), *value, "{name}: {why}");
                taken += 1;
            }
            Decision::Refuse(what, byte) => scene.check_refused(name, text, what, *byte),
        }
    }
    assert_eq!(scene.admin.all("/api/v1/captures").len(), taken, "what was refused was not captured");
}
