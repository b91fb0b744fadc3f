//! Builds the guests of `guests/` into components and puts them into one folder, as an operator would put plugins.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::Context;

/// The folders in `guests/` whose plugins are put into the plugin folder; the names of packages and of plugins.
const GUESTS: [&str; 6] = ["looping", "memory-eater", "trapping", "failing", "slow", "noting"];

/// The folders in `guests/` whose plugins are uploaded by tests.
const UPLOADS: [&str; 2] = ["counting-1", "counting-2"];

fn main() -> anyhow::Result<()> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR for a build script")?);
    // Asked of cargo now: a target folder that several clones share may hold this script as another clone compiled it.
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?);
    let workspace_dir = here.join("guests");
    let target_dir = hookbox_build::target_dir_beside(&out_dir);
    let packages = [&GUESTS[..], &UPLOADS].concat();
    let components = hookbox_build::components(&workspace_dir, &packages, &target_dir)?;
    for (number, (name, component)) in packages.iter().zip(&components).enumerate() {
        let folder = out_dir.join(if number < GUESTS.len() { "guests" } else { "uploads" });
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let put = folder.join(name).with_extension("wasm");
        fs::copy(component, &put).with_context(|| format!("cannot copy {}", component.display()))?;
    }
    println!("cargo::rustc-env=HOOKBOX_TEST_GUESTS={}", out_dir.join("guests").display());
    println!("cargo::rustc-env=HOOKBOX_TEST_UPLOADS={}", out_dir.join("uploads").display());
    hookbox_build::watch(&workspace_dir, &components)
}
