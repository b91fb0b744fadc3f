//! The audit log as whoever keeps a host sees it: who did what, found again, and whole however the host ended.

use hookbox_tests::documents::ORDER_SHIPPED;
use hookbox_tests::program::{Program, Setup};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// The acts of the entries that a command prints, newest first.
#[track_caller]
fn acts(program: &Program, filters: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["audit", "page", "--json"].into_iter().chain(filters.iter().copied()).collect();
    let page = program.run_json(&arguments);
    assert_eq!(page["next"], Value::Null);
    let entries = page["items"].as_array().expect("entries");
    entries.iter().map(|entry| entry["act"].as_str().expect("an act").to_owned()).collect()
}

#[test]
fn what_was_changed_is_in_the_audit_log_after_the_host_was_killed_and_the_log_is_whole() {
    let mut program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let webhook = program.admin().apply_yaml(ORDER_SHIPPED);
    program.run_json(&["automation", "pause", &webhook.automation, "--json"]);
    let (all, of_host) = (acts(&program, &[]), acts(&program, &["--host"]));
    program.kill();
    program.start();
    assert_eq!(acts(&program, &[]), all, "nothing is lost, and a start adds nothing");
    assert_eq!(acts(&program, &["--host"]), of_host);
    assert_eq!(acts(&program, &["--subject", &webhook.automation]), ["automation.state", "automation.apply"]);
    assert_eq!(acts(&program, &["--act", "automation", "--by", "host"]), [] as [String; 0]);
    assert!(of_host.iter().any(|act| act == "workspace.create"), "{of_host:?}");
    for (filter, entries) in [(None, all.len()), (Some("--host"), of_host.len())] {
        let arguments: Vec<&str> = ["audit", "verify", "--json"].into_iter().chain(filter).collect();
        assert_eq!(program.run_json(&arguments), json!({"state": "whole", "entries": entries}));
    }
}
