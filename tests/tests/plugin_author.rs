//! What an author of plugins does on their own machine: the tutorial as it is written, projects in every language, the report of
//! an upload, and trials on fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hookbox_tests::guests;
use hookbox_tests::prerequisites::succeeds;
use hookbox_tests::program::{Program, Setup, TOKEN};
use hookbox_tests::source::repository;
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// Where cargo and npm build for these tests, and where compiled components are kept: shared, so that a second run is quick.
const SHARED: &str = env!("CARGO_TARGET_TMPDIR");

/// A command as an author's shell would run it: with `hookbox` on the path, and nothing of the cargo that runs this test.
fn as_author(program: &str, dir: &Path) -> Command {
    let bin = dir.join(".bin");
    if !bin.exists() {
        fs::create_dir_all(&bin).expect("the test's own directory is writable");
        std::os::unix::fs::symlink(PROGRAM, bin.join("hookbox")).expect("a link can be made");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    let outer = ["CARGO", "RUSTC", "RUSTFLAGS", "RUSTDOC", "CLIPPY", "HOOKBOX", "OUT_DIR", "TARGET"];
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if outer.iter().any(|outer| name.starts_with(outer)) && !name.starts_with("CARGO_HOME") {
            command.env_remove(&*name);
        }
    }
    command.env("PATH", format!("{}:{path}", bin.display())).current_dir(dir).stdin(Stdio::null());
    command.env("CARGO_TARGET_DIR", Path::new(SHARED).join("authors")).env("XDG_CACHE_HOME", SHARED);
    command
}

fn hookbox(dir: &Path, arguments: &[&str]) -> Output {
    as_author("hookbox", dir).args(arguments).output().expect("the program under test can be started")
}

/// What a command printed, which had to succeed.
#[track_caller]
fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What a command said that had to fail, with its exit code.
#[track_caller]
fn refused(output: &Output) -> (i32, String) {
    assert!(!output.status.success(), "it succeeded: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The blocks of the tutorial that are run for a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let tutorial = fs::read_to_string(repository().join("sdk/README.md")).expect("the tutorial");
    let mark = format!("```sh run={language}\n");
    tutorial.split(&mark).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

/// Runs the blocks of a language one after the other against a real host; gives what they printed together.
fn follow(language: &str) -> (Program, String) {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    program.run_json(&["list", "create", "leads", "--json"]);
    let mut said = String::new();
    for block in blocks(language) {
        let mut shell = as_author("sh", program.home());
        shell.args(["-e", "-c", &block]).env("HOOKBOX_URL", program.url()).env("HOOKBOX_TOKEN", TOKEN);
        // What `hookbox automation apply` printed, as the reader copies it.
        for (variable, label) in [("URL", "url  "), ("KEY", "key  ")] {
            let line = said.lines().filter_map(|line| line.strip_prefix(label)).next_back();
            shell.env(variable, line.and_then(|line| line.split_whitespace().next()).unwrap_or_default());
        }
        let output = shell.output().expect("a shell");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the tutorial's\n{block}\nended with {}:\n{stdout}\n{stderr}", output.status);
        said.push_str(&stdout);
    }
    (program, said)
}

/// Whether a program is there; says so when the test is skipped for want of it.
fn is_there(name: &str, arguments: &[&str], test: &str) -> bool {
    let found = succeeds(Command::new(name).args(arguments));
    if !found {
        eprintln!("skipped: {test}: `{name} {}` does not work here", arguments.join(" "));
    }
    found
}

#[test]
fn the_tutorial_leads_from_nothing_to_an_action_that_ran() {
    let (program, said) = follow("rust");
    assert!(said.contains("Request captured successfully"), "{said}");
    assert!(said.contains("All 2 fixtures are met."), "{said}");
    let captures = program.admin().all("/api/v1/captures");
    let [capture] = captures.as_slice() else { panic!("the tutorial sends one request: {captures:?}") };
    let capture = capture["id"].as_str().expect("a capture has an id").to_owned();
    let run = program.admin().final_run(&capture);
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["steps"][0]["output"], json!({"source": "fair"}), "{run}");
    assert!(said.contains("0.1.0 (active) and 0.2.0 on 1 captures: 1 the same, 0 different"), "{said}");
    let versions = program.admin().all("/api/v1/plugins?name=welcome");
    let mut versions: Vec<_> = versions.iter().map(|one| (&one["manifest"]["version"], &one["active"])).collect();
    versions.sort_by_key(|(version, _)| version.to_string());
    let expected = [("0.1.0", true), ("0.2.0", false)].map(|(version, active)| (json!(version), json!(active)));
    assert_eq!(versions, expected.each_ref().map(|(version, active)| (version, active)), "the first one is back");
    let acts: Vec<Value> = program.admin().all("/api/v1/audit").iter().map(|entry| entry["act"].clone()).collect();
    assert_eq!(acts.iter().filter(|act| *act == "plugin.activate").count(), 2, "each version was active: {acts:?}");
    let contact = &program.admin().all("/api/v1/contacts")[0];
    assert_eq!((&contact["fields"]["source"], &contact["lists"][0]["name"]), (&json!("fair"), &json!("leads")));
}

#[test]
fn the_tutorial_works_in_javascript_where_npm_is_there() {
    let test = "the tutorial in JavaScript";
    if is_there("node", &["--version"], test)
        && is_there("npm", &["view", "@bytecodealliance/componentize-js", "version"], test)
    {
        let (program, _) = follow("js");
        assert_eq!(program.admin().all("/api/v1/automations").len(), 1);
    }
}

#[test]
fn the_tutorial_works_in_python_where_python_is_there() {
    let test = "the tutorial in Python";
    let reaches = ["-m", "pip", "download", "--no-deps", "--quiet", "--dest", SHARED, "componentize-py"];
    if is_there("python3", &["-m", "venv", "--help"], test) && is_there("python3", &reaches, test) {
        let (program, _) = follow("python");
        assert_eq!(program.admin().all("/api/v1/automations").len(), 1);
    }
}

/// The texts of the files under a folder, by path.
fn texts_under(root: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of the test's own") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            texts_under(root, &path, texts);
        } else {
            let name = path.strip_prefix(root).expect("it is under the root").to_string_lossy().into_owned();
            texts.insert(name, fs::read_to_string(&path).expect("every file is a text"));
        }
    }
}

