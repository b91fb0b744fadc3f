//! The store as the host holds it, and the state its threads share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use hookbox_store::{
    Audit, Automations, Backups, Captures, Contacts, Conversations, Fields, History, Inboxes, Lists, Members, Messages,
    Obstacle, Outbox, PluginSecrets, PluginState, Plugins, Runs, Sessions, Stats, Store, StoreError, Templates, Tokens,
    Triggers, Users, Workspaces,
};
use parking_lot::{Condvar, Mutex, RwLock};
use tokio::sync::{Notify, oneshot};

use crate::batch::{Batch, News, OutboxNews};
use crate::config::Config;
use crate::damage::Damage;
use crate::disk::Disk;
use crate::edge::{Edge, pass};
use crate::error::Fault;
use crate::finishing::Finishing;
use crate::high_water::{HighWater, HighWaterFile};
use crate::line::{Line, Turned};
use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::paging::Reach;
use crate::pending::Pending;
use crate::searches::Searches;
use crate::snapshot::{Snapshot, guarded};
use crate::space::Guard;
use crate::unit::{Unit, answered};
use crate::watching::Watching;

/// About how many bytes a change adds to a commit, besides what it brings.
const CHANGE_BYTES: usize = 1_024;

/// The embedded store. `open` and `check` are in `open.rs` and `check.rs`, each concept in the file of its name.
pub struct RedbStore {
    core: Arc<Core>,
    config: Config,
    disk: Arc<dyn Disk>,
    components: Arc<tokio::sync::Mutex<()>>,
    searches: Searches,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the store, its writer and its keeper share.
pub(crate) struct Core {
    pub(crate) line: Line,
    pub(crate) pending: Mutex<Pending>,
    /// Locked after `pending` by whoever locks both.
    pub(crate) outgoing: Mutex<Outgoing>,
    pub(crate) damage: Arc<Damage>,
    pub(crate) guard: Guard,
    pub(crate) metrics: Metrics,
    /// The last acknowledged commit.
    pub(crate) acknowledged: AtomicU64,
    /// The row of the plugin version that is being removed: no run begins to keep to it any more.
    pub(crate) leaving: Mutex<Option<Vec<u8>>>,
    /// How many backups are under way, for which components stay where they are.
    pub(crate) backups: Arc<AtomicUsize>,
    /// Resolves waiting claims.
    pub(crate) work: Notify,
    /// Resolves those who wait for the outbox.
    pub(crate) outbox: Notify,
    /// Resolves when a test capture was kept.
    pub(crate) tests: Notify,
    /// Who waits for the end of which run.
    pub(crate) finishing: Finishing,
    /// Who looks on at the runs of which workspace.
    pub(crate) watching: Arc<Watching>,
    /// Days before this one are dropped, or about to be: nothing of them is repeated any more.
    pub(crate) dropped_before: AtomicU32,
    /// What the last look found in the way of dropping more.
    pub(crate) obstacle: Mutex<Option<Obstacle>>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    revision: AtomicU64,
    failure: Mutex<Option<String>>,
    failed: Notify,
    ending: Mutex<bool>,
    ended: Condvar,
    closed: AtomicBool,
}

impl Core {
    /// Shared state over what was read from the file.
    pub(crate) fn new(
        (pending, outgoing): (Pending, Outgoing),
        snapshot: Snapshot,
        damage: Arc<Damage>,
        guard: Guard,
        metrics: Metrics,
        sequence: u64,
    ) -> Self {
        Self {
            line: Line::new(),
            pending: Mutex::new(pending),
            outgoing: Mutex::new(outgoing),
            damage,
            guard,
            metrics,
            acknowledged: AtomicU64::new(sequence),
            leaving: Mutex::new(None),
            backups: Arc::default(),
            work: Notify::new(),
            outbox: Notify::new(),
            tests: Notify::new(),
            finishing: Finishing::new(),
            watching: Arc::default(),
            dropped_before: AtomicU32::new(0),
            obstacle: Mutex::new(None),
            snapshot: RwLock::new(Some(Arc::new(snapshot))),
            revision: AtomicU64::new(sequence),
            failure: Mutex::new(None),
            failed: Notify::new(),
            ending: Mutex::new(false),
            ended: Condvar::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Makes a commit visible: the snapshot and the queue in memory change together.
    pub(crate) fn publish(
        &self,
        snapshot: Snapshot,
        (news, outbox_news): (Vec<News>, Vec<OutboxNews>),
        sequence: u64,
        configured: bool,
    ) {
        let ended = self.finishing.ended_by(&news);
        let changes = self.watching.changes(&news);
        let called = !outbox_news.is_empty();
        let (mut pending, mut outgoing) = (self.pending.lock(), self.outgoing.lock());
        let work = pending.learn(news);
        outgoing.learn(outbox_news);
        let old = self.snapshot.write().replace(Arc::new(snapshot));
        if configured {
            // Before anything of it can be claimed: the first run that a resumed automation lets go must not find it paused.
            self.revision.fetch_add(1, Ordering::AcqRel);
        }
        let depth = pending.depth();
        drop(outgoing);
        drop(pending);
        drop(old);
        self.acknowledged.store(sequence, Ordering::Release);
        if work {
            self.work.notify_waiters();
        }
        if called {
            self.outbox.notify_waiters();
        }
        self.finishing.tell(ended);
        self.watching.tell(&changes);
        self.metrics.queue_depth.set(depth.try_into().unwrap_or(i64::MAX));
    }

    /// The state after the last commit.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        self.snapshot.read().clone().ok_or_else(|| self.unavailable())
    }

    /// Lets go of the last snapshot.
    pub(crate) fn withdraw_snapshot(&self) {
        drop(self.snapshot.write().take());
    }

    /// Stops everything: from here on nothing is acknowledged.
    pub(crate) fn fail(&self, reason: String) {
        tracing::error!(%reason, "the store can write no more");
        self.failure.lock().get_or_insert(reason);
        self.line.break_off();
        self.failed.notify_waiters();
        self.finishing.tell_all();
    }

    /// Why the store cannot be used.
    pub(crate) fn unavailable(&self) -> StoreError {
        let failure = self.failure.lock().clone();
        StoreError::Unavailable { reason: failure.unwrap_or_else(|| "it is closed".into()) }
    }

    /// Why a unit did not get into the line.
    fn turned(&self, turned: Turned) -> StoreError {
        match turned {
            Turned::Full => StoreError::Busy,
            Turned::Closed => self.unavailable(),
        }
    }

    /// Makes a change of what callers may cache, in a transaction of its own.
    pub(crate) async fn configure<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (act, answered) = answered(act);
        let unit = Unit::Change { act, configures: true, bytes: CHANGE_BYTES };
        self.line.push(unit).map_err(|turned| self.turned(turned))?;
        answered.await.unwrap_or_else(|_| Err(self.unavailable()))
    }

