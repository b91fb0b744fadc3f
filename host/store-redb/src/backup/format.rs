//! What a backup file is made of: a line that says what it is, then frames of a kind, a length and so many bytes.
//!
//! ```text
//! hookbox-backup\n
//! H  the header, JSON
//! C  a component: its SHA-256, its bytes
//! T  a table: its name
//! R  rows of that table: length of the key, length of the value (u32, little endian), key, value; again and again
//! E  the end, JSON: how many of what
//! S  the SHA-256 of everything before this frame
//! ```

use std::collections::BTreeMap;

use hookbox_model::Timestamp;
use serde::{Deserialize, Serialize};

/// What the file begins with.
pub(super) const MAGIC: &[u8] = b"hookbox-backup\n";

/// The format this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// A frame is begun anew from so many bytes of rows on.
pub(super) const FRAME_BYTES: usize = 256 * 1024;

/// No frame is longer; what says that it is is damaged. A component and a record are far smaller.
pub(super) const FRAME_BYTES_MAX: u32 = 512 * 1024 * 1024;

/// Bytes before the content of a frame: its kind and its length.
pub(super) const FRAME_HEAD: usize = 5;

/// The table that is left out.
pub(super) const LEFT_OUT: &str = "sessions";

/// What kind a frame is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Component,
    Table,
    Rows,
    End,
    Sum,
}

/// What a backup says of itself at its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// The format of the file.
    pub format: u32,
    /// The schema of the records in it.
    pub schema: u32,
    /// The number of the last commit in it.
    pub sequence: u64,
    /// When it was asked for.
    pub taken_at: Timestamp,
    /// The version of the program that wrote it.
    pub program: String,
    /// By what the key can be told that secrets in it are sealed with, if that was known. The key itself is not in it.
    pub key: Option<String>,
    /// How many rows follow.
    pub rows: u64,
    /// How many components follow.
    pub components: u64,
}

/// What a whole backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupSummary {
    /// What it says of itself.
    #[serde(flatten)]
    pub header: BackupHeader,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Rows whose checksum did not hold when they were copied. They are in it as they were.
    pub damaged: u64,
    /// Components that records name and that were not there, or were damaged.
    pub components_missing: u64,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the file up to the frame that says so.
    pub sha256: String,
}

/// What stands at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) tables: BTreeMap<String, u64>,
    pub(super) components: u64,
    pub(super) damaged: u64,
    pub(super) components_missing: u64,
}

impl Kind {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Header => b'H',
            Self::Component => b'C',
            Self::Table => b'T',
            Self::Rows => b'R',
            Self::End => b'E',
            Self::Sum => b'S',
        }
    }

    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'H' => Some(Self::Header),
            b'C' => Some(Self::Component),
            b'T' => Some(Self::Table),
            b'R' => Some(Self::Rows),
            b'E' => Some(Self::End),
            b'S' => Some(Self::Sum),
            _ => None,
        }
    }
}

/// A whole frame.
pub(super) fn frame(kind: Kind, content: &[&[u8]]) -> Vec<u8> {
    let mut frame = begin_frame(kind, content.iter().map(|part| part.len()).sum());
    content.iter().for_each(|part| frame.extend_from_slice(part));
    end_frame(&mut frame);
    frame
}

/// A frame to write the content onto.
pub(super) fn begin_frame(kind: Kind, capacity: usize) -> Vec<u8> {
    let mut frame = Vec::with_capacity(FRAME_HEAD + capacity);
    frame.extend_from_slice(&[kind.byte(), 0, 0, 0, 0]);
    frame
}

/// Says in the head of a frame how long its content became.
pub(super) fn end_frame(frame: &mut [u8]) {
    let bytes = u32::try_from(frame.len() - FRAME_HEAD).expect("a record or a component is far shorter than 4 GiB");
    frame[1..FRAME_HEAD].copy_from_slice(&bytes.to_le_bytes());
}
