//! The command line against a running host: what is applied comes back, keys come and go, pages go on, and every command
//! says how it is used.

use std::collections::BTreeSet;
use std::fs;

use hookbox_tests::documents::{JOHN, ORDER_SHIPPED, body};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// A program with the example saved: its webhook, and what saving it printed.
fn applied() -> (Program, Webhook, Value) {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let printed = apply(&program, ORDER_SHIPPED);
    (program, Webhook::of(&printed), printed)
}

/// Applies a document from a file and gives what was printed.
#[track_caller]
fn apply(program: &Program, document: &str) -> Value {
    let file = program.home().join("document.yaml");
    fs::write(&file, document).expect("the test's own directory is writable");
    program.run_json(&["automation", "apply", "-f", &file.to_string_lossy(), "--json"])
}

#[track_caller]
fn printed(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is text")
}

#[test]
fn applying_the_same_document_again_changes_nothing() {
    let (program, webhook, first) = applied();
    assert_eq!(first["version"], 1);
    assert!(text(&first["key"]).starts_with("hbx_"), "{first}");
    let again = apply(&program, ORDER_SHIPPED);
    assert_eq!(again, json!({"id": first["id"], "url": first["url"], "version": 1}));
    let reordered = program.run_json(&["automation", "export", &webhook.automation, "--json"]).to_string();
    assert_eq!(apply(&program, &reordered)["version"], 1);

    let changed = apply(&program, &ORDER_SHIPPED.replace("has shipped", "is on its way"));
    assert_eq!(changed, json!({"id": first["id"], "url": first["url"], "version": 2}));
    assert_eq!(program.admin().all("/api/v1/automations").len(), 1);
    let capture = webhook.capture(program.address(), &body("12155556677"));
    let run = program.admin().final_run(&capture);
    assert!(run["steps"][0]["input"].to_string().contains("is on its way"), "{run}");
}

#[test]
fn what_export_prints_can_be_applied_elsewhere() {
    let (program, webhook, _) = applied();
    let exported = printed(&program, &["automation", "export", &webhook.automation]);
    let elsewhere = Setup::new(PROGRAM).start();
    elsewhere.admin().furnish();
    let there = Webhook::of(&apply(&elsewhere, &exported));
    let exported_there = printed(&elsewhere, &["automation", "export", &there.automation]);
    assert_eq!(exported_there, exported);
    let capture = there.capture(elsewhere.address(), &body("12155556677"));
    assert_eq!(elsewhere.admin().final_run(&capture)["state"], "succeeded");
}

#[test]
fn a_document_that_is_wrong_is_refused_with_every_fault_and_its_place() {
    let (program, _, _) = applied();
    let wrong = ORDER_SHIPPED.replace("$.phone_number", "$$").replace("send-message", "send-massage");
    let file = program.home().join("wrong.yaml");
    fs::write(&file, wrong).expect("the test's own directory is writable");
    let output = program.run(&["automation", "apply", "-f", &file.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    for expected in ["identifier", "send-massage", "steps"] {
        assert!(said.contains(expected), "{expected:?} is missing in {said}");
    }
    assert_eq!(program.admin().all("/api/v1/automations")[0]["version"], 1);
}

#[test]
fn a_new_key_works_at_once_and_a_revoked_one_no_longer() {
    let (program, webhook, _) = applied();
    let status = |key: &str| {
        let webhook = Webhook { key: key.to_owned(), ..webhook.clone() };
        webhook.request(JOHN).send(program.address()).status
    };
    let made = program.run_json(&["key", "create", &webhook.automation, "--json"]);
    let key = text(&made["key"]);
    assert_eq!((status(&key), status(&webhook.key)), (200, 200));
    let id = key.split('_').nth(1).expect("a key has an id").to_owned();
    printed(&program, &["key", "revoke", &webhook.automation, &id]);
    assert_eq!((status(&key), status(&webhook.key)), (401, 200));
    let ended = ["key", "create", &webhook.automation, "--not-after", "2020-01-01T00:00:00Z", "--json"];
    let output = program.run(&ended);
    if output.status.success() {
        let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(status(&text(&made["key"])), 401, "a key that has ended opens nothing");
    }
}

#[test]
fn page_commands_go_on_where_the_page_before_ended() {
    let (program, webhook, _) = applied();
    let captures: BTreeSet<String> =
        (0..7).map(|number| webhook.capture(program.address(), &body(&format!("1215555100{number}")))).collect();
    for capture in &captures {
        program.admin().final_run(capture);
    }
    for (noun, name) in [("capture", "id"), ("run", "capture")] {
        let (mut seen, mut pages, mut after) = (BTreeSet::new(), 0, Vec::new());
        loop {
            let mut arguments = vec![noun.to_owned(), "page".into(), "--limit".into(), "3".into(), "--json".into()];
            arguments.extend(after);
            let page = program.run_json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            pages += 1;
            seen.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item[name])));
            match page["next"].as_str() {
                Some(next) => after = vec!["--after".into(), next.to_owned()],
                None => break,
            }
        }
        assert_eq!((seen, pages), (captures.clone(), 3), "{noun}");
    }
    let runs = program.run_json(&["run", "page", "--state", "failed", "--json"]);
    assert_eq!(runs["items"], json!([]));
    let table = printed(&program, &["run", "page"]);
    assert_eq!(table.matches("succeeded").count(), 7, "{table}");
}

#[test]
fn a_run_is_shown_with_its_steps() {
    let (program, webhook, _) = applied();
    let capture = webhook.capture(program.address(), &serde_json::from_str(JOHN).expect("JSON"));
    let run = program.admin().final_run(&capture);
    let shown = printed(&program, &["run", "show", &text(&run["id"])]);
    for expected in [text(&run["id"]), "succeeded".into(), "tell them".into(), "add-to-list".into(), "Hi John".into()] {
        assert!(shown.contains(&expected), "{expected:?} is missing in\n{shown}");
    }
    assert_eq!(program.run_json(&["run", "show", &text(&run["id"]), "--json"]), run);
}

#[test]
fn a_store_that_is_in_use_or_damaged_is_not_called_sound() {
    let (mut program, webhook, _) = applied();
    webhook.capture(program.address(), &body("12155556677"));
    let data = program.data().to_string_lossy().into_owned();
    assert_eq!(program.run(&["check-store", "--data", &data]).status.code(), Some(1), "a host is using it");
    assert!(program.stop().success());
    let report = program.run_json(&["check-store", "--data", &data, "--json"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

#[test]
fn every_command_shows_examples_in_its_help() {
    let setup = Setup::new(PROGRAM);
    let commands = [
        "serve",
        "demo",
        "automation apply",
        "automation export",
        "automation page",
        "key create",
        "key revoke",
        "capture page",
        "run page",
        "run show",
        "check-store",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = setup.command(&arguments).output().expect("the program under test can be started");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && help.contains("Examples:"), "{command}: {help}");
        assert!(help.contains(&format!("hookbox {command}")), "{command}: {help}");
    }
}

#[test]
fn without_a_token_or_a_host_a_command_says_what_to_do() {
    let setup = Setup::new(PROGRAM);
    let said = |mut command: std::process::Command| {
        let output = command.output().expect("the program under test can be started");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = said(setup.command(&["run", "page"]));
    assert!(code == Some(2) && text.contains("HOOKBOX_TOKEN"), "{code:?} {text}");
    let nobody = ["run", "page", "--url", "http://127.0.0.1:9", "--token", "x"];
    let (code, text) = said(setup.command(&nobody));
    assert!(code == Some(1) && text.contains("127.0.0.1:9"), "{code:?} {text}");
}
