//! Stores of every release, kept in `frozen/store/`: today's program opens each and answers what was answered then, and goes on with it.
//!
//! When this fails, what customers have stored cannot be read any more. The kept files are never made anew: mend the program, by a
//! reader of the old version of a record or by a step from one schema to the next (`host/store-redb/src/migrate.rs`).

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use hookbox_tests::frozen::component;
use hookbox_tests::journal::sha256;
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::source::repository;
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// The folders of the releases, by the schema that they wrote.
fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("tests/frozen/store")).expect("the folder of kept stores");
    let mut folders: Vec<_> =
        entries.map(|entry| entry.expect("a readable entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "no store is kept");
    folders
}

/// Puts a kept store into a directory, with the components that it names: that of a customer, and those of the program of today.
fn unpack(release: &Path, data: &Path, components: &Path) {
    let into = data.join("components");
    fs::create_dir_all(&into).expect("a folder");
    let packed = fs::read(release.join("store.redb.zst")).expect("a kept store");
    let mut store = Vec::new();
    let decoder = ruzstd::decoding::StreamingDecoder::new(packed.as_slice());
    decoder.expect("a compressed file").read_to_end(&mut store).expect("a whole file");
    fs::write(data.join("store.redb"), store).expect("a writable folder");
    fs::copy(release.join("store.hwm"), data.join("store.hwm")).expect("the mark");
    let uploaded = component("1.0.0", "rust");
    fs::write(into.join(format!("{}.wasm", sha256(&uploaded))), uploaded).expect("a writable folder");
    for entry in fs::read_dir(components).expect("components of today") {
        let path = entry.expect("a readable entry").path();
        fs::copy(&path, into.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// What is kept and not answered so any more. What is answered beside it is new and does no harm.
fn lost(at: &str, kept: &Value, found: &Value) -> Vec<String> {
    match (kept, found) {
        (Value::Object(kept), Value::Object(found)) => {
            let of = |(key, kept): (&String, &Value)| {
                lost(&format!("{at}/{key}"), kept, &found.get(key).cloned().unwrap_or_default())
            };
            kept.iter().flat_map(of).collect()
        }
        (Value::Array(kept), Value::Array(found)) if kept.len() == found.len() => {
            let pairs = kept.iter().zip(found).enumerate();
            pairs.flat_map(|(index, (kept, found))| lost(&format!("{at}/{index}"), kept, found)).collect()
        }
        _ if kept == found => Vec::new(),
        _ => vec![format!("{at}: {kept} was kept, and {found} is answered")],
    }
}

fn started(release: &Path, key: &str) -> Program {
    let fresh = Setup::new(PROGRAM).start();
    let setup = Setup::new(PROGRAM).variable("HOOKBOX_SECRET_KEY", key).variable("HOOKBOX__HOST__KEEP_DAYS", 0);
    setup.start_on(|data| unpack(release, data, &fresh.data().join("components"))).0
}

#[test]
fn a_store_of_every_release_opens_and_answers_what_it_answered_then() {
    for release in releases() {
        let kept = fs::read(release.join("expected.json")).expect("what was answered");
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        let mut program = started(&release, &text(&kept["key"]));
        let answers = kept["answers"].as_object().expect("answers by path");
        assert!(answers.len() > 50, "{} answers are kept", answers.len());
        let mut findings = Vec::new();
        for (of, answer) in answers {
            let (workspace, path) = of.split_once(' ').expect("a workspace and a path");
            let found = program.admin().in_workspace(workspace).get(&format!("/api/v1/{path}"));
            findings.extend(lost(of, answer, &found.success().json()));
        }
        assert!(findings.is_empty(), "{}: {} differ\n{}", release.display(), findings.len(), findings.join("\n"));

        let request = &kept["request"];
        let path = format!("/automations/{}", text(&request["automation"]));
        let webhook = Webhook { automation: text(&request["automation"]), path, key: text(&request["key"]) };
        let run = program.admin().final_run(&webhook.capture(program.address(), &request["body"]));
        assert_eq!(run["state"], "succeeded", "the automation and its key are good: {run}");
        assert!(program.stop().success());
        let data = program.data().to_string_lossy().into_owned();
        let report = program.run_json(&["check-store", "--data", &data, "--json"]);
        assert_eq!(wrong(&report, &sha256(&component("1.0.0", "rust"))), Vec::<&Value>::new(), "every row can be read");
    }
}

/// What is wrong in a store, but for the components of that release's own plugins: they are not kept, and today's program brings
/// others. That of the customer, with this digest, has to be there.
fn wrong<'r>(report: &'r Value, uploaded: &str) -> Vec<&'r Value> {
    let findings = report["findings"].as_array().expect("findings");
    let is_not_kept = |finding: &Value| {
        let absent = text(&finding["what"]).starts_with("its component cannot be read: ");
        absent && finding["table"] == "plugins" && !text(&finding["key"]).contains(uploaded)
    };
    findings.iter().filter(|finding| !is_not_kept(finding)).collect()
}

#[test]
fn only_a_component_that_is_not_kept_may_be_missing() {
    let finding = |table: &str, key: &str, what: &str| json!({"table": table, "key": key, "what": what});
    let absent = "its component cannot be read: No such file or directory (os error 2)";
    let report = json!({"findings": [
        finding("plugins", "01ab", absent),
        finding("plugins", "01cd", absent),
        finding("plugins", "01ab", "its component is damaged; install it again"),
        finding("runs", "01ab", absent),
    ]});
    let kept: Vec<&Value> = report["findings"].as_array().expect("findings").iter().skip(1).collect();
    assert_eq!(wrong(&report, "cd"), kept);
}

#[test]
fn what_is_not_answered_as_it_was_is_found() {
    let kept = json!({"items": [{"id": 1, "tags": ["a"]}], "next": null});
    assert_eq!(lost("x", &kept, &json!({"items": [{"id": 1, "tags": ["a"], "new": 2}], "next": null})), [""; 0]);
    for (changed, at) in [
        (json!({"items": [{"id": 2, "tags": ["a"]}], "next": null}), "x/items/0/id"),
        (json!({"items": [{"id": 1}], "next": null}), "x/items/0/tags"),
        (json!({"items": [], "next": null}), "x/items"),
        (json!({"items": [{"id": 1, "tags": ["b"]}], "next": null}), "x/items/0/tags/0"),
    ] {
        let found = lost("x", &kept, &changed);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{at}: ")), "{found:?}");
    }
}
