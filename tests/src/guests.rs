//! The plugins of `tests/guests`, which misbehave on purpose, built into components by this package's build script.

use std::path::PathBuf;

/// The folder that holds their components, for `--plugins`.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("HOOKBOX_TEST_GUESTS"))
}
