//! What whoever operates a host relies on: it says how it is, counts what it does, lets nobody in without a token, and
//! tells neither its log nor its disk what they must not know.

use std::fs;
use std::path::Path;

use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, step, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// Values that occur nowhere else: each stands for a kind of data that no log line and no label may show.
const CANARIES: [&str; 4] = ["12155550188", "Zaphodcanary", "payloadcanary", "bodycanary"];

/// A signing secret without its prefix, as text and as the bytes that it stands for.
const SIGNING: (&str, [u8; 24]) = (
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    [49, 242, 144, 246, 191, 6, 41, 138, 171, 79, 8, 212, 60, 63, 8, 44, 246, 72, 163, 98, 218, 45, 164, 176],
);

/// Gives the webhook's automation the signing secret.
fn add_signing_secret(program: &Program, webhook: &Webhook) {
    let path = format!("/api/v1/automations/{}/secrets", webhook.automation);
    let added = program.admin().post(&path, &json!({"secret": format!("whsec_{}", SIGNING.0)})).success();
    assert!(added.text().contains(SIGNING.0), "it is shown once");
    assert!(!program.admin().get(&path).success().text().contains(SIGNING.0), "and never again");
}

/// A program that has run one automation over the canaries.
fn seen(setup: Setup) -> (Program, Webhook) {
    let program = setup.start();
    let admin = program.admin();
    admin.furnish();
    let message = step("send-message", json!({"body": "bodycanary for {{contact.first_name}}"}));
    let webhook = admin.apply(&automation("Canaries", &json!([message, tagging("seen")])));
    let body = json!({"phone_number": "12155550188", "first_name": "Zaphodcanary", "note": "payloadcanary"});
    let capture = webhook.capture(program.address(), &body);
    assert_eq!(admin.final_run(&capture)["state"], "succeeded");
    let unmappable = webhook.capture(program.address(), &json!({"phone_number": "payloadcanary", "first_name": "x"}));
    assert_eq!(admin.final_run(&unmappable)["state"], "failed");
    let refused = webhook.request(r#"{"payloadcanary":1,"payloadcanary":2}"#).send(program.address());
    assert_eq!(refused.status, 400);
    (program, webhook)
}

#[test]
fn a_host_says_how_it_is_and_counts_what_it_does() {
    let (program, _) = seen(Setup::new(PROGRAM));
    let anyone = program.admin().with_token("none");
    assert_eq!((anyone.get("/healthz").status, anyone.get("/readyz").status), (200, 200));
    let wanted = [
        "hookbox_captures_total 2",
        "hookbox_runs_total{state=\"succeeded\"} 1",
        "hookbox_runs_total{state=\"failed\"} 1",
        "hookbox_queue_depth 0",
        "plugin=\"send-message",
    ];
    let metrics = eventually("the metrics to have counted everything", || {
        let metrics = anyone.get("/metrics").success().text();
        wanted.iter().all(|line| metrics.contains(line)).then_some(metrics)
    });
    for canary in CANARIES {
        assert!(!metrics.contains(canary), "{canary} is in the metrics");
    }
}

#[test]
fn nobody_reads_or_changes_anything_without_a_token() {
    let (program, webhook) = seen(Setup::new(PROGRAM));
    for token in ["", "none", webhook.key.as_str()] {
        let stranger = program.admin().with_token(token);
        let resources = "workspaces, inboxes, members, lists, fields, templates, contacts, conversations, messages, \
                         automations, captures, runs, plugins";
        for what in resources.split(", ") {
            let answer = stranger.get(&format!("/api/v1/{what}"));
            assert_eq!(answer.status, 401, "{what}: {}", answer.text());
            answer.problem();
        }
        for what in ["inboxes", "runs/replay", "mapping/suggest", "automations/dry-run"] {
            assert_eq!(stranger.post(&format!("/api/v1/{what}"), &json!({})).status, 401, "{what}");
        }
    }
    assert_eq!(program.admin().all("/api/v1/inboxes").len(), 1);
}

#[test]
fn the_log_names_no_contact_no_payload_and_no_secret_however_much_it_says() {
    let (mut program, webhook) = seen(Setup::new(PROGRAM).variable("HOOKBOX_LOG", "trace"));
    add_signing_secret(&program, &webhook);
    assert!(program.stop().success());
    let log = program.log().lines();
    assert!(log.len() > 20, "the log should say everything it can: {} lines", log.len());
    let secret = webhook.key.split('_').nth(2).expect("a key has a secret");
    for canary in CANARIES.into_iter().chain([secret, SIGNING.0, hookbox_tests::program::TOKEN]) {
        let telling = log.iter().find(|line| line.contains(canary));
        assert_eq!(telling, None, "{canary} is in the log");
    }
}

#[test]
fn no_secret_is_on_the_disk() {
    let (mut program, webhook) = seen(Setup::new(PROGRAM));
    add_signing_secret(&program, &webhook);
    assert!(program.stop().success());
    let secret = webhook.key.split('_').nth(2).expect("a key has a secret");
    let raw: Vec<u8> = (0..secret.len() / 2)
        .map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).expect("a secret is hexadecimal"))
        .collect();
    let token = hookbox_tests::program::TOKEN.as_bytes();
    let secrets = [secret.as_bytes(), &raw, SIGNING.0.as_bytes(), &SIGNING.1, token];
    let mut bytes_read = 0;
    check_folder(&program.data(), &secrets, &mut bytes_read);
    assert!(bytes_read > 0, "there is a store to be searched");
}

fn check_folder(folder: &Path, secrets: &[&[u8]], bytes_read: &mut usize) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let entry = entry.expect("a readable folder");
        if entry.file_type().expect("a file type").is_dir() {
            check_folder(&entry.path(), secrets, bytes_read);
            continue;
        }
        let content = fs::read(entry.path()).expect("a readable file");
        *bytes_read += content.len();
        for secret in secrets {
            let found = content.windows(secret.len()).any(|window| window == *secret);
            assert!(!found, "a secret is in {}", entry.path().display());
        }
    }
}
