//! The contract of the webhook door as a table: every case is sent over a raw socket, and its answer is checked to the last
//! header that matters: status, problem type, `Allow`, `Retry-After`, `WWW-Authenticate`, `X-Request-Id`,
//! `Hookbox-Capture-Id`, `Connection` and `Content-Type`; and that what is refused was not captured.
//!
//! Not here, because they take time or trouble to bring about: bodies and heads that come too slowly, too many connections,
//! a store that is gone. The tests of `host/ingress` have those.

mod scene;
mod case;

mod addresses;
mod bodies;
mod channels;
mod keys;
mod messages;
mod methods;
mod rates;
mod repetitions;
mod signatures;
mod states;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hookbox_tests::program::Setup;
use hookbox_tests::webhook::Line;
use serde_json::json;
use tempfile::TempDir;

use case::{Case, Checker};
use scene::Scene;

/// The fewest cases that this table has.
const CASES_MIN: usize = 450;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

#[test]
fn the_door_answers_as_its_contract_says() {
    let scene = Scene::new(PROGRAM);
    let groups: [fn(&Scene) -> Vec<Case>; 11] = [
        methods::cases,
        messages::cases,
        bodies::cases,
        keys::cases,
        addresses::cases,
        signatures::cases,
        states::cases,
        repetitions::cases,
        rates::cases,
        waits::cases,
        channels::cases,
    ];
    let (mut names, mut checker) = (BTreeSet::new(), Checker::new(&scene));
    for group in groups {
        for case in group(&scene) {
            checker.check(&case);
            assert!(names.insert(case.name.clone()), "{} is there twice", case.name);
        }
    }
    assert!(names.len() >= CASES_MIN, "only {} cases", names.len());
}

#[test]
fn refusals_of_one_type_are_the_same_but_for_what_they_tell_of_the_request() {
    let scene = Scene::new(PROGRAM);
    let mut bodies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let all = [keys::cases, signatures::cases, channels::cases, addresses::cases].map(|cases| cases(&scene)).concat();
    for case in all.iter().filter(|case| case.is_refused_with(&[401, 403])) {
        let mut line = Line::open(&scene.address).expect("the program listens");
        line.send(&case.bytes).expect("the door reads");
        let mut problem = line.answer().expect("an answer").problem();
        problem["request_id"] = json!(null);
        bodies.entry(problem["type"].to_string()).or_default().insert(problem.to_string());
    }
    assert_eq!(bodies.len(), 4, "keys, signatures, channels and addresses: {:?}", bodies.keys());
    for (kind, bodies) in bodies {
        assert_eq!(bodies.len(), 1, "{kind} tells them apart: {bodies:?}");
    }
}

#[test]
fn a_revoked_key_is_refused_at_once_and_an_expired_one_from_its_moment_on() {
    let scene = Scene::new(PROGRAM);
    let mut checker = Checker::new(&scene);
    for round in 0..20 {
        let key = scene.new_key(&scene.plain, &json!({}));
        checker.check(&Case::captured(format!("a key that is good, {round}"), scene.with_key(&key)));
        scene.revoke(&scene.plain, &key);
        checker.check(&Case::refused(format!("the same, revoked, {round}"), 401, "unauthorized", scene.with_key(&key)));
    }
    let last_used = scene.admin.all(&format!("/api/v1/automations/{}/keys", scene.plain.automation));
    assert!(last_used.iter().any(|key| key["last_used_at"].is_string()), "{last_used:?}");
}

#[test]
fn a_disk_that_is_nearly_full_and_a_queue_that_is_refuse_captures_and_say_when_to_come_again() {
    let folder = TempDir::new().expect("a temporary directory can be made");
    let file = folder.path().join("hookbox.toml");
    fs::write(&file, "").expect("the test's own directory is writable");
    let mut scene = Scene::furnish(Setup::new(PROGRAM).variable("HOOKBOX_CONFIG", file.display()).start());
    // No disk has so much free; no queue takes nothing.
    for (setting, kind) in
        [("free_bytes_min = 1152921504606846976", "disk-nearly-full"), ("queue_units_max = 0", "busy")]
    {
        fs::write(&file, format!("[store]\n{setting}\n")).expect("the test's own directory is writable");
        scene.restart();
        let mut checker = Checker::new(&scene);
        for round in 0..3 {
            let request = scene.plain.request(scene::JOHN);
            checker.check(&Case::refused(format!("{kind}, {round}"), 503, kind, request));
            let waiting = scene.plain.request(scene::JOHN).path(&format!("{}?wait=30", scene.plain.path));
            checker.check(&Case::refused(format!("{kind} and a wait, {round}"), 503, kind, waiting));
        }
        let stranger = scene.plain.request(scene::JOHN).without("authorization");
        checker.check(&Case::refused(format!("{kind} and a stranger"), 401, "unauthorized", stranger));
    }
}
