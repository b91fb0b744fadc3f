//! The high-water mark beside the store: the last acknowledged commit, and whether the store was closed cleanly.
//!
//! It lies in a file of its own (`store.hwm`), so that a store file that lost commits, or came up empty, is noticed at the
//! next start instead of being believed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// What the mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HighWater {
    /// The last acknowledged commit.
    pub(crate) sequence: u64,
    /// Everything was written and nothing was under way when the store was closed.
    pub(crate) closed: bool,
}

/// The file of the mark.
#[derive(Debug, Clone)]
pub(crate) struct HighWaterFile {
    path: PathBuf,
}

impl HighWaterFile {
    /// The mark of the store in `dir`.
    pub(crate) fn of(dir: &Path) -> Self {
        Self { path: dir.join("store.hwm") }
    }

    /// What it says; `None` when there is no mark.
    pub(crate) fn read(&self) -> Result<Option<HighWater>, OpenError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(error.to_string())),
        };
        parse(&text).map(Some).ok_or_else(|| self.unreadable("it is not what this program writes".into()))
    }

    /// Puts a new mark in the place of the old one; it is on disk when this returns.
    pub(crate) fn write(&self, mark: HighWater) -> io::Result<()> {
        let next = self.path.with_extension("hwm.next");
        let mut file = File::create(&next)?;
        file.write_all(print(mark).as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&next, &self.path)?;
        sync_dir(&self.path)
    }

    fn unreadable(&self, reason: String) -> OpenError {
        OpenError::HighWater { path: self.path.clone(), reason }
    }
}

/// Makes the entry of `path` in its directory durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

fn print(mark: HighWater) -> String {
    let front = format!("commit {} {}", mark.sequence, if mark.closed { "closed" } else { "open" });
    format!("{front} {:08x}\n", crc32c::crc32c(front.as_bytes()))
}

fn parse(text: &str) -> Option<HighWater> {
    let (front, sum) = text.trim_end().rsplit_once(' ')?;
    if u32::from_str_radix(sum, 16).ok()? != crc32c::crc32c(front.as_bytes()) {
        return None;
    }
    let (sequence, state) = front.strip_prefix("commit ")?.split_once(' ')?;
    Some(HighWater { sequence: sequence.parse().ok()?, closed: state == "closed" })
}

#[cfg(test)]
mod tests {
    use super::{HighWater, parse, print};

    #[test]
    fn a_mark_reads_back_and_a_changed_one_does_not() {
        let mark = HighWater { sequence: 812, closed: true };
        assert_eq!(parse(&print(mark)), Some(mark));
        assert_eq!(parse(&print(mark).replace("812", "813")), None);
        assert_eq!(parse(""), None);
    }
}
