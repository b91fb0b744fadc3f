//! A clock of its own for a program under test, with libfaketime (Debian: `faketime`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::Setup;

/// Where packages put the library for programs with several threads.
const LIBRARIES: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
];

/// Why there is no such clock.
pub const MISSING: &str = "libfaketime is not installed (Debian: apt-get install faketime)";

/// The wall clock of a program, as far from the machine's as is written into a file. Its other clock goes on as it does.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
    _dir: tempfile::TempDir,
}

impl Clock {
    /// The clock, and the setup of a program that goes by it; `None` without the library.
    pub fn of(setup: Setup) -> Option<(Self, Setup)> {
        let library = LIBRARIES.iter().find(|library| Path::new(library).exists())?;
        let dir = tempfile::TempDir::with_prefix("hookbox-clock-").expect("a temporary directory can be made");
        let clock = Self { file: dir.path().join("clock"), _dir: dir };
        clock.set(0);
        let setup = setup
            .variable("LD_PRELOAD", library)
            .variable("FAKETIME_TIMESTAMP_FILE", clock.file.display())
            .variable("FAKETIME_NO_CACHE", 1)
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", 1)
            .variable("NO_FAKE_STAT", 1);
        Some((clock, setup))
    }

    /// Moves the clock to so many seconds after the machine's, at once.
    pub fn set(&self, seconds: i64) {
        let beside = self.file.with_extension("new");
        fs::write(&beside, format!("{seconds:+}\n")).expect("the clock is written");
        fs::rename(&beside, &self.file).expect("the clock is moved");
    }
}