#[test]
fn a_new_project_has_exactly_what_is_tracked_of_the_sdk_and_the_contract() {
    // With those that will be tracked as soon as somebody adds them.
    let list = ["ls-files", "--cached", "--others", "--exclude-standard", "sdk", "wit"];
    let tracked = printed(&Command::new("git").args(list).current_dir(repository()).output().expect("git"));
    let is_of_no_use = |path: &str| path.split('/').any(|part| ["test", "tests", "examples"].contains(&part));
    for language in ["rust", "js", "python"] {
        let home = folder();
        hookbox(home.path(), &["plugin", "new", "a-plugin", "--lang", language]);
        let vendored_in = home.path().join("a-plugin/hookbox");
        let mut vendored = BTreeMap::new();
        texts_under(&vendored_in, &vendored_in, &mut vendored);
        let own = format!("sdk/{language}/");
        let expected: BTreeSet<&str> = tracked
            .lines()
            .filter(|path| (path.starts_with(&own) || path.starts_with("wit/")) && !is_of_no_use(path))
            .collect();
        let found: BTreeSet<&str> =
            vendored.keys().map(String::as_str).filter(|path| !["Cargo.toml", "LICENSE"].contains(path)).collect();
        let differing: Vec<_> = found.symmetric_difference(&expected).collect();
        assert!(differing.is_empty(), "{language}: {differing:?}");
        for path in expected {
            let original = fs::read_to_string(repository().join(path)).expect("a tracked file");
            assert_eq!(vendored[path], original, "{path}");
        }
    }
}

#[test]
fn a_name_that_is_none_and_a_folder_that_is_not_empty_are_refused_with_the_rule() {
    let home = folder();
    let (code, said) = refused(&hookbox(home.path(), &["plugin", "new", "Score Lead", "--lang", "rust"]));
    assert!(code == 2 && said.contains("lower case letters, digits and dashes"), "{code} {said}");
    let arguments = ["plugin", "new", "score-lead", "--lang", "js", "--dir", "."];
    let (code, said) = refused(&hookbox(home.path(), &arguments));
    assert!(code == 1 && said.contains("is not empty"), "{code} {said}");
    let left: Vec<_> = fs::read_dir(home.path()).expect("readable").collect();
    assert_eq!(left.len(), 1, "only the test's own folder is there: {left:?}");
}

