//! Puts the SDK, its templates and the contract into the program, so that `hookbox plugin new` needs nothing that is published.
//!
//! Writes `embedded.rs`: an array of paths and texts. Left out is what an author has no use for: tests, and what tools make.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::{env, fmt::Write};

/// Files and folders, from the root of the repository. A test compares them with what is tracked there.
const EMBEDDED: [&str; 7] = ["Cargo.toml", "LICENSE", "wit", "sdk/rust", "sdk/js", "sdk/python", "sdk/templates"];

/// Names of folders that are not gone into.
const PASSED_OVER: [&str; 8] = ["tests", "test", "examples", "target", "node_modules", ".venv", "__pycache__", "dist"];

/// Endings of files that tools make.
const MADE: [&str; 2] = ["wasm", "pyc"];

fn main() -> Result<(), Box<dyn Error>> {
    // Asked of cargo now: a target folder that several clones share may hold this script as another clone compiled it.
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?);
    let root = here.parent().ok_or("this package stands in a folder of the repository")?;
    let mut files = Vec::new();
    for entry in EMBEDDED {
        let path = root.join(entry);
        // From this package's folder, as below: another clone on this target folder has its own.
        println!("cargo::rerun-if-changed=../{entry}");
        if path.exists() {
            collect(&path, &mut files)?;
        }
    }
    files.sort();
    let mut array = String::from("[\n");
    for file in &files {
        let name = file.strip_prefix(root)?.to_str().ok_or("a path that is not text")?.replace('\\', "/");
        let from_here = format!("/../{name}");
        writeln!(array, "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {from_here:?}))),")?;
    }
    array.push_str("]\n");
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for a build script")?);
    Ok(fs::write(out_dir.join("embedded.rs"), array)?)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if path.is_file() {
        if !path.extension().is_some_and(|ending| MADE.iter().any(|made| ending == *made)) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !PASSED_OVER.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}
