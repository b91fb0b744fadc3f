//! The repository keeps to its own rules, and each rule fails when it is broken.

use hookbox_tests::source::{Finding, Tree, assert_clean};
use hookbox_tests::{cycles, layers, tidy, words};
use serde_json::json;

const MANY_LINES: usize = tidy::FILE_LINES_MAX + 1;

#[test]
fn every_file_is_tidy() {
    assert_clean(&tidy::check(&Tree::of_repository()));
}

#[test]
fn no_modules_of_a_crate_need_each_other() {
    assert_clean(&cycles::check(&Tree::of_repository()));
}

#[test]
fn every_concept_has_one_word() {
    let tree = Tree::of_repository();
    let document = tree.text(words::DOCUMENT).expect("the document with the table of words");
    let vocabulary = words::Vocabulary::read(document).expect("a readable table");
    assert_clean(&words::check(&tree, &vocabulary));
}

#[test]
fn every_manifest_keeps_to_its_layer() {
    let tree = Tree::of_repository();
    let document = tree.text(layers::DOCUMENT).expect("the document with the table of layers");
    let table = layers::table(document).expect("a readable table");
    assert_clean(&layers::check(&layers::packages(), &table));
}

/// One untidy file makes exactly the finding that is meant for it.
#[track_caller]
fn check_untidy(path: &str, text: &str, expected: &str) {
    assert_clean(&tidy::check(&Tree::of_texts(&[("host/fine.rs", "//! A file.\n\nfn fine() {}\n")])));
    check_finds(&tidy::check(&Tree::of_texts(&[(path, text)])), expected);
}

#[track_caller]
fn check_finds(findings: &[Finding], expected: &str) {
    let [finding] = findings else { panic!("one finding was expected ({expected}), found {findings:#?}") };
    assert!(finding.to_string().contains(expected), "{finding} does not say {expected:?}");
}

#[test]
fn the_tidy_check_finds_each_kind_of_fault() {
    let long_file = format!("//! Long.\n{}", "//\n".repeat(MANY_LINES));
    let long_function = format!("//! Long.\nfn long() {{\n{}}}\n", "    step();\n".repeat(tidy::FUNCTION_LINES_MAX));
    let cases = [
        ("host/a.rs", "fn undocumented() {}\n", "begin with //!"),
        ("host/a.rs", &long_file, "lines"),
        ("host/a.rs", &long_function, "long has 72 lines"),
        ("host/a/mod.rs", "//! A room.\n", "mod.rs"),
        ("host/util.rs", "//! Things.\n", "called util"),
        ("host/helpers/a.rs", "//! Things.\n", "called helpers"),
        ("host/a.rs", "//! A.\nuse std::fmt::*;\n", "imports with *"),
        ("host/a.rs", "//! A.\nfn a() { b().unwrap(); }\n", "unwrap outside tests"),
        (
            "host/a.rs",
            "//! A.\n#[cfg(test)]\nmod tests {\n    #[ignore]\n    fn a() {}\n}\n",
            ":4: a test that is ignored",
        ),
        ("tests/tests/a.rs", "//! A.\nfn a() { std::thread::sleep(TIME); }\n", "sleeps"),
        (
            "host/a.rs",
            "//! A.\n#[cfg(test)]\nmod tests { async fn a() { tokio::time::sleep(TIME).await } }\n",
            "sleeps",
        ),
    ];
    for (path, text, expected) in cases {
        check_untidy(path, text, expected);
    }
    let in_tests = "//! A.\n#[cfg(test)]\nmod tests { fn a() { b().unwrap(); \"#[ignore]\"; } }\n";
    assert_clean(&tidy::check(&Tree::of_texts(&[("host/a.rs", in_tests)])));
}