#[test]
fn a_file_that_is_no_plugin_gets_the_report_of_an_upload_and_status_1() {
    let home = folder();
    fs::write(home.path().join("text.wasm"), "(component)").expect("a writable folder");
    let output = hookbox(home.path(), &["plugin", "check", "text.wasm", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let (code, said) = refused(&output);
    assert!(code == 1 && said.contains("1 fault to mend"), "{code} {said}");
    assert!(report["faults"][0]["mend"].is_string() && report["manifest"].is_null(), "{report}");
    assert_eq!(report["digest"].as_str().map(str::len), Some(64));
}

#[test]
fn a_good_component_is_told_with_what_it_asks_for() {
    let home = folder();
    let guest = guest("noting");
    let said = printed(&hookbox(home.path(), &["plugin", "check", &guest]));
    for expected in ["noting", "asks for", "conversations.write", "It can be uploaded."] {
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
    }
}

/// The component of a guest.
fn guest(name: &str) -> String {
    guests::folder().join(name).with_extension("wasm").to_string_lossy().into_owned()
}

/// Tries a guest out on a fixture; gives what was printed as JSON, and the whole output.
fn tried(guest: &str, fixture: &Value) -> (Value, Output) {
    let home = folder();
    fs::write(home.path().join("fixture.json"), fixture.to_string()).expect("a writable folder");
    let output = hookbox(home.path(), &["plugin", "test", guest, "--fixture", "fixture.json", "--json"]);
    let trials = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (trials, output)
}

#[test]
fn a_fixture_that_is_not_met_ends_with_status_1_and_shows_the_difference() {
    let expect = json!({"expect": {"effects": [{"kind": "close"}]}});
    let (trials, output) = tried(&guest("noting"), &expect);
    let (code, said) = refused(&output);
    assert!(code == 1 && said.contains("1 of 1 fixtures are not met"), "{code} {said}");
    let difference = &trials["trials"][0]["differences"][0];
    assert_eq!(difference["what"], "effects", "{trials}");
    assert_eq!(difference["expected"], json!([r#"{"kind":"close"}"#]), "{trials}");
}

/// Puts the files of one folder in the place of those of another; gives how many.
fn replace_files(from: &Path, to: &Path) -> usize {
    fs::remove_dir_all(to).expect("a folder of the test's own");
    fs::create_dir(to).expect("a writable folder");
    let files = fs::read_dir(from).expect("a folder of the repository").map(|file| file.expect("a readable entry"));
    let mut count = 0;
    for file in files {
        fs::copy(file.path(), to.join(file.file_name())).expect("a file to copy");
        count += 1;
    }
    count
}

#[test]
fn the_example_meets_its_fixtures_with_calls_and_secrets_in_the_sandbox_of_production() {
    let home = folder();
    printed(&hookbox(home.path(), &["plugin", "new", "score-lead", "--lang", "rust"]));
    let (project, example) = (home.path().join("score-lead"), repository().join("sdk/example"));
    replace_files(&example.join("rust/src"), &project.join("src"));
    let count = replace_files(&example.join("fixtures"), &project.join("fixtures"));
    printed(&hookbox(home.path(), &["plugin", "build", "score-lead"]));
    let said = printed(&hookbox(home.path(), &["plugin", "test", "score-lead"]));
    assert!(count > 5 && said.contains(&format!("All {count} fixtures are met.")), "{said}");
    assert!(said.contains("POST https://enrich.example.com/v1/companies"), "{said}");
}

#[test]
fn a_plugin_that_never_ends_is_stopped_by_the_limit_of_production() {
    let looping = json!({"expect": {"failure": {"stopped": {"code": "cpu-time"}}, "effects": []}});
    let (trials, output) = tried(&guest("looping"), &looping);
    printed(&output);
    let used = &trials["trials"][0]["used"];
    assert!(used["cpu_us"].as_u64().is_some_and(|used| used >= 1_000_000), "{trials}");
}

#[test]
fn a_fixture_that_cannot_be_read_is_refused_with_its_place() {
    let (_, output) = tried(&guest("noting"), &json!({"payloads": {}}));
    let (code, said) = refused(&output);
    assert!(code == 1 && said.contains("fixture.json") && said.contains("payloads"), "{said}");
}

#[test]
fn the_reference_has_the_defaults_of_the_program() {
    let home = folder();
    let defaults = printed(&hookbox(home.path(), &["config", "--json"]));
    let defaults: Value = serde_json::from_str(&defaults).expect("the configuration as JSON");
    let reference = fs::read_to_string(repository().join("sdk/reference.md")).expect("the reference");
    let limits = reference.split_once("## Limits").expect("the section of limits").1;
    let mut compared = 0;
    for row in limits.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let pointer = format!("/sandbox/{}", cells[1].trim_matches('`').replace('.', "/"));
        let told: u64 = cells[2].replace(',', "").parse().expect("a number");
        assert_eq!(defaults.pointer(&pointer).and_then(Value::as_u64), Some(told), "{row}");
        compared += 1;
    }
    assert!(compared > 25, "only {compared} rows");
}
