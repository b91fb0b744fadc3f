//! The inner `cargo build`: packages in, components out.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::artifact::{self, Artifact};
use crate::environment;
use crate::target::{self, TARGET};

/// The profile that the built workspace has for plugins: small and quick to load.
const PROFILE: &str = "plugin";

/// Guests get a stack of 128 KiB instead of 1 MiB. A host that hands memory out again has to clean the stack's pages, and a
/// fresh instance is made for every call.
const STACK: &str = "-Clink-arg=-zstack-size=131072";

/// Builds the package in `package_dir` and returns the path of its component.
///
/// # Errors
/// The target is missing and cannot be added, or the inner cargo fails: the message ends with what the compiler said.
pub fn component(package_dir: &Path, target_dir: &Path) -> anyhow::Result<PathBuf> {
    let artifacts = build(package_dir, &[], target_dir)?;
    match artifacts.as_slice() {
        [artifact] => Ok(artifact.path.clone()),
        _ => bail!(
            "{} must make one component and makes {}: it needs `crate-type = [\"cdylib\"]` under [lib]",
            package_dir.display(),
            artifacts.len()
        ),
    }
}

/// Builds these packages of the workspace in `workspace_dir` and returns the paths of their components, in the same order.
///
/// # Errors
/// The target is missing and cannot be added, a package makes no component, or the inner cargo fails: the message ends with
/// what the compiler said.
pub fn components(workspace_dir: &Path, packages: &[&str], target_dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut arguments = Vec::new();
    for package in packages {
        arguments.extend(["--package", package]);
    }
    let artifacts = build(workspace_dir, &arguments, target_dir)?;
    let path_of = |package: &&str| {
        let artifact = artifacts.iter().find(|artifact| artifact.package == *package);
        artifact.map(|artifact| artifact.path.clone()).with_context(|| {
            format!("package {package} makes no component: it needs `crate-type = [\"cdylib\"]` under [lib]")
        })
    };
    packages.iter().map(path_of).collect()
}

fn build(dir: &Path, arguments: &[&str], target_dir: &Path) -> anyhow::Result<Vec<Artifact>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    target::ensure(&rustc, OsStr::new("rustup"))?;
    fs::create_dir_all(target_dir).with_context(|| format!("cannot make {}", target_dir.display()))?;
    let _lock = lock(target_dir)?;
    let mut command = command(dir, arguments, target_dir)?;
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("building the components in {} failed ({}):\n{said}", dir.display(), output.status);
    }
    Ok(artifact::read(&output.stdout))
}

fn command(dir: &Path, arguments: &[&str], target_dir: &Path) -> anyhow::Result<Command> {
    let manifest = dir.join("Cargo.toml");
    let manifest = fs::canonicalize(&manifest).with_context(|| format!("there is no {}", manifest.display()))?;
    let mut command = environment::clean(env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    command.arg("build").args(["--target", TARGET, "--profile", PROFILE]);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(target_dir).args(arguments);
    command.env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", STACK);
    if dir.join("Cargo.lock").exists() {
        command.arg("--locked");
    }
    Ok(command)
}

/// Two build scripts may run at once (a dev and a release build); the second waits here, and then finds everything built.
fn lock(target_dir: &Path) -> anyhow::Result<File> {
    let path = target_dir.join("hookbox-build.lock");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