#[test]
fn the_cycle_check_finds_rings_directly_and_through_the_front_door() {
    let ring = |root: &str, one: &str, other: &str| {
        let files = [("host/src/lib.rs", root), ("host/src/one.rs", one), ("host/src/other.rs", other)];
        cycles::check(&Tree::of_texts(&files))
    };
    check_finds(&ring("", "use crate::other::Other;", "use super::one::{self, One};"), "one → other → one");
    let front_door = "pub use one::One;\npub use other::{Other, More};";
    check_finds(&ring(front_door, "use crate::{Other};", "fn f(one: crate::One) {}"), "one → other → one");
    assert_clean(&ring(front_door, "use crate::Other;", "#[cfg(test)]\nmod tests { use crate::One; }"));
    let part = ("host/src/one/part.rs", "pub fn g() { super::h() }");
    let room = ("host/src/one.rs", "mod part;\nfn f() { part::g() }\nfn h() {}");
    assert_clean(&cycles::check(&Tree::of_texts(&[room, part])));
    let inside = [
        ("host/src/one.rs", "mod part;\nmod piece;"),
        ("host/src/one/part.rs", "use super::piece::A;"),
        ("host/src/one/piece.rs", "fn f() { super::part::b() }"),
    ];
    check_finds(&cycles::check(&Tree::of_texts(&inside)), "one::part → one::piece → one::part");
}

#[test]
fn the_words_check_finds_a_wrong_word_in_code_in_quotes_and_in_prose() {
    let table = "## Words\n\n| say | means | never | no name | except |\n|---|---|---|---|---|\n\
                 | run | . | `gadget` | `gizmo` | `gizmo market` |\n";
    let vocabulary = words::Vocabulary::read(table).expect("a readable table");
    let check = |path: &str, text: &str, expected: &str| {
        check_finds(&words::check(&Tree::of_texts(&[(path, text)]), &vocabulary), expected);
    };
    check("README.md", "It runs Gadgets.", ":1: says \"gadget\"; the word is run");
    check("host/a.rs", "//! A.\nfn a(gizmo_id: u8) {}", ":2: says \"gizmo\"");
    check("host/a.rs", "struct GizmoId;", "says \"gizmo\"");
    check("host/a.rs", "fn a() { get(\"/api/gizmos\") }", "says \"gizmo\"");
    check("wit/a.wit", "interface gizmo {}", "says \"gizmo\"");
    let fine =
        [("a.rs", "// the gizmo market, a good gizmo\nfn a() { say(\"a good gizmo\") }"), ("b.md", "a good gizmo")];
    assert_clean(&words::check(&Tree::of_texts(&fine), &vocabulary));
    assert!(words::Vocabulary::read("## Words\n\nNothing.\n").is_err());
}

#[test]
fn the_layering_check_finds_a_forbidden_import_a_stolen_door_and_a_crate_without_a_row() {
    let table = "## Layers\n\n| crate | may import | tests also | doors | never |\n|---|---|---|---|---|\n\
                 | `hookbox-model` | – | – | – | `tokio` |\n\
                 | `hookbox-store` | `hookbox-model` | `hookbox-extra` | `redb` | – |\n";
    let table = layers::table(table).expect("a readable table");
    let check = |name: &str, dependency: &str, kind: Option<&str>| {
        let others = ["hookbox-model", "hookbox-store"].map(|name| json!({"name": name, "dependencies": []}));
        let mut packages: Vec<_> = others.into_iter().filter(|other| other["name"] != name).collect();
        packages.push(json!({"name": name, "dependencies": [{"name": dependency, "kind": kind}]}));
        layers::check(&layers::packages_of(&json!({ "packages": packages })), &table)
    };
    assert_clean(&check("hookbox-store", "hookbox-model", None));
    assert_clean(&check("hookbox-store", "redb", None));
    assert_clean(&check("hookbox-store", "hookbox-extra", Some("dev")));
    check_finds(&check("hookbox-store", "hookbox-extra", None), "does not allow");
    check_finds(&check("hookbox-model", "hookbox-store", None), "does not allow");
    check_finds(&check("hookbox-model", "hookbox-store", Some("dev")), "does not allow");
    check_finds(&check("hookbox-model", "redb", None), "the door of hookbox-store");
    check_finds(&check("hookbox-model", "tokio", None), "forbids");
    check_finds(&check("hookbox-new", "serde", None), "has no row for the crate hookbox-new");
}
