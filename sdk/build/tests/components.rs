//! Builds real components of packages written here, with the compiler that runs this test.

use std::fs;
use std::path::{Path, PathBuf};

use hookbox_build::{component, components};

/// A workspace of two packages without dependencies.
fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let manifest = "[workspace]\nmembers = [\"one\", \"two\"]\n[profile.plugin]\ninherits = \"release\"\n";
    fs::write(root.path().join("Cargo.toml"), manifest).expect("a file");
    package(root.path(), "one", "[lib]\nname = \"other\"\ncrate-type = [\"cdylib\"]");
    package(root.path(), "two", "");
    root
}

fn package(root: &Path, name: &str, rest: &str) {
    let source = root.join(name).join("src");
    fs::create_dir_all(&source).expect("a folder");
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}\n");
    fs::write(root.join(name).join("Cargo.toml"), manifest).expect("a file");
    fs::write(source.join("lib.rs"), "//! A guest.\n").expect("a file");
}

fn is_component(path: &Path) -> bool {
    // The magic number, then version 13 and layer 1: a component, where a core module says version 1.
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\0asm\x0d\x00\x01\x00"))
}

#[test]
fn a_package_becomes_a_component_whatever_its_library_is_called() {
    let root = workspace();
    let target: PathBuf = root.path().join("t");
    let path = component(&root.path().join("one"), &target).expect("it compiles");
    assert!(is_component(&path), "{}", path.display());
    let again = components(root.path(), &["one"], &target).expect("it compiles");
    assert_eq!(again, [path]);
    hookbox_build::watch(root.path(), &again).expect("the sources are known");
}

#[test]
fn a_package_without_a_component_and_an_error_of_the_compiler_say_what_to_mend() {
    let root = workspace();
    let target = root.path().join("t");
    let error = components(root.path(), &["one", "two"], &target).expect_err("two is a library").to_string();
    assert!(error.contains("two") && error.contains("cdylib"), "{error}");
    fs::write(root.path().join("one/src/lib.rs"), "let nonsense").expect("a file");
    let error = component(&root.path().join("one"), &target).expect_err("it cannot be compiled").to_string();
    assert!(error.contains("one/src/lib.rs:1"), "{error}");
}
