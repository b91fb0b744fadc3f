//! The environment of an inner program: the user's, without what the outer cargo put there.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

/// Beginnings of the names that the outer cargo, rustdoc or clippy sets, or that change how guests are compiled.
const REMOVED_FAMILIES: [&str; 6] = ["CARGO", "CLIPPY", "DEP_", "RUSTC", "RUSTDOC", "__CARGO"];

/// The same, with names of their own.
const REMOVED: [&str; 8] = ["DEBUG", "HOST", "NUM_JOBS", "OPT_LEVEL", "OUT_DIR", "PROFILE", "RUSTFLAGS", "TARGET"];

/// The user's own among those families: where and how cargo fetches, how it prints, and how many processes it may start.
const KEPT_FAMILIES: [&str; 7] =
    ["CARGO_HOME", "CARGO_HTTP_", "CARGO_MAKEFLAGS", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_TERM_"];

/// A command that sees nothing of the outer cargo.
pub(crate) fn clean(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_removed) {
            command.env_remove(name);
        }
    }
    command
}

fn is_removed(name: &str) -> bool {
    let of_family = |family: &&str| name.starts_with(*family);
    REMOVED.contains(&name) || REMOVED_FAMILIES.iter().any(of_family) && !KEPT_FAMILIES.iter().any(of_family)
}

#[cfg(test)]
mod tests {
    use super::is_removed;

    #[test]
    fn the_user_keeps_what_is_theirs() {
        for name in ["PATH", "HOME", "CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_REGISTRIES_X_INDEX", "RUSTUP_TOOLCHAIN"]
        {
            assert!(!is_removed(name), "{name}");
        }
    }

    #[test]
    fn nothing_of_the_outer_cargo_comes_through() {
        let names = [
            "CARGO",
            "CARGO_PKG_NAME",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_FEATURE_X",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_DIR",
            "RUSTFLAGS",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "RUSTDOCFLAGS",
            "CLIPPY_ARGS",
            "OUT_DIR",
            "TARGET",
            "DEP_Z_ROOT",
            "PROFILE",
        ];
        for name in names {
            assert!(is_removed(name), "{name}");
        }
    }
}
