//! Plugins of every release of the contract keep running: they pass the check of an upload and do what they did, as their fixtures
//! of that time say. What is frozen is never replaced.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use hookbox_tests::author::{self, printed};
use hookbox_tests::frozen::{LANGUAGES, component};
use hookbox_tests::source::repository;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Every frozen file by its path in `tests/frozen`, with its SHA-256; of a compressed component that of what is in it, which is what
/// a host knows it by. A release adds lines, and no line ever changes. (The contract itself is compared by the tests of the sandbox.)
const FROZEN: &[(&str, &str)] = &[
    ("1.0.0/fixtures/busy.json", "be28a897382e9631c82b8406b2234921c29e950b200af9ded275cf1fbdbece03"),
    ("1.0.0/fixtures/cold.json", "04852191b2c5251e501da0148603b1dbf2688ccbb96e0408b127f361bb5f0607"),
    ("1.0.0/fixtures/hot.json", "4a4b4d5fc5f23a42c549ec8f3cdecf8d5b88cde5653a5098bbc19f55c88ee091"),
    ("1.0.0/fixtures/no-company.json", "bd0e9591f500c8b5f8b00df9f7184faec8b07d381feb757f5958e605ba141fb7"),
    ("1.0.0/fixtures/refused.json", "82ab1f0e9075c51b3896b81428e02b29c3e35f35302677be1391f1b8e89fc2d4"),
    ("1.0.0/fixtures/silent.json", "02fd782d5d646928b5fab969a405d4a4b702b0c8e3174e3511c916bf90a64765"),
    ("1.0.0/fixtures/unknown.json", "b6b0bd48042f55c445328f9add68476f44688654cf4573ef1824c9ff0ab76614"),
    ("1.0.0/fixtures/unreadable.json", "067c653445c9181b44d38af4968451ca73503dc3cca22034dbbccb3dc422d93b"),
    ("1.0.0/score-lead-js.wasm.zst", "1adaa00e65ca313105665d4d06ceb65503c454f982be6f98c7b73d34674c636b"),
    ("1.0.0/score-lead-python.wasm.zst", "6691ad58b7d038f753298bb10804fd67dcb6ed0ad298e43dc29da38b692a9705"),
    ("1.0.0/score-lead-rust.wasm.zst", "6e1cf3c7d08537676740c3426dd37f532e922b8143a626e2f25d9f042c308882"),
];

/// Where compiled components are kept between runs of this test.
const CACHES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/frozen");

#[test]
fn what_was_released_is_never_replaced() {
    let folder = repository().join("tests/frozen");
    let mut found = BTreeMap::new();
    for release in releases() {
        for path in files(&folder.join(&release)).into_iter().chain(files(&folder.join(&release).join("fixtures"))) {
            let name =
                path.strip_prefix(&folder).expect("it is in the folder").to_str().expect("a path that is a text");
            found.insert(name.to_owned(), sha256(&content(&release, &path)));
        }
    }
    let listed = FROZEN.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned()));
    assert_eq!(found, listed.collect());
}

#[test]
fn plugins_of_every_release_are_taken_and_do_what_they_did() {
    for release in releases() {
        let fixtures = files(&repository().join("tests/frozen").join(&release).join("fixtures"));
        assert!(!fixtures.is_empty(), "{release} has no fixtures");
        for language in LANGUAGES {
            meets(&format!("{release} in {language}"), &component(&release, language), &fixtures);
        }
    }
}

/// Checks a component as an upload is checked, and tries it out on every fixture.
#[track_caller]
fn meets(what: &str, component: &[u8], fixtures: &[PathBuf]) {
    let home = tempfile::tempdir().expect("a temporary folder");
    fs::write(home.path().join("plugin.wasm"), component).expect("a writable folder");
    let report = printed(&hookbox(home.path(), &["plugin", "check", "plugin.wasm", "--json"]));
    assert_eq!(report["faults"], Value::Array(Vec::new()), "{what}");
    assert_eq!(report["digest"], sha256(component), "{what}");
    let mut arguments = vec!["plugin", "test", "plugin.wasm", "--json"];
    for fixture in fixtures {
        arguments.extend(["--fixture", fixture.to_str().expect("a path that is a text")]);
    }
    let tried = printed(&hookbox(home.path(), &arguments));
    assert_eq!(tried["met"], true, "{what}: {tried:#}");
    assert_eq!(tried["trials"].as_array().map(Vec::len), Some(fixtures.len()), "{what}");
}

fn hookbox(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = author::command(env!("CARGO_BIN_EXE_hookbox-under-test"), dir, Path::new(CACHES));
    command.args(arguments).output().expect("the program under test can be started")
}

/// The names of the folders, one for each release.
fn releases() -> Vec<String> {
    let entries = fs::read_dir(repository().join("tests/frozen")).expect("the folder of what is frozen");
    // Stores of releases lie in a folder of their own, `store`.
    let of_contract = |name: &std::ffi::OsStr| name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit);
    let folders = entries.map(|entry| entry.expect("a readable entry"));
    let folders = folders.filter(|entry| entry.path().is_dir() && of_contract(&entry.file_name()));
    let mut names: Vec<_> = folders.map(|folder| folder.file_name().into_string().expect("a text")).collect();
    names.sort();
    assert!(!names.is_empty(), "nothing is frozen");
    names
}

/// The files right in a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a readable entry").path());
    let mut files: Vec<_> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// A file, or the component that is compressed in it.
fn content(release: &str, path: &Path) -> Vec<u8> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let language = name.strip_prefix("score-lead-").and_then(|name| name.strip_suffix(".wasm.zst"));
    match language {
        Some(language) => component(release, language),
        None => fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
