//! A disk that fails: nothing more is acknowledged, and everyone is told.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hookbox_model::RunState;
use hookbox_store::conformance::samples;
use hookbox_store::{CommitError, Store, StoreError};
use redb::backends::InMemoryBackend;
use redb::{Database, StorageBackend};

use super::Opening;
use crate::config::Config;
use crate::disk::{self, Directory};
use crate::high_water::HighWaterFile;
use crate::metrics::Metrics;
use crate::space::Space;

/// A disk in memory of which so many further syncs fail.
#[derive(Debug)]
struct Disk {
    memory: InMemoryBackend,
    fails: Arc<AtomicU64>,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        let failed = self.fails.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
        failed.map_or(Ok(()), |_| Err(io::Error::other("the disk is gone")))
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}

fn unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. })
}

#[tokio::test]
async fn a_failed_commit_is_never_acknowledged_and_stops_the_store() {
    stops_after(u64::MAX).await;
}

/// What could not be synced may be lost although the disk says from then on that all is well.
#[tokio::test]
async fn a_disk_that_failed_once_is_not_believed_any_more() {
    stops_after(1).await;
}

/// So many syncs fail in a row, and the store ends with the first.
async fn stops_after(failures: u64) {
    let (dir, fails) = (tempfile::tempdir().expect("a directory"), Arc::new(AtomicU64::new(0)));
    let disk = Disk { memory: InMemoryBackend::new(), fails: Arc::clone(&fails) };
    let database = Database::builder().create_with_backend(disk).expect("a database");
    let files: Arc<dyn disk::Disk> = Arc::new(Directory::new(dir.path()));
    let opening = Opening {
        disk: Arc::clone(&files),
        dir: dir.path(),
        config: Config { ballast_bytes: 0, ..Config::default() },
        metrics: Metrics::unregistered(),
        accept_loss: false,
        space: Box::new(|_| Ok(Space { free_bytes: u64::MAX, total_bytes: 1 })),
    };
    let store = opening.open_database(database, None).expect("a store");
    let capture = samples::captured(&*store, samples::id(), samples::id()).await;

    fails.store(failures, Ordering::Release);
    let lost = samples::capture(samples::id(), samples::id());
    let answer = store.captures().capture(lost.into()).await;
    assert!(answer.is_err_and(|error| unavailable(&error)));
    assert!(unavailable(&store.broken().await), "the host is told to end");
    assert!(store.trouble().is_some_and(|error| unavailable(&error)));
    let commit = samples::first_commit(&capture, RunState::Succeeded);
    assert!(matches!(store.runs().commit_run(commit).await, Err(CommitError::Store(error)) if unavailable(&error)));
    store.close().await;
    let mark = HighWaterFile::of(&files).read(dir.path()).expect("the mark").expect("there is one");
    assert!(!mark.closed, "the next start verifies the store");
}
