//! Three languages, one contract: the example of `sdk/example`, built from its sources by the toolchain of each language, says the
//! same of itself, meets the same fixtures, and does the same to the byte.
//!
//! Where node or python3 is missing, or their packages cannot be fetched, that language is skipped, and the test says so; with
//! `CI=true` only what is missing is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use hookbox_tests::author::{self, lasting, printed};
use hookbox_tests::frozen::LANGUAGES;
use hookbox_tests::prerequisites::{has_javascript, has_npm, has_python, is_ci, succeeds};
use hookbox_tests::source::repository;
use serde_json::Value;
use tempfile::TempDir;

/// Where cargo and pip keep what they fetched and built: shared, so that a second run is quick.
const SHARED: &str = env!("CARGO_TARGET_TMPDIR");

/// The example in one language, as it was built.
struct Example {
    language: &'static str,
    manifest: Value,
    trials: Vec<Value>,
}

#[test]
fn the_example_does_the_same_in_every_language() {
    let copy = copy();
    let examples: Vec<Example> = thread::scope(|scope| {
        let builders = LANGUAGES.map(|language| scope.spawn(|| example(copy.path(), language)));
        builders
            .into_iter()
            .filter_map(|builder| builder.join().expect("the example of each language is good"))
            .collect()
    });
    let (first, others) = examples.split_first().expect("Rust is there, as it runs this test");
    let specified =
        fs::read_to_string(repository().join("sdk/example/manifest.json")).expect("the manifest as it has to be");
    let specified: Value = serde_json::from_str(&specified).expect("it is JSON");
    let fixtures = fs::read_dir(repository().join("sdk/example/fixtures")).expect("the fixtures").count();
    for Example { language, manifest, trials } in &examples {
        assert_eq!(*manifest, specified, "{language}: what it says of itself");
        assert_eq!(trials.len(), fixtures, "{language}: every fixture is tried");
    }
    for other in others {
        for (trial, same) in other.trials.iter().zip(&first.trials) {
            let (here, there) = (lasting(trial), lasting(same));
            assert_eq!(here, there, "{} and {} differ:\n{here:#}\n{there:#}", other.language, first.language);
        }
    }
}

/// Builds the example of a language in the copy and tries it out; nothing where that cannot be done here.
fn example(copy: &Path, language: &'static str) -> Option<Example> {
    if let Some(missing) = missing(language) {
        eprintln!("skipped: the example in {language}: {missing}");
        return None;
    }
    let project = format!("sdk/example/{language}");
    let built = hookbox(copy, &["plugin", "build", &project, "--json"]);
    if !built.status.success() && !is_ci() && !can_fetch(language) {
        let said = String::from_utf8_lossy(&built.stderr);
        eprintln!("skipped: the example in {language}: the packages that it is built with cannot be fetched:\n{said}");
        return None;
    }
    let mut manifest = printed(&built)["report"]["manifest"].take();
    let settings = manifest["settings"].as_str().and_then(|schema| serde_json::from_str(schema).ok());
    manifest["settings"] =
        settings.unwrap_or_else(|| panic!("{language}: the schema of the settings is JSON: {manifest}"));
    let mut tried = printed(&hookbox(copy, &["plugin", "test", &project, "--json"]));
    let trials = tried["trials"].take().as_array().cloned().unwrap_or_default();
    Some(Example { language, manifest, trials })
}

fn hookbox(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = author::command(env!("CARGO_BIN_EXE_hookbox-under-test"), dir, Path::new(SHARED));
    command.args(arguments).output().expect("the program under test can be started")
}

/// What is tracked of the SDKs, the example and the contract, and the manifest of the workspace that they inherit from: what is built
/// there leaves nothing in the repository.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    // With those that will be tracked as soon as somebody adds them.
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "sdk", "wit", "Cargo.toml"];
    let listed = Command::new("git").args(list).current_dir(repository()).output().expect("git");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("paths are texts");
    for path in listed.split_terminator('\0') {
        let (from, to) = (repository().join(path), copy.path().join(path));
        fs::create_dir_all(to.parent().expect("it is in the copy")).expect("the copy is writable");
        match fs::read_link(&from) {
            Ok(target) => std::os::unix::fs::symlink(target, &to).expect("a link can be made"),
            Err(_) => _ = fs::copy(&from, &to).unwrap_or_else(|error| panic!("{path}: {error}")),
        }
    }
    copy
}

/// What a language needs and this machine lacks.
fn missing(language: &str) -> Option<&'static str> {
    match language {
        "js" if !has_javascript() => Some("there is no node 20 or later"),
        "js" if !has_npm() => Some("there is no npm"),
        "python" if !has_python() => Some("there is no python3 of 3.11 or later with venv"),
        _ => None,
    }
}

/// Whether what a language is built with can be fetched now.
fn can_fetch(language: &str) -> bool {
    let fetched = Path::new(SHARED).join("fetched");
    let fetched = fetched.to_str().expect("a path that is a text");
    match language {
        "js" => succeeds(Command::new("npm").args(["view", "@bytecodealliance/componentize-js", "version"])),
        "python" => {
            let fetch = ["-m", "pip", "download", "--no-cache-dir", "--no-deps", "--dest", fetched, "componentize-py"];
            succeeds(Command::new("python3").args(fetch))
        }
        _ => true,
    }
}
