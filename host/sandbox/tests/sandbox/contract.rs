//! The contract with plugins against its released versions: what was built for one of them must run on this host.

use std::fs;
use std::path::{Path, PathBuf};

use wit_component::semver_check;
use wit_parser::{Resolve, WorldId};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The world `name` of a text of the contract beside the one of today. Its version is replaced by one that nobody has, because
/// two packages of one version cannot stand side by side; the comparison passes over versions.
fn released(resolve: &mut Resolve, text: &str, name: &str) -> WorldId {
    let (front, back) = text.split_once("package hookbox:plugin@").expect("it names its package");
    let (_, back) = back.split_once(';').expect("its version ends");
    let text = format!("{front}package hookbox:plugin@1000.0.0;{back}");
    let package = resolve.push_str("released.wit", &text).expect("the released text is right");
    resolve.select_world(&[package], Some(name)).expect("the released text has the world")
}

/// Whether a plugin for the world `name` of `released` fits the contract as it is now.
fn still_fits(text: &str, name: &str) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(repository().join("wit")).expect("the contract is right");
    let now = resolve.select_world(&[package], Some(name)).expect("the contract has the world");
    let before = released(&mut resolve, text, name);
    semver_check(resolve, before, now).map_err(|error| format!("{error:#}"))
}

fn releases() -> Vec<(String, String)> {
    let folder = repository().join("tests/frozen");
    let mut releases: Vec<_> = fs::read_dir(&folder)
        .expect("the released versions are kept")
        .map(|entry| entry.expect("a readable folder").path().join("wit/plugin.wit"))
        .filter(|path| path.exists())
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a readable text")))
        .collect();
    releases.sort();
    assert!(!releases.is_empty(), "there is at least one release in {}", folder.display());
    releases
}

#[test]
fn a_plugin_for_any_released_contract_fits_the_present_one() {
    for (path, text) in releases() {
        for world in ["effects", "action"] {
            still_fits(&text, world).unwrap_or_else(|why| panic!("{path}, world {world}: {why}"));
        }
    }
}

#[test]
fn a_change_that_would_break_plugins_is_noticed() {
    let (_, text) = releases().remove(0);
    for (what, from, to) in [
        ("a parameter had another type", "by: s64) -> result<s64", "by: u64) -> result<s64"),
        ("a record had a field more", "        /// The run (`run_…`).\n", "        extra: string,\n"),
        (
            "a function was there and is gone",
            "    /// Forgets a key.",
            "    forget-all: func();\n    /// Forgets a key.",
        ),
        ("a plugin did not export what is called now", "    export describe: func() -> manifest;\n", ""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{what}: nothing was changed");
        assert!(still_fits(&changed, "effects").is_err(), "{what}: and yet it fits");
    }
}
