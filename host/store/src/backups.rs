//! Backups: the whole store as of one moment, handed out piece by piece while it is in use.

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Audited, Timestamp};

use crate::StoreError;

/// What a backup says of itself beside what the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupLabel {
    /// When it was asked for.
    pub at: Timestamp,
    /// The version of the program.
    pub program: String,
    /// By what the key can be told that secrets are sealed with; never the key. `None` when it is not known.
    pub key: Option<String>,
}

/// What may be asked about backups.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Begins a backup of everything that was answered before this was called. The entry of the audit log is committed first, so
    /// that the backup holds it. Whoever may ask for one decides how many there are at once.
    async fn begin(&self, label: BackupLabel, audited: Audited) -> Result<Box<dyn BackupPieces>, StoreError>;
}

/// A backup under way. Dropped, it ends. A backend may end one that is taken too slowly: what it shows must be kept meanwhile.
#[async_trait]
pub trait BackupPieces: Send {
    /// The next piece of the file; `None` at its end. After an error there is nothing more, and what came is no backup.
    async fn next(&mut self) -> Option<Result<Bytes, StoreError>>;
}
