//! The one writer thread: takes what waits in line, applies it in one transaction, commits once, answers everyone.
//!
//! No timer: a batch forms while the sync of the one before runs. After a failed commit nothing is acknowledged any more,
//! because after a failed sync nobody knows what is on disk until the file is opened again.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{StateUsage, Timestamp, WorkspaceId};
use hookbox_store::{Captured, CommitError, StoreError};
use redb::{Database, ReadableDatabase, WriteTransaction};
use tokio::sync::oneshot;

use crate::apply;
use crate::batch::{Batch, News, OutboxNews};
use crate::config::Config;
use crate::damage::quarantine_key;
use crate::disk::Disk;
use crate::edge::{Edge, pass};
use crate::line::Taken;
use crate::record::seal_index;
use crate::snapshot::Snapshot;
use crate::store::{Core, now_ms};
use crate::tables::Fixed;
use crate::unit::{Done, Unit, refused};

/// How long the writer waits for a unit before it looks whether a damaged row is to be set aside.
const PATIENCE: Duration = Duration::from_secs(1);

/// The writer.
pub(crate) struct Writer {
    database: Database,
    disk: Arc<dyn Disk>,
    core: Arc<Core>,
    days: Arc<BTreeSet<u32>>,
    sequence: u64,
    config: Config,
}

/// An answer that is due once the batch is on disk.
enum Answer {
    Captured(oneshot::Sender<Result<Captured, StoreError>>, Result<Captured, StoreError>),
    Committed(oneshot::Sender<Result<(), CommitError>>, Result<(), CommitError>),
    Counted(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>),
    Changed(Box<dyn FnOnce() + Send>),
}

/// What a batch left to do after its commit.
struct Settled {
    answers: Vec<Answer>,
    news: Vec<News>,
    outbox_news: Vec<OutboxNews>,
    days: Arc<BTreeSet<u32>>,
    configured: bool,
    wrote: bool,
}

impl Writer {
    /// A writer that goes on from commit number `sequence`.
    pub(crate) fn new(
        (database, disk): (Database, Arc<dyn Disk>),
        core: Arc<Core>,
        days: Arc<BTreeSet<u32>>,
        sequence: u64,
        config: Config,
    ) -> Self {
        Self { database, disk, core, days, sequence, config }
    }

    /// Commits batches until the line is closed and empty, or a commit fails.
    pub(crate) fn run(mut self) {
        let (units_max, bytes_max) = (self.config.batch_units_max.max(1), self.config.batch_bytes_max);
        loop {
            let units = match self.core.line.take(units_max, bytes_max, PATIENCE) {
                Taken::Units(units) => units,
                Taken::Idle => Vec::new(),
                Taken::Closed => break,
            };
            // redb may panic on a page that is damaged in itself; that is a failed commit like any other.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.commit(units)))
                .unwrap_or_else(|_| Err(redb::Error::Corrupted("writing panicked".into())));
            if let Err(error) = outcome {
                self.core.fail(format!("a commit failed ({error}); restart the host, which verifies the store"));
                break;
            }
        }
        self.core.withdraw_snapshot();
        match catch_unwind(AssertUnwindSafe(|| self.database.close())) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.core.fail(format!("closing failed ({error})")),
            Err(_) => self.core.fail("closing panicked".into()),
        }
    }

    fn commit(&mut self, units: Vec<Unit>) -> Result<(), redb::Error> {
        let damaged = self.core.damage.take();
        if units.is_empty() && damaged.is_empty() {
            return Ok(());
        }
        pass(Edge::UnitsTaken);
        let (started, count) = (Instant::now(), units.len());
        let mut transaction = self.database.begin_write()?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(self.needs_quick_repair());
        pass(Edge::BatchBegun);
        let mut batch = Batch::new(&transaction, self.sequence + 1, Arc::clone(&self.days), &self.core.damage);
        for row in damaged {
            let key = quarantine_key(row.table, &row.key);
            batch.put(Fixed::Quarantine, &key, &seal_index(&key, row.reason.as_bytes()))?;
        }
        let state_max = StateUsage { keys: self.config.state_keys_max, bytes: self.config.state_bytes_max };
        let settled = apply_units(batch, units, self.sequence + 1, &self.core, state_max)?;
        self.end(transaction, settled)?;
        self.core.metrics.commit.observe(started.elapsed().as_secs_f64());
        self.core.metrics.commit_units.observe(count as f64);
        Ok(())
    }

    /// Whether the next start needs to find which pages are in use. That is written whole with each commit, 100 to 200 kB for each GB
    /// of the file; a start that verifies the file finds it out for itself. The file may have doubled by then.
    fn needs_quick_repair(&self) -> bool {
        self.disk.bytes().map_or(true, |bytes| bytes > self.config.integrity_check_bytes_max / 2)
    }

    fn end(&mut self, transaction: WriteTransaction, settled: Settled) -> Result<(), redb::Error> {
        if settled.wrote {
            pass(Edge::BatchReady);
            transaction.commit()?;
            pass(Edge::BatchCommitted);
            self.sequence += 1;
            self.days = settled.days;
            let snapshot =
                Snapshot::new(self.database.begin_read()?, Arc::clone(&self.days), Arc::clone(&self.core.damage));
            let news = (settled.news, settled.outbox_news);
            self.core.publish(snapshot, news, self.sequence, settled.configured);
            pass(Edge::BatchPublished);
        } else {
            // Every unit was refused or repeated what is already there.
            transaction.abort()?;
        }
        settled.answers.into_iter().for_each(Answer::send);
        pass(Edge::BatchAnswered);
        Ok(())
    }
}

