//! Builds the built-in plugins into components and puts them where `lib.rs` embeds them from.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::Context;

/// The folders beside this file; the names of plugins.
const PLUGINS: [&str; 7] = [
    "send-message",
    "update-contact",
    "assign-conversation",
    "add-to-list",
    "remove-from-list",
    "close-conversation",
    "http-request",
];

fn main() -> anyhow::Result<()> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR for a build script")?);
    // Asked of cargo now: a target folder that several clones share may hold this script as another clone compiled it.
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?);
    let workspace_dir = here.parent().context("this package is a folder of the workspace")?;
    let packages = PLUGINS.map(|name| format!("hookbox-plugin-{name}"));
    let packages = packages.each_ref().map(String::as_str);
    let components = hookbox_build::components(workspace_dir, &packages, &hookbox_build::target_dir_beside(&out_dir))?;
    for (name, component) in PLUGINS.iter().zip(&components) {
        let embedded = out_dir.join(name).with_extension("wasm");
        fs::copy(component, &embedded).with_context(|| format!("cannot copy {}", component.display()))?;
    }
    hookbox_build::watch(workspace_dir, &components)
}
