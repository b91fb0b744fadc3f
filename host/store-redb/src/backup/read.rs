//! Reading a backup: every frame in its place, nothing after the end, and the sum of it all.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hookbox_model::Digest;
use hookbox_store::StoreError;
use sha2::{Digest as _, Sha256};

use super::format::{BackupHeader, BackupSummary, End, FORMAT, FRAME_BYTES_MAX, FRAME_HEAD, Kind, MAGIC};
use crate::error::OpenError;
use crate::migrate::SCHEMAS;

/// Why there is no backup, or none was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be used.
    #[error("cannot use {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be read to its end.
    #[error("it cannot be read to its end: {0}")]
    Read(io::Error),
    /// The file cannot be written to its end.
    #[error("it cannot be written to its end: {0}")]
    Write(io::Error),
    /// The file is something else.
    #[error("it is no backup of Hookbox, or its beginning is damaged")]
    NoBackup,
    /// The file ends too early.
    #[error("it is cut off: a backup ends with its checksum, and this ends before; use another backup")]
    CutOff,
    /// The file is damaged.
    #[error("it is damaged: {reason}; use another backup")]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// A newer version wrote it.
    #[error(
        "it has {what} {found} and this version knows {known}; restore it with the version that wrote it, or a newer one"
    )]
    Newer {
        /// What is newer: the format or the schema.
        what: &'static str,
        /// What the file has.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// The directory is in use by something.
    #[error("{dir} is not empty: a backup is restored into a directory of its own, and nothing is ever replaced")]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A part of a backup.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Component { digest: Digest, bytes: &'a [u8] },
    Table(&'a str),
    Rows(&'a [(&'a [u8], &'a [u8])]),
}

/// What a backup says of itself. Nothing of it is verified yet.
pub fn read_backup_header(file: &Path) -> Result<BackupHeader, BackupError> {
    let mut opened = File::open(file).map_err(|source| BackupError::Io { path: file.into(), source })?;
    header(&mut begin(&mut opened)?)
}

/// Reads a whole backup and verifies it. `heard` is told now and then how many rows of how many were read.
pub fn read_backup(from: &mut dyn Read, heard: &mut dyn FnMut(u64, u64)) -> Result<BackupSummary, BackupError> {
    read_parts(from, &mut |_| Ok(()), heard)
}

/// The same, with each part told as it comes. Only when this returns a summary was it good.
pub(super) fn read_parts(
    from: &mut dyn Read,
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), BackupError>,
    heard: &mut dyn FnMut(u64, u64),
) -> Result<BackupSummary, BackupError> {
    let mut reading = begin(from)?;
    let header = header(&mut reading)?;
    let mut found = Found { header, end: End::default(), table: None, rows: 0 };
    let mut content = Vec::new();
    let end: End = loop {
        let kind = reading.frame(&mut content)?;
        if kind == Kind::End {
            break json(&content)?;
        }
        found.part(kind, &content, visit)?;
        heard(found.rows, found.header.rows);
    };
    let sum: [u8; 32] = reading.sum.clone().finalize().into();
    let kind = reading.frame(&mut content)?;
    if kind != Kind::Sum || content != sum {
        return Err(damaged("its checksum does not hold"));
    }
    if reading.from.read(&mut [0]).map_err(BackupError::Read)? != 0 {
        return Err(damaged("something follows its end"));
    }
    found.finish(end, Digest::from_bytes(sum), reading.bytes)
}

fn begin(from: &mut dyn Read) -> Result<Reading<'_>, BackupError> {
    let mut reading = Reading { from, sum: Sha256::new(), bytes: 0 };
    let mut magic = [0; MAGIC.len()];
    match reading.fill(&mut magic) {
        Ok(()) if magic == MAGIC => Ok(reading),
        Ok(()) | Err(BackupError::CutOff) => Err(BackupError::NoBackup),
        Err(error) => Err(error),
    }
}

fn header(reading: &mut Reading<'_>) -> Result<BackupHeader, BackupError> {
    let mut content = Vec::new();
    if reading.frame(&mut content)? != Kind::Header {
        return Err(damaged("it does not begin with its header"));
    }
    // What a newer version writes there may be anything but these.
    let told: serde_json::Value = json(&content)?;
    let number = |what: &str| {
        let found = told[what].as_u64().and_then(|found| u32::try_from(found).ok());
        found.ok_or_else(|| damaged("its header says no version"))
    };
    for (what, known) in [("format", FORMAT), ("schema", SCHEMAS.newest)] {
        let found = number(what)?;
        if found > known {
            return Err(BackupError::Newer { what, found, known });
        }
    }
    SCHEMAS.admit(number("schema")?)?;
    json(&content)
}

