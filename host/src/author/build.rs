//! From a project to `plugin.wasm`, by the tools of its language.

mod javascript;
mod python;
mod rust;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::language::Language;

/// What a build leaves in the project's folder.
const COMPONENT: &str = "plugin.wasm";

/// The component of a project, whether it was built yet or not.
pub(crate) fn component_of(project: &Path) -> PathBuf {
    project.join(COMPONENT)
}

/// Builds the project in `dir` and gives the path of its component.
pub(crate) fn build(dir: &Path) -> Result<PathBuf> {
    let language = Language::of(dir)?;
    let dir = fs::canonicalize(dir).with_context(|| format!("cannot look into {}", dir.display()))?;
    let component = component_of(&dir);
    // Gone first: what is there afterwards was made by this build.
    match fs::remove_file(&component) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot replace {}", component.display())),
    }
    match language {
        Language::Rust => rust::build(&dir, &component)?,
        Language::JavaScript => javascript::build(&dir)?,
        Language::Python => python::build(&dir)?,
    }
    if !component.is_file() {
        bail!("{} did not write {}", language.mark(), component.display());
    }
    Ok(component)
}
