//! The high-water mark beside the store: the last acknowledged commit, and whether the store was closed cleanly.
//!
//! It lies in a file of its own (`store.hwm`), so that a store file that lost commits, or came up empty, is noticed at the
//! next start instead of being believed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{self, Disk};
use crate::error::OpenError;

/// What the mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HighWater {
    /// The last acknowledged commit.
    pub(crate) sequence: u64,
    /// Everything was written and nothing was under way when the store was closed.
    pub(crate) closed: bool,
}

/// The name of its file.
const NAME: &str = "store.hwm";

/// The file of the mark.
#[derive(Debug, Clone)]
pub(crate) struct HighWaterFile {
    disk: Arc<dyn Disk>,
}

impl HighWaterFile {
    /// The mark of the store on this disk.
    pub(crate) fn of(disk: &Arc<dyn Disk>) -> Self {
        Self { disk: Arc::clone(disk) }
    }

    /// What it says; `None` when there is no mark. Messages name it as a file in `dir`.
    pub(crate) fn read(&self, dir: &Path) -> Result<Option<HighWater>, OpenError> {
        let unreadable = |reason: String| OpenError::HighWater { path: dir.join(NAME), reason };
        let bytes = match self.disk.read(Path::new(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let mark = std::str::from_utf8(&bytes).ok().and_then(parse);
        mark.map(Some).ok_or_else(|| unreadable("it is not what this program writes".into()))
    }

    /// Puts a new mark in the place of the old one; it is on disk when this returns.
    pub(crate) fn write(&self, mark: HighWater) -> io::Result<()> {
        let name = PathBuf::from(NAME);
        disk::replace(&*self.disk, &name, &name.with_extension("hwm.next"), print(mark).as_bytes())
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
