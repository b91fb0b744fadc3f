//! The free-space guard: captures are refused while the disk is nearly full, so that runs can still finish.
//!
//! A ballast file is deleted when the guard closes and laid again when there is room: space for finishing and pruning.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hookbox_store::StoreError;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::config::Config;

/// What a disk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space {
    /// Bytes free for us.
    pub(crate) free_bytes: u64,
    /// Bytes in all.
    pub(crate) total_bytes: u64,
}

/// Where the guard learns what is free: [`measure`], or what a test says.
pub(crate) type Source = Box<dyn Fn(&Path) -> io::Result<Space> + Send + Sync>;

/// Asks the file system of `path`.
pub(crate) fn measure(path: &Path) -> io::Result<Space> {
    let stat = statvfs(path)?;
    Ok(Space {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

/// The guard.
pub(crate) struct Guard {
    dir: PathBuf,
    source: Source,
    free_bytes_min: u64,
    free_percent_min: u64,
    ballast_bytes: u64,
    full: AtomicBool,
    free_bytes: AtomicU64,
    needed_bytes: AtomicU64,
}

impl Guard {
    /// A guard of the disk that `dir` is on; it lets everything through until its first [`Guard::look`].
    pub(crate) fn new(dir: &Path, config: &Config, source: Source) -> Self {
        Self {
            dir: dir.to_path_buf(),
            source,
            free_bytes_min: config.free_bytes_min,
            free_percent_min: config.free_percent_min,
            ballast_bytes: config.ballast_bytes,
            full: AtomicBool::new(false),
            free_bytes: AtomicU64::new(0),
            needed_bytes: AtomicU64::new(0),
        }
    }

    /// Why no capture is taken, if so.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        self.full.load(Ordering::Relaxed).then(|| StoreError::DiskFull {
            free_bytes: self.free_bytes.load(Ordering::Relaxed),
            needed_bytes: self.needed_bytes.load(Ordering::Relaxed),
        })
    }

    /// Looks at the disk, opens or closes the guard, and lays or removes the ballast. Returns the bytes free.
    pub(crate) fn look(&self) -> io::Result<u64> {
        let space = (self.source)(&self.dir)?;
        let needed = self.free_bytes_min.max(space.total_bytes / 100 * self.free_percent_min);
        self.free_bytes.store(space.free_bytes, Ordering::Relaxed);
        self.needed_bytes.store(needed, Ordering::Relaxed);
        // The ballast's own bytes come free when it goes; they must not open the guard again.
        let laid = self.ballast_laid();
        let reopens_at = needed.saturating_add(if laid { 0 } else { self.ballast_bytes });
        let was_full = self.full.load(Ordering::Relaxed);
        let full = space.free_bytes < if was_full { reopens_at } else { needed };
        self.full.store(full, Ordering::Relaxed);
        if full && !was_full {
            tracing::error!(
                free_bytes = space.free_bytes,
                needed_bytes = needed,
                "the disk is nearly full; captures are refused until more is free"
            );
        } else if was_full && !full {
            tracing::info!(free_bytes = space.free_bytes, "enough of the disk is free again; captures are taken");
        }
        if full && laid {
            fs::remove_file(self.ballast())?;
        } else if !full
            && !laid
            && self.ballast_bytes > 0
            && space.free_bytes >= needed.saturating_add(self.ballast_bytes)
        {
            self.lay()?;
        }
        Ok(space.free_bytes)
    }

    fn ballast(&self) -> PathBuf {
        self.dir.join("ballast")
    }

    fn ballast_laid(&self) -> bool {
        self.ballast().exists()
    }

    fn lay(&self) -> io::Result<()> {
        let file = File::create(self.ballast())?;
        if let Err(error) = fallocate(&file, FallocateFlags::empty(), 0, self.ballast_bytes) {
            // Some file systems cannot reserve; the guard works without ballast.
            tracing::debug!(%error, "the ballast file cannot be laid on this file system");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{Guard, Space};
    use crate::config::Config;

    #[test]
    fn captures_are_refused_while_little_is_free_and_the_ballast_makes_room() {
        let dir = tempfile::tempdir().expect("a directory");
        let free = Arc::new(AtomicU64::new(10_000));
        let told = Arc::clone(&free);
        let config = Config { free_bytes_min: 1_000, free_percent_min: 5, ballast_bytes: 64, ..Config::default() };
        let source =
            move |_: &std::path::Path| Ok(Space { free_bytes: told.load(Ordering::Relaxed), total_bytes: 40_000 });
        let guard = Guard::new(dir.path(), &config, Box::new(source));
        let ballast = dir.path().join("ballast");

        assert_eq!(guard.look().ok(), Some(10_000));
        assert!(guard.refusal().is_none() && ballast.exists());
        free.store(1_999, Ordering::Relaxed);
        assert_eq!(guard.look().ok(), Some(1_999));
        assert!(guard.refusal().is_some() && !ballast.exists());
        free.store(2_050, Ordering::Relaxed);
        assert_eq!(guard.look().ok(), Some(2_050));
        assert!(guard.refusal().is_some(), "only the ballast came free");
        free.store(2_064, Ordering::Relaxed);
        assert_eq!(guard.look().ok(), Some(2_064));
        assert!(guard.refusal().is_none() && ballast.exists());
    }
}
