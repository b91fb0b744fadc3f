//! The page in a real Chromium: the journeys of `tests/browser/journeys`, each a node program that drives one with Playwright.
//!
//! What they need (node 20, npm, Chromium) is not everywhere: where it is missing the tests of the page say that they were skipped. The
//! packages are those of `tests/browser/package-lock.json`, installed once into a folder beside the build output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::prerequisites::{has_javascript, has_npm, is_ci, succeeds};
use crate::program::{Program, TOKEN};
use crate::source::repository;

/// Where distributions put Chromium. `HOOKBOX_CHROMIUM` names another.
const PLACES: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// Tests of one process share the folder, and install into it one after the other.
static INSTALLING: Mutex<()> = Mutex::new(());

/// What drives the page.
#[derive(Debug)]
pub struct Browser {
    folder: PathBuf,
    chromium: PathBuf,
}

impl Browser {
    /// Ready to run journeys, with everything installed below `caches`; `None` where this machine cannot, after saying why. With
    /// `CI=true` only what is missing is a reason: packages that cannot be installed are a failure.
    pub fn ready(caches: &Path) -> Option<Self> {
        let installed = Self::programs().and_then(|chromium| match Self::install(caches, chromium) {
            Err(error) if is_ci() => panic!("the page in a browser: {error}"),
            installed => installed,
        });
        installed.inspect_err(|missing| eprintln!("skipped: the page in a browser: {missing}")).ok()
    }

    /// Where Chromium is, on a machine that has everything else that nobody can install from here.
    fn programs() -> Result<PathBuf, String> {
        if !has_javascript() || !has_npm() {
            return Err("there is no node 20 or later with npm".into());
        }
        let given = std::env::var_os("HOOKBOX_CHROMIUM").map(PathBuf::from);
        let chromium = given.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.exists()));
        chromium.ok_or_else(|| "there is no Chromium".to_owned())
    }

    fn install(caches: &Path, chromium: PathBuf) -> Result<Self, String> {
        let folder = caches.join("browser");
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        copy(&repository().join("tests/browser"), &folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (lock, installed) = (folder.join("package-lock.json"), folder.join("node_modules/installed"));
        let lock = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
        if fs::read(&installed).is_ok_and(|before| before == lock) {
            return Ok(Self { folder, chromium });
        }
        let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        if !succeeds(Command::new("npm").args(ci).current_dir(&folder)) {
            return Err("its packages cannot be fetched".into());
        }
        fs::write(&installed, lock).map_err(|error| format!("{}: {error}", installed.display()))?;
        Ok(Self { folder, chromium })
    }

    /// The folder with the packages, for programs that are no journeys.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a journey against a program; it has to end well. `more` is what it is told besides where the program is.
    #[track_caller]
    pub fn journey(&self, name: &str, program: &Program, more: &[(&str, &str)]) {
        let mut command = Command::new("node");
        command.arg(format!("journeys/{name}.mjs")).current_dir(&self.folder).stdin(Stdio::null());
        command.env("HOOKBOX_URL", program.url()).env("HOOKBOX_TOKEN", TOKEN).env("HOOKBOX_CHROMIUM", &self.chromium);
        if let Some(setup_url) = program.setup_url() {
            command.env("HOOKBOX_SETUP_URL", setup_url);
        }
        let output = command.envs(more.iter().copied()).output().expect("node is there");
        let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
        assert!(output.status.success(), "the journey {name} ended with {}:\n{said}", output.status);
        eprint!("{said}");
    }
}

/// Copies a folder over another, but for packages: those are installed there.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