fn apply_units(
    mut batch: Batch<'_>,
    units: Vec<Unit>,
    sequence: u64,
    core: &Core,
    state_max: StateUsage,
) -> Result<Settled, redb::Error> {
    let mut answers = Vec::with_capacity(units.len());
    let mut configured = false;
    let now = Timestamp::from_millis(now_ms());
    for unit in units {
        let edge = applied(&unit);
        answers.push(match unit {
            Unit::Capture { stored, answer } => {
                Answer::Captured(answer, refused(apply::store_capture(&mut batch, stored))?)
            }
            Unit::Run { commit, answer } => {
                let leaving = core.leaving.lock();
                let outcome = apply::commit_run(&mut batch, *commit, (now, state_max), leaving.as_deref());
                Answer::Committed(answer, refused(outcome)?)
            }
            Unit::Count { counts, answer } => {
                Answer::Counted(answer, refused(apply::count_interruptions(&mut batch, counts))?)
            }
            Unit::Change { act, configures, .. } => {
                let Done { applied, answer } = act(&mut batch)?;
                configured |= configures && applied;
                Answer::Changed(answer)
            }
        });
        pass(edge);
    }
    let wrote = batch.wrote();
    if wrote {
        let mark = |workspace: WorkspaceId| apply::mark_wanted(core.pending.lock().backlog(workspace));
        if let Err(error) = refused(apply::finish_batch(&mut batch, sequence, mark))? {
            return Err(redb::Error::Corrupted(error.to_string()));
        }
    }
    let (news, outbox_news) = (std::mem::take(&mut batch.news), std::mem::take(&mut batch.outbox_news));
    Ok(Settled { answers, news, outbox_news, days: batch.days(), configured, wrote })
}

/// The edge behind a unit that was applied.
fn applied(unit: &Unit) -> Edge {
    match unit {
        Unit::Capture { .. } => Edge::CaptureApplied,
        Unit::Run { commit, .. } if commit.begins.is_empty() => Edge::RunApplied,
        Unit::Run { .. } => Edge::SplitApplied,
        Unit::Count { .. } => Edge::CountApplied,
        Unit::Change { .. } => Edge::ChangeApplied,
    }
}

impl Answer {
    /// Answers; whoever gave up waiting is not told.
    fn send(self) {
        match self {
            Self::Captured(to, outcome) => drop(to.send(outcome)),
            Self::Committed(to, outcome) => drop(to.send(outcome)),
            Self::Counted(to, outcome) => drop(to.send(outcome)),
            Self::Changed(answer) => answer(),
        }
    }
}
