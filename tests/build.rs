//! Builds the guests of `guests/` into components and puts them into one folder, as an operator would put plugins.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::Context;

/// The folders in `guests/`; the names of packages and of plugins.
const GUESTS: [&str; 6] = ["looping", "memory-eater", "trapping", "failing", "slow", "noting"];

fn main() -> anyhow::Result<()> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR for a build script")?);
    // Asked of cargo now: a target folder that several clones share may hold this script as another clone compiled it.
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?);
    let workspace_dir = here.join("guests");
    let target_dir = hookbox_build::target_dir_beside(&out_dir);
    let components = hookbox_build::components(&workspace_dir, &GUESTS, &target_dir)?;
    let folder = out_dir.join("guests");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, component) in GUESTS.iter().zip(&components) {
        let installed = folder.join(name).with_extension("wasm");
        fs::copy(component, &installed).with_context(|| format!("cannot copy {}", component.display()))?;
    }
    tell_where(&folder);
    hookbox_build::watch(&workspace_dir, &components)
}

fn tell_where(folder: &Path) {
    println!("cargo::rustc-env=HOOKBOX_TEST_GUESTS={}", folder.display());
}
