//! One case of the table: what is sent, what has to come back, and the check of both.

use std::collections::BTreeMap;
use std::fmt::Display;

use hookbox_tests::answer::Answer;
use hookbox_tests::documents::CAPTURED;
use hookbox_tests::webhook::{Line, Request};
use serde_json::{Value, json};

use super::scene::Scene;

/// How often a request is sent again that is to meet a limit which time may have lifted meanwhile.
const ATTEMPTS: usize = 100;

/// One case.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// What goes over the wire.
    pub(crate) bytes: Vec<u8>,
    expected: Expected,
    /// What becomes of the connection.
    line: After,
    /// The value of `X-Request-Id` that has to come back.
    request_id: Option<String>,
    /// Nothing more is sent after the bytes.
    finishes: bool,
}

/// What has to come back.
#[derive(Clone)]
enum Expected {
    Captured,
    /// The answer of the case with this name.
    Repeated(String),
    Tested,
    /// The result of the run, in this state.
    Finished(&'static str),
    Received,
    Refused(u16, &'static str),
    /// The same, as soon as a limit is met.
    Limited,
    /// What stands behind the door answers.
    Elsewhere(u16),
}

/// What becomes of a connection after its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Open,
    Closed,
    /// It depends on how much of the body has come.
    Either,
}

impl Case {
    fn new(name: impl Display, bytes: Vec<u8>, expected: Expected) -> Self {
        Self { name: name.to_string(), bytes, expected, line: After::Open, request_id: None, finishes: false }
    }

    pub(crate) fn captured(name: impl Display, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Captured)
    }

    /// It is answered as the case called `first` was.
    pub(crate) fn repeated(name: impl Display, first: &str, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Repeated(first.to_owned()))
    }

    pub(crate) fn tested(name: impl Display, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Tested)
    }

    pub(crate) fn finished(name: impl Display, state: &'static str, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Finished(state))
    }

    pub(crate) fn received(name: impl Display, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Received)
    }

    pub(crate) fn refused(name: impl Display, status: u16, kind: &'static str, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Refused(status, kind))
    }

    pub(crate) fn limited(name: impl Display, request: Request) -> Self {
        Self::new(name, wire(request), Expected::Limited)
    }

    pub(crate) fn elsewhere(name: impl Display, status: u16, bytes: String) -> Self {
        Self::new(name, bytes.into_bytes(), Expected::Elsewhere(status))
    }

    /// The case with these bytes instead of a request.
    pub(crate) fn raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), ..self }
    }

    /// The connection ends with the answer.
    pub(crate) fn closes(self) -> Self {
        Self { line: After::Closed, ..self }
    }

    /// The connection may end with the answer.
    pub(crate) fn may_close(self) -> Self {
        Self { line: After::Either, ..self }
    }

    /// The sender closes its half of the connection after the bytes.
    pub(crate) fn finishes(self) -> Self {
        Self { finishes: true, line: After::Either, ..self }
    }

    pub(crate) fn with_request_id(self, id: &str) -> Self {
        Self { request_id: Some(id.to_owned()), ..self }
    }

    pub(crate) fn is_refused_with(&self, statuses: &[u16]) -> bool {
        matches!(self.expected, Expected::Refused(status, _) if statuses.contains(&status))
    }
}

/// On a connection that stays open, unless the request says otherwise.
fn wire(request: Request) -> Vec<u8> {
    request.without("connection").bytes()
}

/// Sends cases one after the other.
pub(crate) struct Checker<'s> {
    scene: &'s Scene,
    /// The captures that cases became.
    captures: BTreeMap<String, String>,
}

impl<'s> Checker<'s> {
    pub(crate) fn new(scene: &'s Scene) -> Self {
        Self { scene, captures: BTreeMap::new() }
    }

    #[track_caller]
    pub(crate) fn check(&mut self, case: &Case) {
        let before = self.newest();
        let (mut line, mut answer) = send(self.scene, case);
        if let Expected::Limited = case.expected {
            for _ in 0..ATTEMPTS {
                if answer.status == 429 {
                    break;
                }
                (line, answer) = send(self.scene, case);
            }
        }
        self.check_answer(case, &answer);
        if let Expected::Captured | Expected::Repeated(_) | Expected::Finished(_) = case.expected {
            let capture = answer.header("hookbox-capture-id").expect("checked before").to_owned();
            self.captures.insert(case.name.clone(), capture);
        }
        // To its end: what hides behind a refused request must not be captured either.
        check_line(case, &answer, line, &self.scene.healthy());
        match (&case.expected, answer.header("hookbox-capture-id")) {
            (Expected::Captured, capture) => {
                assert_eq!(self.newest().as_deref(), capture, "{}: it is there", case.name)
            }
            (Expected::Finished(_), _) => {}
            // Requests before the limit was met are captured.
            (Expected::Limited, _) => {}
            (_, _) => assert_eq!(self.newest(), before, "{}: something was captured", case.name),
        }
    }

