//! How modules of the page become one answer.

use super::{Texts, Unjoined, joined};

/// Files of a small page: what every page has, and these.
fn texts(more: &[(&str, &str)]) -> Texts {
    let always = [
        ("joined.js", "export const $modules = {};\n"),
        ("app.js", "import { a } from \"./core/a.js\";\na();\n"),
        ("core/a.js", "export function a() {}\n"),
        ("css/first.css", "@import \"./base.css\";\np { margin: 0; }\n"),
        ("css/base.css", "b { margin: 0; }\n"),
    ];
    always.iter().chain(more).map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn what_is_imported_comes_first_and_in_the_same_answer() {
    let answers = joined(&texts(&[])).expect("it can be joined");
    let expected = "export const $modules = {};\n\
        $modules.run(\"core/a.js\", (() => {\nfunction a() {}\nreturn { a: a };\n}));\n\
        $modules.run(\"app.js\", (() => {\nconst { a: a } = $modules.of(\"core/a.js\");\na();\nreturn {  };\n}));\n";
    assert_eq!(answers["app.js"], expected);
    assert_eq!(answers["css/first.css"], "b { margin: 0; }\np { margin: 0; }\n");
    assert_eq!(answers.len(), 2);
}

#[test]
fn what_is_loaded_later_brings_what_the_beginning_does_not() {
    let answers = joined(&texts(&[
        ("app.js", "import { a } from \"./core/a.js\";\nexport const load = () => import(\"./pages/x/list.js\");\n"),
        (
            "pages/x/list.js",
            "import { a } from \"../../core/a.js\";\nimport { b } from \"./b.js\";\nexport default function List() {}\n",
        ),
        ("pages/x/b.js", "export const b = import.meta.url;\n"),
    ]));
    let answers = answers.expect("it can be joined");
    assert!(
        answers["app.js"].contains("const load = () => $modules.later(\"pages/x/list.js\");"),
        "{}",
        answers["app.js"]
    );
    let expected = "import { $modules } from \"../../app.js\";\n\
        $modules.run(\"pages/x/b.js\", (() => {\nconst b = $modules.address(\"pages/x/b.js\");\nreturn { b: b };\n}));\n\
        $modules.run(\"pages/x/list.js\", (() => {\nconst { a: a } = $modules.of(\"core/a.js\");\n\
        const { b: b } = $modules.of(\"pages/x/b.js\");\nfunction List() {}\nreturn { default: List };\n}));\n";
    assert_eq!(answers["pages/x/list.js"], expected);
}

#[test]
fn names_may_be_others_on_the_other_side() {
    let answers = joined(&texts(&[
        (
            "app.js",
            "import { a as one } from \"./core/a.js\";\nexport {\n  b, c as d,\n} from \"./lib/l.js\";\none();\n",
        ),
        ("lib/l.js", "var x=1,y=2;export{x as b,y as c};"),
    ]));
    let app = &answers.expect("it can be joined")["app.js"];
    assert!(app.contains("const { a: one } = $modules.of(\"core/a.js\");"), "{app}");
    assert!(app.contains("var x=1,y=2;\nreturn { b: x, c: y };"), "{app}");
    assert!(app.contains("return { b: $modules.of(\"lib/l.js\").b, d: $modules.of(\"lib/l.js\").c };"), "{app}");
}

#[test]
fn what_cannot_be_joined_is_refused_and_named() {
    let ring = ("core/a.js", "import { b } from \"./b.js\";\nexport function a() {}\n");
    let ring_on = ("core/b.js", "import { a } from \"./a.js\";\nexport function b() {}\n");
    let form = |line: &str| Unjoined::Form { name: "core/a.js".into(), line: line.into() };
    let missing = |name: &str, by: &str| Unjoined::NoSuchFile { name: name.into(), by: by.into() };
    let cases = [
        (vec![ring, ring_on], Unjoined::Ring { name: "core/a.js".into() }),
        (vec![("core/a.js", "import { b } from \"./b.js\";\n")], missing("core/b.js", "core/a.js")),
        (vec![("core/a.js", "const l = () => import(\"./b.js\");\n")], missing("core/b.js", "app.js")),
        (vec![("css/first.css", "@import \"./other.css\";\n")], missing("css/other.css", "css/first.css")),
        (vec![("core/a.js", "import a from \"./b.js\";\n")], form("import a from \"./b.js\";")),
        (vec![("core/a.js", "import * as a from \"./b.js\";\n")], form("import * as a from \"./b.js\";")),
        (vec![("core/a.js", "import { a } from \"elsewhere\";\n")], form("import { a } from \"elsewhere\";")),
        (vec![("core/a.js", "export let a = 1;\n")], form("export let a = 1;")),
        (vec![("core/a.js", "export * from \"./b.js\";\n")], form("export * from \"./b.js\";")),
    ];
    for (files, refused) in cases {
        assert_eq!(joined(&texts(&files)), Err(refused), "{files:?}");
    }
}