    /// Waits up to `patience` for the end of the store; says whether it came.
    pub(crate) fn ended(&self, patience: Duration) -> bool {
        let mut ending = self.ending.lock();
        if !*ending {
            self.ended.wait_for(&mut ending, patience);
        }
        *ending
    }

    fn end(&self) {
        self.closed.store(true, Ordering::Release);
        self.line.close();
        *self.ending.lock() = true;
        self.ended.notify_all();
        self.work.notify_waiters();
        self.outbox.notify_waiters();
        self.tests.notify_waiters();
        self.finishing.tell_all();
    }

    /// Whether nothing more is committed.
    pub(crate) fn is_over(&self) -> bool {
        self.closed.load(Ordering::Acquire) || self.failure.lock().is_some()
    }
}

impl RedbStore {
    /// A store whose threads are yet to be started.
    pub(crate) fn new(core: Arc<Core>, config: Config, disk: Arc<dyn Disk>) -> Self {
        let searches = Searches::new(&config);
        Self { core, config, disk, components: Arc::default(), searches, threads: Mutex::default() }
    }

    /// Waits for this thread when the store ends.
    pub(crate) fn keep(&self, thread: JoinHandle<()>) {
        self.threads.lock().push(thread);
    }

    /// The shared state.
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// How far one page may go.
    pub(crate) fn reach(&self) -> Reach<'static> {
        Reach {
            rows_max: self.config.page_scan_rows_max,
            bytes_max: self.config.page_bytes_max,
            beside: None,
            looked: None,
        }
    }

    /// What the store lies on.
    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Locked by whoever puts a component on disk or takes one away, until the records say the same.
    pub(crate) fn components(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.components
    }

    /// Room for what reads much.
    pub(crate) fn searches(&self) -> &Searches {
        &self.searches
    }

