//! The layering check: the manifests against the table of ARCHITECTURE.md.
//!
//! A crate imports those of ours that its row names and no others; a crate of others that is somebody's door stands in
//! the manifests of those whose door it is and in no other. Reads what `cargo metadata` says, so that nothing has to be
//! compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::source::{Finding, repository};

/// The document that holds the table.
pub const DOCUMENT: &str = "ARCHITECTURE.md";

/// The heading above the table.
const HEADING: &str = "## Layers";

/// One row: a crate, or a family of crates whose names begin the same (`hookbox-plugin-*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    name: String,
    imports: BTreeSet<String>,
    tests_import: BTreeSet<String>,
    doors: BTreeSet<String>,
    never: BTreeSet<String>,
}

/// A manifest, as far as it matters here.
#[derive(Debug, Clone)]
pub struct Package {
    name: String,
    imports: BTreeSet<String>,
    tests_import: BTreeSet<String>,
}

/// Reads the table: crate, may import, its tests also, its doors, never.
pub fn table(document: &str) -> Result<Vec<Layer>, String> {
    let section = document.split_once(HEADING).ok_or(format!("{DOCUMENT} has no section {HEADING:?}"))?.1;
    let section = section.split("\n## ").next().unwrap_or(section);
    let mut layers = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [name, imports, tests_import, doors, never] = cells.as_slice() else {
            return Err(format!("a row of the table of layers has not five cells: {row}"));
        };
        let name = names(name).pop_first().ok_or(format!("a row of the table of layers names no crate: {row}"))?;
        let [imports, tests_import] = [imports, tests_import].map(|cell| names(cell));
        layers.push(Layer { name, imports, tests_import, doors: names(doors), never: names(never) });
    }
    Ok(layers)
}

/// The packages of this workspace, as Cargo reads them.
pub fn packages() -> Vec<Package> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(repository());
    let output = command.output().expect("the cargo that built this test runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    packages_of(&serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON"))
}

/// The packages in a `cargo metadata` document.
pub fn packages_of(metadata: &Value) -> Vec<Package> {
    let listed = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = listed(&metadata["packages"]).into_iter().map(|package| {
        let mut found =
            Package { name: text(&package["name"]), imports: BTreeSet::new(), tests_import: BTreeSet::new() };
        for dependency in listed(&package["dependencies"]) {
            let is_dev = dependency["kind"] == "dev";
            let side = if is_dev { &mut found.tests_import } else { &mut found.imports };
            side.insert(text(&dependency["name"]));
        }
        found
    });
    packages.collect()
}

/// Every manifest that does not keep to the table, and every row that no manifest answers to.
pub fn check(packages: &[Package], layers: &[Layer]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut owners: BTreeMap<&str, Vec<&Layer>> = BTreeMap::new();
    for layer in layers {
        layer.doors.iter().for_each(|door| owners.entry(door).or_default().push(layer));
        if !packages.iter().any(|package| layer.covers(&package.name)) {
            findings.push(Finding::new(DOCUMENT, 0, format!("has a row for {}, which is no crate", layer.name)));
        }
    }
    for package in packages {
        match layers.iter().find(|layer| layer.covers(&package.name)) {
            Some(layer) => findings.extend(package.against(layer, &owners)),
            None => findings.push(Finding::new(DOCUMENT, 0, format!("has no row for the crate {}", package.name))),
        }
    }
    findings
}

impl Layer {
    fn covers(&self, package: &str) -> bool {
        covers(&self.name, package)
    }
}

impl Package {
    fn against(&self, layer: &Layer, owners: &BTreeMap<&str, Vec<&Layer>>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut found = |what: String| findings.push(Finding::new(&self.name, 0, what));
        let allowed = |set: &BTreeSet<String>, name: &str| set.iter().any(|pattern| covers(pattern, name));
        for name in self.imports.union(&self.tests_import) {
            let only_tests = !self.imports.contains(name);
            let is_ours = name == "hookbox" || name.starts_with("hookbox-");
            let in_tests = only_tests && allowed(&layer.tests_import, name);
            if is_ours && !allowed(&layer.imports, name) && !in_tests {
                found(format!("imports {name}, which its row in {DOCUMENT} does not allow"));
            }
            if allowed(&layer.never, name) {
                found(format!("imports {name}, which its row in {DOCUMENT} forbids"));
            }
            let strangers =
                owners.get(name.as_str()).filter(|owners| !owners.iter().any(|owner| owner.name == layer.name));
            if let (Some(owners), false) = (strangers, in_tests) {
                let owners: Vec<&str> = owners.iter().map(|owner| owner.name.as_str()).collect();
                found(format!("imports {name}, which is the door of {}", owners.join(" and ")));
            }
        }
        findings
    }
}

/// Whether a name is the pattern, or begins with it when it ends in `*`.
fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