fn json<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, BackupError> {
    serde_json::from_slice(content)
        .map_err(|error| damaged(&format!("a part of it is not what it should be ({error})")))
}

pub(super) fn damaged(reason: &str) -> BackupError {
    BackupError::Damaged { reason: reason.to_owned() }
}

/// The file so far.
struct Reading<'a> {
    from: &'a mut dyn Read,
    sum: Sha256,
    bytes: u64,
}

impl Reading<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BackupError::CutOff,
            _ => BackupError::Read(error),
        })?;
        self.sum.update(&*bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Reads the next frame. A length that is damaged costs no more memory than there is in the file.
    fn frame(&mut self, content: &mut Vec<u8>) -> Result<Kind, BackupError> {
        let mut head = [0; FRAME_HEAD];
        self.fill(&mut head)?;
        let [kind, length @ ..] = head;
        let (kind, length) = (Kind::of(kind), u32::from_le_bytes(length));
        let kind = kind.filter(|_| length <= FRAME_BYTES_MAX);
        let kind = kind.ok_or_else(|| damaged("what should be the beginning of a part is none"))?;
        content.clear();
        (&mut *self.from).take(length.into()).read_to_end(content).map_err(BackupError::Read)?;
        if content.len() as u64 != u64::from(length) {
            return Err(BackupError::CutOff);
        }
        self.sum.update(&*content);
        self.bytes += content.len() as u64;
        Ok(kind)
    }
}

/// What was found between header and end.
struct Found {
    header: BackupHeader,
    end: End,
    table: Option<String>,
    rows: u64,
}

impl Found {
    fn part(
        &mut self,
        kind: Kind,
        content: &[u8],
        visit: &mut dyn FnMut(Part<'_>) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        match kind {
            Kind::Component => {
                let cut = || damaged("a component has no digest");
                let (digest, bytes) = content.split_first_chunk::<32>().ok_or_else(cut)?;
                self.end.components += 1;
                visit(Part::Component { digest: Digest::from_bytes(*digest), bytes })
            }
            Kind::Table => {
                let name = std::str::from_utf8(content).map_err(|_| damaged("the name of a table is no text"))?;
                if self.end.tables.insert(name.to_owned(), 0).is_some() {
                    return Err(damaged("a table is in it twice"));
                }
                self.table = Some(name.to_owned());
                visit(Part::Table(name))
            }
            Kind::Rows => self.rows(content, visit),
            Kind::Header | Kind::End | Kind::Sum => Err(damaged("a part of it is in the wrong place")),
        }
    }

    fn rows(
        &mut self,
        mut content: &[u8],
        visit: &mut dyn FnMut(Part<'_>) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let cut = || damaged("a row of it is cut off");
        let mut rows = Vec::new();
        while !content.is_empty() {
            let (lengths, rest) = content.split_first_chunk::<8>().ok_or_else(cut)?;
            let [k0, k1, k2, k3, v0, v1, v2, v3] = *lengths;
            let (key, value) = (u32::from_le_bytes([k0, k1, k2, k3]), u32::from_le_bytes([v0, v1, v2, v3]));
            let (key, rest) = rest.split_at_checked(key as usize).ok_or_else(cut)?;
            let (value, rest) = rest.split_at_checked(value as usize).ok_or_else(cut)?;
            rows.push((key, value));
            content = rest;
        }
        let count = rows.len() as u64;
        let table = self.table.as_ref().and_then(|table| self.end.tables.get_mut(table));
        *table.ok_or_else(|| damaged("there are rows of no table"))? += count;
        self.rows += count;
        visit(Part::Rows(&rows))
    }

    fn finish(self, end: End, sum: Digest, bytes: u64) -> Result<BackupSummary, BackupError> {
        let told = self.end.tables == end.tables && self.end.components == end.components;
        if !told || self.rows != self.header.rows {
            return Err(damaged("it does not hold what it says that it holds"));
        }
        Ok(BackupSummary {
            header: self.header,
            tables: end.tables,
            damaged: end.damaged,
            components_missing: end.components_missing,
            bytes,
            sha256: sum.to_string(),
        })
    }
}
