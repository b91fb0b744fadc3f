//! Where components are built and for what: the target directory, and the compilation target, which is added when missing.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::environment;

/// What components are compiled for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The folder for components in the target directory that `out_dir`, the `OUT_DIR` of a build script, is in.
///
/// The outer cargo holds the lock of its own target directory while a build script runs, so an inner one needs another. It is
/// the same for dev and release builds: components are built once for both.
pub fn target_dir_beside(out_dir: &Path) -> PathBuf {
    // Cargo marks the target directories it makes; <target>/<profile>/build/<package>/out is where an unmarked one would be.
    let marked = out_dir.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists());
    let target_dir = marked.or_else(|| out_dir.ancestors().nth(4)).unwrap_or(out_dir);
    target_dir.join("plugins")
}

/// Makes sure that the compiler `rustc` can build for [`TARGET`], by `rustup` if it cannot yet.
pub(crate) fn ensure(rustc: &OsStr, rustup: &OsStr) -> anyhow::Result<()> {
    if is_installed(rustc)? {
        return Ok(());
    }
    let added = environment::clean(rustup).args(["target", "add", TARGET]).output();
    let why = match added {
        Ok(output) if output.status.success() && is_installed(rustc)? => return Ok(()),
        Ok(output) if output.status.success() => "rustup added it to another Rust than this one".to_owned(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("rustup did not start: {error}"),
    };
    bail!(
        "the target {TARGET} is missing and could not be added ({why}); run this once:\n\n    rustup target add {TARGET}\n"
    )
}

fn is_installed(rustc: &OsStr) -> anyhow::Result<bool> {
    let output = environment::clean(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .with_context(|| format!("cannot start {}", rustc.display()))?;
    if !output.status.success() {
        bail!("this Rust does not know the target {TARGET}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let Ok(mut files) = libraries.read_dir() else { return Ok(false) };
    Ok(files.any(|file| file.is_ok_and(|file| file.file_name().as_encoded_bytes().starts_with(b"libstd-"))))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{ensure, target_dir_beside};

    #[test]
    fn components_are_built_beside_the_profiles_whatever_the_depth() {
        let root = tempfile::tempdir().expect("a folder");
        let target = root.path().join("t");
        let check =
            |out_dir: &str| assert_eq!(target_dir_beside(&target.join(out_dir)), target.join("plugins"), "{out_dir}");
        fs::create_dir(&target).expect("a folder");
        check("debug/build/x-1/out");
        fs::write(target.join("CACHEDIR.TAG"), "").expect("a file");
        check("debug/build/x-1/out");
        check("x86_64-unknown-linux-gnu/release/build/x-1/out");
        assert_eq!(target_dir_beside(Path::new("/a/b/debug/build/x-1/out")), Path::new("/a/b/plugins"));
    }

    #[cfg(unix)]
    #[test]
    fn a_target_that_cannot_be_added_is_refused_with_the_one_command_that_mends_it() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().expect("a folder");
        let program = |name: &str, script: &str| {
            let path = root.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
            path
        };
        let libraries = root.path().join("libraries");
        fs::create_dir(&libraries).expect("a folder");
        let rustc = program("rustc", &format!("echo {}", libraries.display()));
        let offline = program("offline", "echo no network >&2; exit 1");
        let error = ensure(rustc.as_os_str(), offline.as_os_str()).expect_err("not there").to_string();
        assert!(error.contains("no network") && error.contains("\n    rustup target add wasm32-wasip2\n"), "{error}");
        let adding = program("adding", &format!("touch {}/libstd-1.rlib", libraries.display()));
        ensure(rustc.as_os_str(), adding.as_os_str()).expect("added");
        ensure(rustc.as_os_str(), offline.as_os_str()).expect("it is there now");
    }
}
