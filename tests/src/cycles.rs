//! The cycle check: no two modules of a crate need each other, directly or in a ring.
//!
//! Cargo keeps crates free of rings; nothing keeps modules so. Every file is a module; it needs another when it names it
//! by `use`, `crate::…`, `super::…`, `self::…` or a child's name outside of tests. A name that `lib.rs` or a parent only
//! passes on (`pub use`) counts as the module that it comes from: a ring through the front door is a ring. A part (`foo/part.rs`)
//! may use what the file of its own room (`foo.rs`) holds: the folder is the room's inside, and nobody else sees it.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{Code, is_word, words_at};
use crate::source::{Finding, Tree};

/// A module's path in its crate; the root is empty.
type ModulePath = Vec<String>;

/// What one file says about others.
#[derive(Debug, Default)]
struct Module {
    file: String,
    /// Paths it needs, absolute from the crate's root.
    needs: Vec<ModulePath>,
    /// Names it passes on, and where they come from.
    passes: BTreeMap<String, ModulePath>,
}

/// Every ring among the modules of the crates in `tree`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, BTreeMap<ModulePath, Module>> = BTreeMap::new();
    for file in tree.ending(".rs") {
        let Some((home, inside)) = file.path.split_once("/src/") else { continue };
        if inside.starts_with("bin/") {
            continue;
        }
        let path = module_path(inside);
        let module = Module { file: file.path.clone(), ..Module::default() };
        crates.entry(home).or_default().insert(path, module);
    }
    let mut findings = Vec::new();
    for modules in crates.values_mut() {
        read_paths(tree, modules);
        findings.extend(rings(modules));
    }
    findings
}

fn module_path(inside: &str) -> ModulePath {
    match inside.strip_suffix(".rs").unwrap_or(inside) {
        "lib" | "main" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

fn read_paths(tree: &Tree, modules: &mut BTreeMap<ModulePath, Module>) {
    let known: BTreeSet<ModulePath> = modules.keys().cloned().collect();
    for (path, module) in modules.iter_mut() {
        let code = Code::of(tree.text(&module.file).unwrap_or_default()).shipped;
        for at in words_at(&code, "use") {
            let statement = code[at + 3..].split(';').next().unwrap_or_default();
            let passed_on = is_public(&code[..at]);
            for used in use_tree(statement) {
                let Some(absolute) = absolute(&used, path, &known) else { continue };
                match absolute.last() {
                    Some(name) if passed_on => {
                        module.passes.insert(name.clone(), absolute.clone());
                    }
                    _ => module.needs.push(absolute),
                }
            }
        }
        for inline in inline_paths(&code) {
            module.needs.extend(absolute(&inline, path, &known));
        }
    }
}

/// Whether the text before a `use` ends in `pub` or `pub(…)`.
fn is_public(before: &str) -> bool {
    let before = before.trim_end();
    let word = match before.strip_suffix(')') {
        Some(open) => open.rsplit_once('(').map_or(open, |(word, _)| word),
        None => before,
    };
    word.ends_with("pub")
}

/// `a::{b, c::{self, d as e}}` as `a::b`, `a::c`, `a::c::d`.
fn use_tree(text: &str) -> Vec<ModulePath> {
    let text = text.trim();
    let Some(open) = text.find('{') else {
        let path = text.split(" as ").next().unwrap_or(text);
        return vec![path.split("::").map(|part| part.trim().to_owned()).collect()];
    };
    let stem: ModulePath =
        text[..open].split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let inside = text[open + 1..].trim_end().strip_suffix('}').unwrap_or(&text[open + 1..]);
    let branches = split_top(inside).into_iter().flat_map(use_tree);
    let joined = branches.map(|branch| {
        let branch: ModulePath = branch.into_iter().filter(|part| part != "self" && !part.is_empty()).collect();
        [stem.clone(), branch].concat()
    });
    joined.collect()
}

/// The parts between commas that stand in no braces.
fn split_top(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Paths in the code itself: `crate::a::b`, and every other `a::b`, of which only those that begin with a child count.
fn inline_paths(code: &str) -> Vec<ModulePath> {
    let mut paths = Vec::new();
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|byte| is_word(**byte) || **byte == b':').count();
        let goes_on = at >= 2 && &bytes[at - 2..at] == b"::";
        if !goes_on && code[at..end].contains("::") {
            paths.push(code[at..end].split("::").map(|part| part.trim_end_matches(':').to_owned()).collect());
        }
        at = end;
    }
    paths
}

/// A path from the root of the crate; `None` when it leads out of it.
fn absolute(path: &[String], here: &[String], known: &BTreeSet<ModulePath>) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([here, rest].concat()),
        "super" => {
            let up = rest.iter().take_while(|part| *part == "super").count();
            let parent = here.get(..here.len().checked_sub(up + 1)?)?;
            Some([parent, &rest[up..]].concat())
        }
        child => {
            let below = [here, &[child.to_owned()]].concat();
            known.contains(&below).then(|| [here, path].concat())
        }
    }
}

/// The module that a path ends in, names that are only passed on followed to their source.
fn home<'a>(path: &[String], modules: &'a BTreeMap<ModulePath, Module>, hops_left: usize) -> &'a [String] {
    let mut length = path.len();
    while !modules.contains_key(&path[..length]) {
        let Some(shorter) = length.checked_sub(1) else { return &[] };
        length = shorter;
    }
    let Some((found, module)) = modules.get_key_value(&path[..length]) else { return &[] };
    match path.get(length).and_then(|name| module.passes.get(name)) {
        Some(source) if hops_left > 0 => home(source, modules, hops_left - 1),
        _ => found,
    }
}

fn rings(modules: &BTreeMap<ModulePath, Module>) -> Vec<Finding> {
    const HOPS_MAX: usize = 8;
    let mut edges: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (path, module) in modules.iter().filter(|(path, _)| !path.is_empty()) {
        let needed = module.needs.iter().map(|need| home(need, modules, HOPS_MAX));
        let others = needed.filter(|other| !path.starts_with(other));
        edges.insert(path, others.collect());
    }
    let mut seen: BTreeSet<Vec<&[String]>> = BTreeSet::new();
    let mut findings = Vec::new();
    for start in edges.keys() {
        let Some(ring) = ring_through(start, &edges) else { continue };
        let mut members = ring.clone();
        members.sort_unstable();
        if seen.insert(members) {
            let names: Vec<String> = ring.iter().chain([start]).map(|path| path.join("::")).collect();
            let what =
                format!("modules need each other: {}; move what they share into one of its own", names.join(" → "));
            findings.push(Finding::new(&modules[*start].file, 0, what));
        }
    }
    findings
}

/// The shortest way from `start` back to itself.
fn ring_through<'a>(
    start: &'a [String],
    edges: &BTreeMap<&'a [String], BTreeSet<&'a [String]>>,
) -> Option<Vec<&'a [String]>> {
    let mut ways: Vec<Vec<&[String]>> = vec![vec![start]];
    let mut visited: BTreeSet<&[String]> = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last()?;
            for next in edges.get(last).into_iter().flatten() {
                if *next == start {
                    return Some(way);
                }
                if visited.insert(next) {
                    longer.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}
