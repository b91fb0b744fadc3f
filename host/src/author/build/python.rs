//! Python: a virtual environment of the project's own with what its `requirements.txt` pins, then its `build.py`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::author::external::External;

const MISSING: &str = "install Python 3.11 or newer, see https://www.python.org";

const REQUIREMENTS: &str = "requirements.txt";

/// A copy of the requirements that are installed, in the environment.
const INSTALLED: &str = "hookbox-installed.txt";

/// Builds the project in `dir`; `build.py` writes the component.
pub(super) fn build(dir: &Path) -> Result<()> {
    let environment = dir.join(".venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.is_file() {
        let made = External::new("python3", dir, MISSING).arguments(["-m", "venv", ".venv"]).run();
        made.context("no virtual environment was made; on Debian and Ubuntu `apt install python3-venv` mends it")?;
    }
    install(dir, &environment, &python)?;
    External::new(&python, dir, MISSING).arguments(["build.py"]).run()
}

/// Installs what the project requires, unless exactly that is installed.
fn install(dir: &Path, environment: &Path, python: &PathBuf) -> Result<()> {
    let file = dir.join(REQUIREMENTS);
    let required = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let installed = environment.join(INSTALLED);
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == required) {
        return Ok(());
    }
    let pip = External::new(python, dir, MISSING).arguments(["-m", "pip", "install", "--disable-pip-version-check"]);
    pip.arguments(["-r", REQUIREMENTS]).run()?;
    fs::write(&installed, required).with_context(|| format!("cannot write {}", installed.display()))
}
