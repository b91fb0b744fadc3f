//! Tells the outer cargo which files a component was made of, so that the build script runs again when one of them changes
//! and otherwise does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Prints a `rerun-if-changed` line for each source that `components` were made of, for each manifest above those, and for
/// the lock file in `workspace_dir`. To be called in a build script, whose standard output cargo reads.
///
/// # Errors
/// The list of sources that cargo writes beside each component cannot be read.
pub fn watch(workspace_dir: &Path, components: &[PathBuf]) -> anyhow::Result<()> {
    for path in watched(workspace_dir, components)? {
        tell(&path);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "standard output is how a build script speaks to cargo")]
fn tell(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn watched(workspace_dir: &Path, components: &[PathBuf]) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::from([workspace_dir.join("Cargo.toml"), workspace_dir.join("Cargo.lock")]);
    for component in components {
        let list = component.with_extension("d");
        let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
        for source in sources(&text) {
            let manifests = source.ancestors().skip(1).map(|dir| dir.join("Cargo.toml"));
            paths.extend(manifests.take(MANIFEST_DEPTH_MAX).find(|manifest| manifest.exists()));
            paths.insert(source);
        }
    }
    Ok(paths)
}

/// How many folders above a source its manifest is looked for.
const MANIFEST_DEPTH_MAX: usize = 8;

/// The sources in a rule as `make` knows it: `component: source source …`, spaces within names escaped.
fn sources(rule: &str) -> Vec<PathBuf> {
    const SPACE: &str = "\u{0}";
    let Some((_, sources)) = rule.lines().next().and_then(|line| line.split_once(": ")) else { return Vec::new() };
    let escaped = sources.replace("\\ ", SPACE);
    escaped.split_whitespace().map(|source| PathBuf::from(source.replace(SPACE, " "))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::sources;

    #[test]
    fn every_source_of_a_component_is_watched() {
        assert_eq!(
            sources("/t/a.wasm: /w/a/src/lib.rs /w/my\\ sdk/lib.rs\n"),
            [PathBuf::from("/w/a/src/lib.rs"), PathBuf::from("/w/my sdk/lib.rs")]
        );
        assert!(sources("").is_empty());
    }
}
