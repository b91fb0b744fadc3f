//! The tidy check: what every Rust file of the repository keeps to, so that a newcomer finds each room the same.
//!
//! It reads text, not types, and has no exceptions list: a rule that needs one is the wrong rule.

use crate::code::{Code, block_end, is_word, line_of, words_at};
use crate::source::{Finding, SourceFile, Tree};

/// Longer files hold two concepts.
pub const FILE_LINES_MAX: usize = 500;

/// Longer functions do two things.
pub const FUNCTION_LINES_MAX: usize = 70;

/// Names that say nothing about what is inside.
pub const NAMELESS: [&str; 6] = ["util", "utils", "common", "helpers", "misc", "types"];

/// Everything in `tree` that is not tidy.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(".rs") {
        let code = Code::of(&file.text);
        whole_file(file, &mut findings);
        long_functions(file, &code.code, &mut findings);
        globs(file, &code.code, &mut findings);
        test_faults(file, &code, &mut findings);
        unwraps(file, &code, &mut findings);
    }
    findings
}

/// Whether the file is never shipped: an integration test, a `tests.rs`, a suite that others run as a test, a bench, an example.
pub fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/benches/")
        || path.contains("/examples/")
        || path.contains("/conformance")
}

fn whole_file(file: &SourceFile, findings: &mut Vec<Finding>) {
    let mut found = |what: String| findings.push(Finding::new(&file.path, 0, what));
    if !file.text.starts_with("//!") {
        found("does not begin with //! saying what the file does, what it refuses and who calls it".into());
    }
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX {
        found(format!("has {lines} lines; past {FILE_LINES_MAX} a file holds two concepts, give the second its own"));
    }
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    if name == "mod.rs" {
        found("is a mod.rs; a room is foo.rs with its folder foo/".into());
    }
    let names = file.path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part));
    for nameless in names.filter(|name| NAMELESS.contains(name)) {
        found(format!("is called {nameless}; what has no name has no home yet: name it after what it does"));
    }
}

fn long_functions(file: &SourceFile, code: &str, findings: &mut Vec<Finding>) {
    for at in words_at(code, "fn") {
        let Some((name, open)) = body_of(code, at) else { continue };
        let first = line_of(code, at);
        let lines = line_of(code, block_end(code, open)) - first + 1;
        if lines > FUNCTION_LINES_MAX {
            let what = format!("{name} has {lines} lines; past {FUNCTION_LINES_MAX} a function does two things");
            findings.push(Finding::new(&file.path, first, what));
        }
    }
}

/// The name of the function whose `fn` stands at `at`, and where its body opens; `None` for types and signatures.
fn body_of(code: &str, at: usize) -> Option<(&str, usize)> {
    let rest = code[at + 2..].trim_start();
    let name_length = rest.bytes().take_while(|byte| is_word(*byte)).count();
    if name_length == 0 {
        return None;
    }
    let start = code.len() - rest.len();
    let mut depth = 0usize;
    for (offset, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some((&rest[..name_length], start + offset)),
            _ => {}
        }
    }
    None
}

fn globs(file: &SourceFile, code: &str, findings: &mut Vec<Finding>) {
    for at in words_at(code, "use") {
        let statement = code[at..].split(';').next().unwrap_or_default();
        if statement.contains("::*") || statement.contains("{*") || statement.contains(", *") {
            let what = "imports with *; name what is used, so that a reader finds where it is from";
            findings.push(Finding::new(&file.path, line_of(code, at), what));
        }
    }
}

fn test_faults(file: &SourceFile, code: &Code, findings: &mut Vec<Finding>) {
    let mut found =
        |text: &str, at: usize, what: &str| findings.push(Finding::new(&file.path, line_of(text, at), what));
    for (at, _) in code.code.match_indices("#[ignore") {
        found(&code.code, at, "a test that is ignored proves nothing; mend it or take it out");
    }
    if file.path.contains("/benches/") {
        return;
    }
    let tests = if is_test_file(&file.path) { &code.code } else { &code.tests };
    for word in ["sleep", "sleep_ms", "sleep_until"] {
        for at in words_at(tests, word).filter(|at| tests[at + word.len()..].trim_start().starts_with('(')) {
            found(tests, at, "a test sleeps; wait on the store, on the log or on the API with a deadline");
        }
    }
}

fn unwraps(file: &SourceFile, code: &Code, findings: &mut Vec<Finding>) {
    if is_test_file(&file.path) {
        return;
    }
    for (at, _) in code.shipped.match_indices(".unwrap()") {
        let what = "unwrap outside tests; answer an error, or expect(\"why this cannot fail\")";
        findings.push(Finding::new(&file.path, line_of(&code.shipped, at), what));
    }
}
