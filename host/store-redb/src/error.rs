//! What can go wrong when a store is opened, and how a fault inside a batch is told from a refusal.

use std::io;
use std::path::PathBuf;

use hookbox_store::{CommitError, StoreError};

/// Why a store was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be used.
    #[error("cannot use {path}: {source}; check that the directory exists, is writable and is on a local disk")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the file.
    #[error("{path} is in use by another process; stop that one, or wait for it to end, and start again")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file lacks what was acknowledged.
    #[error(
        "the store is behind what it acknowledged: it holds commit {stored}, and commit {acknowledged} was acknowledged; \
         restore a backup, or start with --accept-loss to go on without what is missing"
    )]
    Behind {
        /// The last commit in the file; 0 when it is missing or empty.
        stored: u64,
        /// The last commit that was acknowledged.
        acknowledged: u64,
    },
    /// The high-water mark itself cannot be read.
    #[error(
        "{path} cannot be read ({reason}); start with --accept-loss to go on without knowing whether anything is missing"
    )]
    HighWater {
        /// The file of the mark.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file was written by a newer version.
    #[error(
        "the store has schema {found} and this version knows {known}; start the version that wrote it, or a newer one"
    )]
    Newer {
        /// The file's schema.
        found: u32,
        /// The newest schema this version reads.
        known: u32,
    },
    /// The file was written by an older version, whose records this one does not read.
    #[error(
        "the store has schema {found} and this version reads only {known}, because its records have another shape; start \
         the version that wrote it, or begin a new store in another directory; nothing was changed"
    )]
    Older {
        /// The file's schema.
        found: u32,
        /// The schema this version reads.
        known: u32,
    },
    /// The file was written by an older version, and nobody has brought it to the schema of this one.
    #[error(
        "the store has schema {found} and this version checks {known}; start this version on it once, which brings it there, or \
         check it with the version that wrote it"
    )]
    Behindhand {
        /// The file's schema.
        found: u32,
        /// The schema this version checks.
        known: u32,
    },
    /// The file is damaged.
    #[error("{path} is damaged: {reason}; keep it, and restore a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The threads of the store cannot be started.
    #[error("cannot start a thread of the store: {0}")]
    Thread(io::Error),
}

/// Why a unit was not applied.
#[derive(Debug)]
pub(crate) enum Fault<R = StoreError> {
    /// Its conditions are not met; it wrote nothing and the rest of the batch goes on.
    Refused(R),
    /// The file could not be read or written: the whole batch fails and the store stops.
    Disk(redb::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Fault<CommitError> {
    fn from(error: StoreError) -> Self {
        Self::Refused(CommitError::Store(error))
    }
}

impl From<CommitError> for Fault<CommitError> {
    fn from(error: CommitError) -> Self {
        Self::Refused(error)
    }
}

impl<R> From<redb::StorageError> for Fault<R> {
    fn from(error: redb::StorageError) -> Self {
        Self::Disk(error.into())
    }
}

impl<R> From<redb::TableError> for Fault<R> {
    fn from(error: redb::TableError) -> Self {
        Self::Disk(error.into())
    }
}

impl<R> From<redb::Error> for Fault<R> {
    fn from(error: redb::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<Fault> for Fault<CommitError> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => Self::Refused(CommitError::Store(error)),
            Fault::Disk(error) => Self::Disk(error),
        }
    }
}

/// A failed read as callers see it.
pub(crate) fn unreadable(error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Corrupted(reason) => StoreError::Damaged { what: "page", reason },
        other => StoreError::Unavailable { reason: other.to_string() },
    }
}
