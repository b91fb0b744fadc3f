//! Installs plugins at start: those that are part of the program, and those in the operator's folder.
//!
//! Both are granted what they ask for: the first are ours, and putting a file into the folder is the operator's approval.
//! A file that is no plugin stops the start, by name: a host that runs without it would do less than it was set up for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hookbox_model::{Approval, Audited, Digest, Grants, Manifest, Origin, Plugin, PluginId, Timestamp, WorkspaceId};
use hookbox_plugins::BUILT_IN;
use hookbox_sandbox::Sandbox;
use hookbox_store::Store;
use serde_json::json;
use tracing::{debug, info};
use uuid::Uuid;

/// A component that is to be the active version of its name.
struct Candidate {
    /// What it is called in messages.
    label: String,
    origin: Origin,
    digest: Digest,
    component: Bytes,
}

/// Installs what is not installed and active yet, for every workspace. `workspace` is any one of them, to look through.
pub(crate) async fn install(
    store: &dyn Store,
    sandbox: &Sandbox,
    workspace: WorkspaceId,
    folder: Option<&Path>,
    now: Timestamp,
) -> Result<()> {
    let mut chosen: BTreeMap<String, (Candidate, Manifest)> = BTreeMap::new();
    for candidate in candidates(folder)? {
        let manifest = manifest(store, sandbox, workspace, &candidate).await?;
        // A plugin in the folder takes the place of a built-in one of its name; two in the folder are a mistake.
        if let Some((other, _)) = chosen.get(&manifest.name)
            && other.origin == candidate.origin
        {
            bail!("{} and {} are both called {:?}; remove one of them", other.label, candidate.label, manifest.name);
        }
        chosen.insert(manifest.name.clone(), (candidate, manifest));
    }
    for (candidate, manifest) in chosen.into_values() {
        activate(store, workspace, candidate, manifest, now).await?;
    }
    Ok(())
}

/// The built-in ones, then those in the folder by file name.
fn candidates(folder: Option<&Path>) -> Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = BUILT_IN
        .iter()
        .map(|built_in| Candidate {
            label: format!("the built-in plugin {}", built_in.name),
            origin: Origin::BuiltIn,
            digest: Digest::of(built_in.component),
            component: Bytes::from_static(built_in.component),
        })
        .collect();
    for path in folder.map(files).transpose()?.unwrap_or_default() {
        let component = fs::read(&path).with_context(|| format!("cannot read the plugin {}", path.display()))?;
        candidates.push(Candidate {
            label: path.display().to_string(),
            origin: Origin::Folder,
            digest: Digest::of(&component),
            component: component.into(),
        });
    }
    Ok(candidates)
}

/// Every `.wasm` file of a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read the plugin folder {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension() == Some("wasm".as_ref()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Loads the component, so that the first run finds it ready, and asks it what it is unless the store knows.
async fn manifest(
    store: &dyn Store,
    sandbox: &Sandbox,
    workspace: WorkspaceId,
    candidate: &Candidate,
) -> Result<Manifest> {
    let refused = || format!("{} is no plugin that can run here", candidate.label);
    let began = Instant::now();
    let loaded = sandbox.load(candidate.digest, &candidate.component).await.with_context(refused)?;
    debug!(plugin.digest = %candidate.digest, duration_ms = began.elapsed().as_millis(), "plugin loaded");
    match store.plugins().get(workspace, candidate.digest).await? {
        Some(known) => Ok(known.manifest.clone()),
        None => sandbox.describe(&loaded).await.with_context(refused),
    }
}

async fn activate(
    store: &dyn Store,
    workspace: WorkspaceId,
    candidate: Candidate,
    manifest: Manifest,
    now: Timestamp,
) -> Result<()> {
    let known = store.plugins().get(workspace, candidate.digest).await?;
    if known.is_some_and(|plugin| plugin.active && plugin.workspace.is_none()) {
        return Ok(());
    }
    let plugin = Plugin {
        id: PluginId::from_uuid(Uuid::now_v7()),
        workspace: None,
        approval: Approval::Approved { by: "host".to_owned(), at: now },
        grants: Grants::all_of(&manifest.needs),
        digest: candidate.digest,
        component_bytes: candidate.component.len() as u64,
        origin: candidate.origin,
        active: true,
        installed_at: now,
        activated_at: Some(now),
        manifest,
    };
    let (name, version) = (plugin.manifest.name.clone(), plugin.manifest.version.clone());
    let audited = Audited {
        at: now,
        by: Audited::HOST.to_owned(),
        act: "plugin.install",
        subject: format!("{} {name} {version}", plugin.id),
        before: "null".to_owned(),
        after: json!({"digest": plugin.digest, "origin": plugin.origin, "grants": plugin.grants.as_needs()})
            .to_string(),
    };
    let installed = store.plugins().install(&plugin, candidate.component, audited).await;
    installed.with_context(|| format!("{} was not installed", candidate.label))?;
    info!(plugin.name = name, plugin.version = version, plugin.digest = %candidate.digest, "plugin installed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{candidates, files};
    use std::fs;

    #[test]
    fn the_folder_is_read_in_the_order_of_names_and_only_wasm_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.wasm", "a.wasm", "README.md"] {
            fs::write(folder.path().join(name), b"x").expect("a writable folder");
        }
        let found = files(folder.path()).expect("a readable folder");
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["a.wasm", "b.wasm"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = candidates(Some("/nowhere/plugins".as_ref())).err().expect("no such folder");
        assert!(error.to_string().contains("/nowhere/plugins"), "{error}");
    }
}
