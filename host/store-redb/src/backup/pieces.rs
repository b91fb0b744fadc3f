//! Backups of a store in use: the file of their trait in `hookbox-store`, on redb.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use hookbox_model::{Audited, WorkspaceId};
use hookbox_store::{Audit, BackupLabel, BackupPieces, Backups, StoreError};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use super::take::take;
use crate::snapshot::guarded;
use crate::store::{Core, RedbStore};

/// How many pieces wait for whoever takes them.
const PIECES_WAITING_MAX: usize = 4;

#[async_trait]
impl Backups for RedbStore {
    async fn begin(&self, label: BackupLabel, audited: Audited) -> Result<Box<dyn BackupPieces>, StoreError> {
        if let Some(refusal) = self.core().guard.refusal() {
            return Err(refusal);
        }
        self.note(WorkspaceId::HOST, audited).await?;
        // Whoever takes a component away is alone here: it is gone from the snapshot, or stays until the backup has ended.
        let alone = Arc::clone(self.components()).lock_owned().await;
        let kept = Kept::begin(self.core());
        let snapshot = self.snapshot()?;
        drop(alone);
        let (giver, pieces) = channel(PIECES_WAITING_MAX);
        let (disk, config) = (Arc::clone(self.disk()), self.config());
        let patience = Duration::from_millis(config.backup_wait_ms);
        let deadline = Instant::now() + Duration::from_millis(config.backup_ms_max);
        let giving = Giving { core: Arc::clone(self.core()), giver, patience, deadline, runtime: Handle::current() };
        tokio::task::spawn_blocking(move || {
            let taken = guarded(|| take(&snapshot, &*disk, label, &mut |piece| giving.give(piece)));
            drop((snapshot, kept));
            if let Err(error) = taken {
                tracing::warn!(%error, "a backup ended before it was whole");
                giving.fail(error);
            }
        });
        Ok(Box::new(Pieces(pieces)))
    }
}

/// While there is one, no component is taken away: its file stays till the next start.
struct Kept(Arc<AtomicUsize>);

impl Kept {
    fn begin(core: &Core) -> Self {
        core.backups.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(&core.backups))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Hands pieces over from a thread that may wait.
struct Giving {
    core: Arc<Core>,
    giver: Sender<Result<Bytes, StoreError>>,
    patience: Duration,
    deadline: Instant,
    runtime: Handle,
}

impl Giving {
    fn give(&self, piece: Vec<u8>) -> Result<(), StoreError> {
        if let Some(refusal) = self.core.guard.refusal() {
            return Err(refusal);
        }
        if self.core.is_over() {
            return Err(self.core.unavailable());
        }
        if Instant::now() >= self.deadline {
            return Err(ended("it took longer than store.backup_ms_max"));
        }
        match self.runtime.block_on(timeout(self.patience, self.giver.send(Ok(piece.into())))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(ended("nobody takes it any more")),
            Err(_) => Err(ended("nothing of it was taken for store.backup_wait_ms")),
        }
    }

    /// Says why it ended, if anybody listens: whoever takes nothing hears nothing.
    fn fail(&self, error: StoreError) {
        let _ = self.runtime.block_on(timeout(self.patience, self.giver.send(Err(error))));
    }
}

fn ended(reason: &str) -> StoreError {
    StoreError::Unavailable { reason: format!("the backup was ended: {reason}") }
}

/// The pieces as they come.
struct Pieces(Receiver<Result<Bytes, StoreError>>);

#[async_trait]
impl BackupPieces for Pieces {
    async fn next(&mut self) -> Option<Result<Bytes, StoreError>> {
        self.0.recv().await
    }
}
