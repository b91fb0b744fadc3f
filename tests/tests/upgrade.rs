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

/// A host on a directory that `prepare` fills, given the components of the program of today.
fn started(key: &str, prepare: impl FnOnce(&Path, &Path)) -> Program {
    let fresh = Setup::new(PROGRAM).start();
    let setup = Setup::new(PROGRAM).variable("HOOKBOX_SECRET_KEY", key).variable("HOOKBOX__HOST__KEEP_DAYS", 0);
    setup.start_on(|data| prepare(data, &fresh.data().join("components"))).0
}

/// What was answered of a kept store.
fn kept_of(release: &Path) -> Value {
    let kept = fs::read(release.join("expected.json")).expect("what was answered");
    let mut kept: Value = serde_json::from_slice(&kept).expect("JSON");
    let answers = kept["answers"].as_object_mut().expect("answers by path");
    assert!(answers.len() > 50, "{} answers are kept", answers.len());
    // Up to schema 5 messages of all contacts came contact by contact, and then by time.
    for (_, page) in answers.iter_mut().filter(|(of, _)| of.ends_with(" messages")) {
        page["items"].as_array_mut().expect("a page").sort_by_key(|message| text(&message["id"]));
    }
    kept
}

/// Today's program answers what was answered then.
#[track_caller]
fn assert_answers(program: &Program, kept: &Value, release: &Path) {
    let mut findings = Vec::new();
    for (of, answer) in kept["answers"].as_object().expect("answers by path") {
        let (workspace, path) = of.split_once(' ').expect("a workspace and a path");
        let found = program.admin().in_workspace(workspace).get(&format!("/api/v1/{path}"));
        findings.extend(lost(of, answer, &found.success().json()));
    }
    assert!(findings.is_empty(), "{}: {} differ\n{}", release.display(), findings.len(), findings.join("\n"));
    let all = |path: &str| program.admin().all(&format!("/api/v1/{path}"));
    for what in ["runs", "messages"] {
        let of_contact = |contact: &Value| all(&format!("{what}?contact={}", text(&contact["id"]))).len();
        let of_contacts: usize = all("contacts").iter().map(of_contact).sum();
        let of_nobody = all(what).iter().filter(|record| record["contact"].is_null()).count();
        assert_eq!(of_contacts + of_nobody, all(what).len(), "each of the {what} is found by its contact");
    }
}

#[test]
fn a_store_of_every_release_opens_and_answers_what_it_answered_then() {
    for release in releases() {
        let kept = kept_of(&release);
        let mut program = started(&text(&kept["key"]), |data, components| unpack(&release, data, components));
        assert_answers(&program, &kept, &release);

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

#[test]
fn a_backup_of_a_store_of_every_release_is_restored_and_answers_what_was_answered_then() {
    for release in releases() {
        let kept = kept_of(&release);
        let run = |arguments: &[&str]| {
            Setup::new(PROGRAM).command(arguments).output().expect("the program under test can be started")
        };
        let program = started(&text(&kept["key"]), |data, components| {
            let home = tempfile::tempdir().expect("a directory");
            let [old, file] = ["old", "a.backup"].map(|name| home.path().join(name).to_string_lossy().into_owned());
            let data = data.to_string_lossy().into_owned();
            unpack(&release, Path::new(&old), components);
            // Where components of that release's own plugins are not kept it says so, and copies the rest.
            run(&["backup", &file, "--data", &old]);
            let restored = run(&["restore", &file, "--data", &data, "--continue", "--accept-damage", "--json"]);
            let told: Value = serde_json::from_slice(&restored.stdout)
                .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&restored.stderr)));
            assert_eq!(wrong(&told, &sha256(&component("1.0.0", "rust"))), Vec::<&Value>::new(), "{told}");
        });
        assert_answers(&program, &kept, &release);
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
