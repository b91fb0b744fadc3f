//! The loop that claims runs and gives each its place; start and drain.

mod begin;
mod follow;
mod set_aside;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hookbox_model::{Digest, DryRun, DryRunReport, PluginHealth, WorkspaceId};
use hookbox_sandbox::Sandbox;
use hookbox_store::{Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::warn;

use crate::catalog::Catalog;
use crate::contended::Contended;
use crate::line::Lines;
use crate::quarantine::Quarantine;
use crate::rehearse;
use crate::stats::Tally;
use crate::submitted::Submitted;
use crate::surroundings::Around;
use crate::turn::{Means, Turn};
use crate::{Config, Metrics, Secrets};

/// Brings claimed runs on until it is told to stop.
pub struct Runner {
    means: Means,
    lines: Lines<Turn>,
    contended: Contended,
    places: Arc<Semaphore>,
    /// The number of the next claim.
    number: AtomicU64,
}

/// After a failure of the store neither claiming nor the run goes on for so long, in milliseconds: a broken store is not
/// asked in a loop.
const PAUSE_MS: u64 = 200;

impl Runner {
    /// A runner that has not begun.
    pub fn new(
        store: Arc<dyn Store>,
        sandbox: Sandbox,
        secrets: Arc<dyn Secrets>,
        config: Config,
        metrics: Metrics,
    ) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(config.runs_max));
        let catalog = Catalog::new(store.clone(), sandbox.clone(), &config, metrics.clone());
        let around = Arc::new(Around { store: store.clone(), secrets, submitted: Submitted::default() });
        let quarantine = Quarantine::new(config.quarantine.clone());
        let tally = Tally::new(config.stats.clone());
        let means = Means { store, sandbox, catalog, around, quarantine, config, metrics, tally };
        let (lines, contended) = (Lines::new(), Contended::default());
        Arc::new(Self { means, lines, contended, places, number: AtomicU64::new(0) })
    }

    /// How a plugin version fares in a workspace, since the host started.
    pub fn plugin_health(&self, workspace: WorkspaceId, digest: Digest) -> PluginHealth {
        self.means.quarantine.health((workspace, digest))
    }

    /// What an automation would do with a payload. Nothing is committed; it can be repeated at will. Fails only when the store
    /// cannot be read: why a run would fail is in the report.
    pub async fn dry_run(&self, asked: DryRun) -> Result<DryRunReport, StoreError> {
        rehearse::dry_run(&self.means, asked).await
    }

    /// Claims and runs until `shutdown` resolves, then drains: what runs may end within the grace time, what only waited
    /// for its turn is handed back. What is still running after that is found again at the next start. What was counted is
    /// added to the store before this returns.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        tokio::pin!(shutdown);
        let (counted, end) = oneshot::channel();
        let counting = tokio::spawn({
            let runner = Arc::clone(&self);
            async move { runner.means.tally.keep(&*runner.means.store, end).await }
        });
        loop {
            let place = tokio::select! {
                biased;
                () = &mut shutdown => break,
                place = self.places.clone().acquire_owned() => place.expect("the semaphore is never closed"),
            };
            match self.claim_from(place).await {
                Ok(true) => {}
                Ok(false) => tokio::select! {
                    biased;
                    () = &mut shutdown => break,
                    () = self.means.store.runs().wait_for_work() => {}
                },
                Err(error) => {
                    warn!(%error, "no runs could be claimed");
                    tokio::select! {
                        biased;
                        () = &mut shutdown => break,
                        () = tokio::time::sleep(Duration::from_millis(PAUSE_MS)) => {}
                    }
                }
            }
        }
        self.drain().await;
        drop(counted);
        if let Err(error) = counting.await {
            warn!(%error, "counting broke down; what runs and calls came to at last is not counted");
        }
    }

    /// Claims up to as many runs as there are places. `false` when there was nothing to claim.
    async fn claim_from(self: &Arc<Self>, mut places: OwnedSemaphorePermit) -> Result<bool, StoreError> {
        let more = self.places.available_permits().min(self.means.config.claim_max.saturating_sub(1));
        if let Ok(further) = self.places.clone().try_acquire_many_owned(u32::try_from(more).unwrap_or(0)) {
            places.merge(further);
        }
        let claims = self.means.store.runs().claim(places.num_permits()).await?;
        let any = !claims.is_empty();
        self.begin(claims, &mut places).await;
        let free = self.places.available_permits() + places.num_permits();
        self.means
            .metrics
            .claimed
            .set(i64::try_from(self.means.config.runs_max.saturating_sub(free)).unwrap_or(i64::MAX));
        Ok(any)
    }

    async fn drain(&self) {
        let waiting = self.lines.take_waiting();
        let ids: Vec<_> = waiting.iter().map(|turn| (turn.claim.capture.workspace, turn.claim.run_id())).collect();
        self.means.store.runs().release(&ids).await;
        drop(waiting);
        let all = u32::try_from(self.means.config.runs_max).unwrap_or(u32::MAX);
        let ended =
            tokio::time::timeout(Duration::from_millis(self.means.config.grace_ms), self.places.acquire_many(all))
                .await;
        if ended.is_err() {
            let left = self.means.config.runs_max - self.places.available_permits();
            warn!(runs = left, "runs did not end within the grace time; the next start goes on with them");
        }
    }
}
