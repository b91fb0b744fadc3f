//! What tests need of the machine beside cargo: where it is missing they say that they were skipped.

use std::process::{Command, Stdio};

/// Whether everything is to be shown that can be: with `CI=true` only what is missing is a reason to skip.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Node 20 or later.
pub fn has_javascript() -> bool {
    const NEW_ENOUGH: &str = "process.exit(Number(process.versions.node.split('.')[0]) < 20 ? 1 : 0)";
    succeeds(Command::new("node").args(["-e", NEW_ENOUGH]))
}

/// The package manager of node.
pub fn has_npm() -> bool {
    succeeds(Command::new("npm").arg("--version"))
}

/// Python 3.11 or later, with what makes environments.
pub fn has_python() -> bool {
    const NEW_ENOUGH: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    succeeds(Command::new("python3").args(["-c", NEW_ENOUGH]))
}

/// Whether a command could be started and ended well. What it says is not shown.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}