    /// The state after the last commit.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        self.core.snapshot()
    }

    /// Reads from the state after the last commit.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let snapshot = self.snapshot()?;
        guarded(|| read(&snapshot))
    }

    /// As [`read`](Self::read), for a page that looks for a text: it takes longer than the runtime's threads are to be held up.
    pub(crate) async fn look_for<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot, Reach<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let snapshot = self.snapshot()?;
        let (rows_max, bytes_max) = (self.config.search_scan_rows_max, self.config.page_bytes_max);
        self.searches
            .read(move || guarded(|| read(&snapshot, Reach { rows_max, bytes_max, beside: None, looked: None })))
            .await
    }

    /// Makes a change that nobody caches, in a transaction of its own.
    pub(crate) async fn change<T, E>(
        &self,
        act: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (act, answered) = answered(act);
        let unit = Unit::Change { act, configures: false, bytes: CHANGE_BYTES };
        self.core.line.push(unit).map_err(|turned| self.turned(turned))?;
        answered.await.unwrap_or_else(|_| Err(self.core.unavailable().into()))
    }

    /// The same for what comes from outside: refused while the line is full, with about `bytes` to write.
    pub(crate) async fn change_if_room<T: Send + 'static>(
        &self,
        bytes: usize,
        act: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(refusal) = self.core.guard.refusal() {
            return Err(refusal);
        }
        let (act, answered) = answered(act);
        let unit = Unit::Change { act, configures: false, bytes: CHANGE_BYTES.saturating_add(bytes) };
        let pushed = self.core.line.push_below(unit, self.config.queue_units_max, self.config.queue_bytes_max);
        pushed.map_err(|turned| self.turned(turned))?;
        answered.await.unwrap_or_else(|_| Err(self.core.unavailable()))
    }

    /// Makes a change of what callers may cache, in a transaction of its own.
    pub(crate) async fn configure<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Batch<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.core.configure(act).await
    }

    /// Puts a unit in line and waits for its answer.
    pub(crate) async fn submit<T>(
        &self,
        unit: Unit,
        answered: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.core.line.push(unit).map_err(|turned| self.turned(turned))?;
        answered.await.unwrap_or_else(|_| Err(self.core.unavailable()))
    }

    /// Why a unit did not get into the line.
    pub(crate) fn turned(&self, turned: Turned) -> StoreError {
        self.core.turned(turned)
    }

    fn join(&self) {
        for thread in self.threads.lock().drain(..) {
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

/// Milliseconds since 1970 by the system's clock.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Store for RedbStore {
    fn workspaces(&self) -> &dyn Workspaces {
        self
    }
    fn inboxes(&self) -> &dyn Inboxes {
        self
    }
    fn members(&self) -> &dyn Members {
        self
    }
    fn lists(&self) -> &dyn Lists {
        self
    }
    fn fields(&self) -> &dyn Fields {
        self
    }
    fn templates(&self) -> &dyn Templates {
        self
    }
    fn contacts(&self) -> &dyn Contacts {
        self
    }
    fn conversations(&self) -> &dyn Conversations {
        self
    }
    fn messages(&self) -> &dyn Messages {
        self
    }
    fn outbox(&self) -> &dyn Outbox {
        self
    }
    fn automations(&self) -> &dyn Automations {
        self
    }
    fn triggers(&self) -> &dyn Triggers {
        self
    }
    fn captures(&self) -> &dyn Captures {
        self
    }
    fn runs(&self) -> &dyn Runs {
        self
    }
    fn plugins(&self) -> &dyn Plugins {
        self
    }
    fn plugin_state(&self) -> &dyn PluginState {
        self
    }
    fn plugin_secrets(&self) -> &dyn PluginSecrets {
        self
    }
    fn history(&self) -> &dyn History {
        self
    }
    fn audit(&self) -> &dyn Audit {
        self
    }
    fn backups(&self) -> &dyn Backups {
        self
    }
    fn stats(&self) -> &dyn Stats {
        self
    }
    fn users(&self) -> &dyn Users {
        self
    }
    fn sessions(&self) -> &dyn Sessions {
        self
    }
    fn tokens(&self) -> &dyn Tokens {
        self
    }

    fn revision(&self) -> u64 {
        self.core.revision.load(Ordering::Acquire)
    }

    fn queue_depth(&self) -> u64 {
        self.core.pending.lock().depth()
    }

    fn trouble(&self) -> Option<StoreError> {
        if self.core.closed.load(Ordering::Acquire) || self.core.failure.lock().is_some() {
            return Some(self.core.unavailable());
        }
        self.core.guard.refusal()
    }

    async fn broken(&self) -> StoreError {
        loop {
            let failed = self.core.failed.notified();
            if self.core.failure.lock().is_some() {
                return self.core.unavailable();
            }
            failed.await;
        }
    }

    async fn close(&self) {
        self.core.end();
        let threads = std::mem::take(&mut *self.threads.lock());
        if threads.is_empty() {
            return;
        }
        let (core, file) = (Arc::clone(&self.core), HighWaterFile::of(&self.disk));
        let finish = move || {
            for thread in threads {
                // A thread that panicked has nothing more to write.
                let _ = thread.join();
            }
            pass(Edge::Closing);
            let closed = core.failure.lock().is_none();
            let sequence = core.acknowledged.load(Ordering::Acquire);
            if let Err(error) = file.write(HighWater { sequence, closed }) {
                tracing::warn!(%error, "the high-water mark cannot be written; the next start takes this for an unclean stop");
            }
        };
        // The threads may still be writing; they must not hold up the runtime.
        if tokio::task::spawn_blocking(finish).await.is_err() {
            tracing::warn!("closing the store was interrupted; the next start takes this for an unclean stop");
        }
    }
}

impl Drop for RedbStore {
    /// Ends the threads without marking the store as cleanly closed.
    fn drop(&mut self) {
        self.core.end();
        self.join();
    }
}