    #[track_caller]
    fn check_answer(&self, case: &Case, answer: &Answer) {
        let context = format!("{}: {} {:?} {}", case.name, answer.status, answer.headers, answer.text());
        match &case.expected {
            Expected::Captured => {
                assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED), "{context}");
            }
            Expected::Repeated(first) => {
                assert_eq!((answer.status, answer.text().as_str()), (200, CAPTURED), "{context}");
                let first = self.captures.get(first).unwrap_or_else(|| panic!("no case before is called {first}"));
                assert_eq!(answer.header("hookbox-capture-id"), Some(first.as_str()), "{context}");
            }
            Expected::Tested => {
                let body = r#"{"message":"Test request captured"}"#;
                assert_eq!((answer.status, answer.text().as_str()), (200, body), "{context}");
            }
            Expected::Finished(state) => {
                let body = answer.json();
                assert_eq!(answer.status, 200, "{context}");
                assert_eq!(body["message"], "Request captured successfully", "{context}");
                assert_eq!(body["run"]["state"], *state, "{context}");
                let capture = answer.header("hookbox-capture-id").unwrap_or_default();
                assert_eq!(body["run"]["id"], json!(capture.replace("cap_", "run_")), "{context}");
            }
            Expected::Received => {
                assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"message":"Received"}"#), "{context}");
            }
            Expected::Refused(status, kind) => {
                assert_eq!(answer.status, *status, "{context}");
                assert_eq!(answer.problem()["type"], json!(format!("/problems/{kind}")), "{context}");
            }
            Expected::Limited => {
                assert_eq!(answer.status, 429, "{context}");
                assert_eq!(answer.problem()["type"], "/problems/too-many-requests", "{context}");
            }
            Expected::Elsewhere(status) => {
                assert_eq!(answer.status, *status, "{context}");
                return;
            }
        }
        check_headers(case, answer, &context);
    }

    /// The id of the newest capture.
    fn newest(&self) -> Option<String> {
        let page = self.scene.admin.record("/api/v1/captures?limit=1");
        page["items"][0]["id"].as_str().map(str::to_owned)
    }
}

#[track_caller]
fn send(scene: &Scene, case: &Case) -> (Line, Answer) {
    let mut line = Line::open(&scene.address).expect("the program listens");
    // A door that refuses may answer and close before it has read everything: what it says counts.
    let sent = line.send(&case.bytes);
    if case.finishes {
        // The door may be gone already.
        let _ = line.finish();
    }
    let answer = line.answer().unwrap_or_else(|error| panic!("{}: {error} ({sent:?})", case.name));
    (line, answer)
}

/// The headers that go with every answer of the door, each where it belongs and nowhere else.
#[track_caller]
fn check_headers(case: &Case, answer: &Answer, context: &str) {
    let request_id = answer.header("x-request-id").unwrap_or_else(|| panic!("no request id: {context}"));
    match &case.request_id {
        Some(expected) => assert_eq!(request_id, expected, "{context}"),
        None => assert!(is_hex(request_id), "{context}"),
    }
    let names_capture = match case.expected {
        Expected::Captured | Expected::Repeated(_) | Expected::Tested | Expected::Finished(_) => true,
        Expected::Received | Expected::Refused(..) | Expected::Limited | Expected::Elsewhere(_) => false,
    };
    match (names_capture, answer.header("hookbox-capture-id")) {
        (true, Some(capture)) => assert!(capture.strip_prefix("cap_").is_some_and(is_hex), "{context}"),
        (false, None) => {}
        (_, _) => panic!("the capture's id: {context}"),
    }
    let media_type = if answer.status == 200 { "application/json" } else { "application/problem+json" };
    assert_eq!(answer.header("content-type"), Some(media_type), "{context}");
    assert_eq!(answer.header("allow"), (answer.status == 405).then_some("POST"), "{context}");
    let challenge = match (answer.status, answer.status == 401 && answer.json()["type"] == "/problems/unauthorized") {
        (401, true) => Some("Bearer"),
        (401, false) => Some("Standard-Webhooks"),
        (_, _) => None,
    };
    assert_eq!(answer.header("www-authenticate"), challenge, "{context}");
    let retry_after = answer.header("retry-after").map(|value| value.parse::<u32>().expect("whole seconds"));
    assert_eq!(retry_after.is_some(), matches!(answer.status, 429 | 503), "{context}");
    assert!(retry_after.is_none_or(|seconds| (1..=3_600).contains(&seconds)), "{context}");
    for name in ["server", "x-powered-by", "set-cookie"] {
        assert_eq!(answer.header(name), None, "{context}");
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A connection that stays open carries the next request; one that ends says so and ends.
#[track_caller]
fn check_line(case: &Case, answer: &Answer, mut line: Line, next: &str) {
    let says_close = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    match case.line {
        After::Either => {}
        After::Closed => {
            assert!(says_close, "{}: {:?}", case.name, answer.headers);
            assert!(line.is_closed(), "{}: the connection goes on", case.name);
        }
        After::Open => {
            assert!(!says_close, "{}: {:?}", case.name, answer.headers);
            line.send(next.as_bytes()).expect("the connection is open");
            let answer = line.answer().unwrap_or_else(|error| panic!("{}: the connection ended: {error}", case.name));
            assert_eq!(answer.status, 200, "{}", case.name);
        }
    }
}

/// JSON with what a contact needs, and this beside it, so that no two bodies are alike.
pub(crate) fn body(own: impl Into<Value>) -> String {
    json!({"phone_number": "12155556677", "first_name": "John", "own": own.into()}).to_string()
}
