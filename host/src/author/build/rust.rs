//! Rust: cargo builds for `wasm32-wasip2`, which is a component already.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::author::external::External;

/// What components are compiled for.
const TARGET: &str = "wasm32-wasip2";

const MISSING: &str = "install Rust with rustup, see https://rustup.rs";

/// Builds the package in `dir`, a whole path, and puts its component at `component`.
pub(super) fn build(dir: &Path, component: &Path) -> Result<()> {
    ensure_target(dir)?;
    let manifest = dir.join("Cargo.toml");
    let mut made = Vec::new();
    let cargo = External::new("cargo", dir, MISSING).arguments(["build", "--target", TARGET, "--release"]);
    cargo.arguments(["--message-format", "json-render-diagnostics"]).run_reading(|progress, line| {
        match serde_json::from_str::<Value>(&line) {
            Ok(message) => made.extend(component_in(&message, &manifest)),
            Err(_) => progress.line(&line),
        }
    })?;
    match made.as_slice() {
        [made] => {
            fs::copy(made, component).with_context(|| format!("cannot copy {}", made.display()))?;
            Ok(())
        }
        [] => bail!("the package makes no component; it needs `crate-type = [\"cdylib\"]` under [lib] in Cargo.toml"),
        [_, _, ..] => bail!("the package makes {} components, and a plugin is one: {made:?}", made.len()),
    }
}

/// The component that a message of cargo says it made of the package with this manifest.
fn component_in(message: &Value, manifest: &Path) -> Option<PathBuf> {
    let ours = message["reason"] == "compiler-artifact"
        && message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest);
    let files = message["filenames"].as_array().filter(|_| ours)?;
    let mut paths = files.iter().filter_map(Value::as_str).map(PathBuf::from);
    paths.find(|path| path.extension().is_some_and(|ending| ending == "wasm"))
}

/// Makes sure that the compiler of this folder can build for [`TARGET`], by rustup if it cannot yet.
fn ensure_target(dir: &Path) -> Result<()> {
    if is_installed(dir)? {
        return Ok(());
    }
    let mend = "run `rustup target add wasm32-wasip2`, or install that target with the package of your system";
    let added = External::new("rustup", dir, "it is not installed").arguments(["target", "add", TARGET]).run();
    added.with_context(|| format!("the target {TARGET} is missing; {mend}"))?;
    if !is_installed(dir)? {
        bail!("rustup added {TARGET} to another Rust than the one that runs here; {mend}");
    }
    Ok(())
}

fn is_installed(dir: &Path) -> Result<bool> {
    let rustc = External::new("rustc", dir, MISSING).arguments(["--print", "target-libdir", "--target", TARGET]);
    let libraries = PathBuf::from(rustc.output()?.trim());
    let Ok(mut files) = libraries.read_dir() else { return Ok(false) };
    Ok(files.any(|file| file.is_ok_and(|file| file.file_name().as_encoded_bytes().starts_with(b"libstd-"))))
}

#[cfg(test)]
mod tests {
    use super::component_in;
    use serde_json::json;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_component_of_this_package_is_found_among_cargos_messages() {
        let message = |reason: &str, manifest: &str, file: &str| {
            let message = json!({ "reason": reason, "manifest_path": manifest, "filenames": ["/t/a.d", file] });
            component_in(&message, Path::new("/p/Cargo.toml"))
        };
        assert_eq!(
            message("compiler-artifact", "/p/Cargo.toml", "/t/plugin.wasm"),
            Some(PathBuf::from("/t/plugin.wasm"))
        );
        assert_eq!(message("compiler-artifact", "/p/hookbox/sdk/rust/Cargo.toml", "/t/plugin.wasm"), None);
        assert_eq!(message("compiler-artifact", "/p/Cargo.toml", "/t/plugin.rlib"), None);
        assert_eq!(message("build-finished", "/p/Cargo.toml", "/t/plugin.wasm"), None);
    }
}
