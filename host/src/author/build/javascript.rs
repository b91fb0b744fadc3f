//! JavaScript: the project's own `build.mjs`, with what its `package.json` names.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use crate::author::external::External;

const MISSING: &str = "install Node.js 20 or newer with npm, see https://nodejs.org";

/// What npm writes last when it has installed everything.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// Builds the project in `dir`; `build.mjs` writes the component.
pub(super) fn build(dir: &Path) -> Result<()> {
    if !is_installed(dir) {
        External::new("npm", dir, MISSING).arguments(["install", "--no-audit", "--no-fund"]).run()?;
    }
    External::new("node", dir, MISSING).arguments(["build.mjs"]).run()
}

/// Whether what is installed is no older than what names it.
fn is_installed(dir: &Path) -> bool {
    let changed = |name: &str| fs::metadata(dir.join(name)).and_then(|file| file.modified()).ok();
    let named: Option<SystemTime> = ["package.json", "package-lock.json"].into_iter().filter_map(changed).max();
    changed(INSTALLED).is_some_and(|installed| named.is_none_or(|named| named <= installed))
}

#[cfg(test)]
mod tests {
    use super::is_installed;
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    #[test]
    fn packages_are_installed_again_when_what_names_them_is_newer() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let package = dir.path().join("package.json");
        fs::write(&package, "{}").expect("a writable folder");
        assert!(!is_installed(dir.path()));
        fs::create_dir(dir.path().join("node_modules")).expect("a writable folder");
        let installed = File::create(dir.path().join(super::INSTALLED)).expect("a writable folder");
        let later = |seconds| SystemTime::now() + Duration::from_secs(seconds);
        installed.set_modified(later(10)).expect("a file of ours");
        assert!(is_installed(dir.path()));
        File::options()
            .append(true)
            .open(&package)
            .and_then(|file| file.set_modified(later(20)))
            .expect("a file of ours");
        assert!(!is_installed(dir.path()));
    }
}
