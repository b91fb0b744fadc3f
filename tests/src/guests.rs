//! The plugins of `tests/guests`, which misbehave on purpose, built into components by this package's build script.

use std::fs;
use std::path::PathBuf;

/// The folder that holds their components, for `--plugins`.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("HOOKBOX_TEST_GUESTS"))
}

/// The component of a guest that tests upload.
pub fn upload(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("HOOKBOX_TEST_UPLOADS")).join(name).with_extension("wasm");
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
