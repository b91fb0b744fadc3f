//! The inputs of the fuzz targets that are kept: one folder for each target, one file for each input.
//!
//! The targets themselves are in `tests/targets`; `tests/kept.rs` replays the kept inputs, `tests/guided.rs` looks for more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One kept input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The name of its file: what it is, or the SHA-1 that libFuzzer calls it by.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// Where the inputs of all targets are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The kept inputs of a target, by name.
pub fn kept(target: &str) -> io::Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder().join(target))? {
        let entry = entry?;
        kept.push(Kept { name: entry.file_name().to_string_lossy().into_owned(), bytes: fs::read(entry.path())? });
    }
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(kept)
}
