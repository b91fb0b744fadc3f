//! A disk that has an end: a tmpfs of a size, mounted where a store will be. Mounting needs root.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// What is written at a time to fill it.
const BLOCK_BYTES: usize = 64 * 1024;

/// Unmounts the disk once nobody holds the other end of its stdin. Who still uses the disk keeps it until they end; nobody finds it any more.
const GUARD: &str = r#"read -r _; umount --lazy "$1""#;

/// A disk, until it is dropped or this process ends in whatever way.
#[derive(Debug)]
pub struct Disk {
    place: PathBuf,
    guard: Child,
}

impl Disk {
    /// Mounts a disk of so many MiB there; why not, if the machine does not let us.
    pub fn mount(place: &Path, mib: u64) -> Result<Self, String> {
        fs::create_dir_all(place).map_err(|error| error.to_string())?;
        let options = format!("size={mib}m,mode=700");
        let mut mount = Command::new("mount");
        let output = mount.args(["-t", "tmpfs", "-o", &options, "hookbox-test"]).arg(place).output();
        match output {
            Ok(output) if output.status.success() => Ok(Self { place: place.into(), guard: guard(place) }),
            Ok(output) => Err(format!("a tmpfs cannot be mounted: {}", String::from_utf8_lossy(&output.stderr).trim())),
            Err(error) => Err(format!("a tmpfs cannot be mounted: {error}")),
        }
    }

    /// How many bytes are free, as `df` says.
    pub fn free_bytes(&self) -> u64 {
        let output = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.place).output().expect("df is there");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().nth(1).and_then(|line| line.trim().parse().ok()).expect("df says what is free")
    }

    /// Fills it until so many bytes are left.
    pub fn fill(&self, left_bytes: u64) {
        let mut wanted = self.free_bytes().saturating_sub(left_bytes);
        let mut file = OpenOptions::new().create(true).append(true).open(self.filling()).expect("a file can be made");
        let block = vec![0; BLOCK_BYTES];
        while wanted > 0 {
            let part = block.len().min(usize::try_from(wanted).unwrap_or(usize::MAX));
            // Full is what it is to become.
            let Ok(written) = file.write(&block[..part]) else { return };
            wanted -= written as u64;
        }
    }

    /// Takes every byte of it.
    pub fn fill_up(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.filling()).expect("a file can be made");
        for size in [BLOCK_BYTES, 4096, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn clear(&self) {
        drop(File::create(self.filling()).expect("the file is there"));
    }

    fn filling(&self) -> PathBuf {
        self.place.join("filling")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if thread::panicking() {
            // A look at the store is worth more than what fills the disk.
            self.clear();
            let kept = self.place.with_extension("kept");
            let copied = Command::new("cp").arg("-a").arg(&self.place).arg(&kept).status();
            eprintln!("the full disk is copied to {}: {copied:?}", kept.display());
        }
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// In a group of its own, so that what interrupts this process does not end it too.
fn guard(place: &Path) -> Child {
    let mut guard = Command::new("sh");
    guard.args(["-c", GUARD, "guard"]).arg(place).stdin(Stdio::piped()).process_group(0);
    guard.spawn().expect("a shell can be started")
}
