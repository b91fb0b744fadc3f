//! The loop that claims messages and sees each to its outcome; start and drain.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use hookbox_model::MessageState;
use hookbox_store::{CommitError, OutboxClaim, Store, StoreError};
use hookbox_vault::Vault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::{debug, error, warn};

use crate::carrier::Carrier;
use crate::clock::host_clock;
use crate::lane::{Lane, Lanes};
use crate::reservations::Reservations;
use crate::sender::{PAUSE_MS, Sender};
use crate::{Clock, Config, DispatchError, Metrics};

/// Sends claimed messages until it is told to stop.
pub struct Dispatcher {
    sender: Sender,
    lanes: Lanes,
    /// Claims that may be in hand.
    claims: Arc<Semaphore>,
}

impl Dispatcher {
    /// A dispatcher that has not begun, by the host's clock.
    ///
    /// # Errors
    /// [`DispatchError`] when the HTTP client cannot be made.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        config: Config,
        metrics: Metrics,
    ) -> Result<Arc<Self>, DispatchError> {
        Self::with_clock(store, vault, config, metrics, host_clock())
    }

    /// A dispatcher that has not begun and takes the time from `clock`.
    ///
    /// # Errors
    /// [`DispatchError`] when the HTTP client cannot be made.
    pub fn with_clock(
        store: Arc<dyn Store>,
        vault: Vault,
        config: Config,
        metrics: Metrics,
        clock: Clock,
    ) -> Result<Arc<Self>, DispatchError> {
        let (carrier, claims) = (Carrier::new(&config)?, Arc::new(Semaphore::new(config.claims_max)));
        let sending = Semaphore::new(config.messages_max);
        let reservations = Reservations::default();
        let sender = Sender { store, vault, config, metrics, carrier, clock, sending, reservations };
        Ok(Arc::new(Self { sender, lanes: Lanes::default(), claims }))
    }

    /// Claims and sends until `shutdown` resolves, then gives back what has not begun and waits for the rest.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        tokio::pin!(shutdown);
        let (stop, stopping) = watch::channel(false);
        loop {
            // Claiming is never cut off: what it hands out would be lost to everybody.
            let place = tokio::select! {
                biased;
                () = &mut shutdown => break,
                place = Arc::clone(&self.claims).acquire_owned() => place.expect("the semaphore is never closed"),
            };
            let wait = self.claim(place, &stopping).await;
            let pause = async {
                match wait {
                    Wait::No => {}
                    Wait::Outbox => self.sender.store.outbox().wait_for_outbox().await,
                    Wait::Pause => tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await,
                }
            };
            tokio::select! { biased; () = &mut shutdown => break, () = pause => {} }
        }
        let _sent = stop.send(true);
        let all = u32::try_from(self.sender.config.claims_max).unwrap_or(u32::MAX);
        let grace = Duration::from_millis(self.sender.config.grace_ms);
        if tokio::time::timeout(grace, self.claims.acquire_many(all)).await.is_err() {
            warn!("some messages are still on their way; they are found again at the next start");
        }
    }

    /// Claims as many as there are places, and sends them off.
    async fn claim(self: &Arc<Self>, first: OwnedSemaphorePermit, stopping: &watch::Receiver<bool>) -> Wait {
        let mut places = first;
        if let Ok(more) =
            Arc::clone(&self.claims).try_acquire_many_owned(u32::try_from(self.claims.available_permits()).unwrap_or(0))
        {
            places.merge(more);
        }
        let claims = match self.sender.store.outbox().claim(places.num_permits()).await {
            Ok(claims) => claims,
            Err(error) => {
                warn!(%error, "no messages could be claimed");
                return Wait::Pause;
            }
        };
        let wait = if claims.is_empty() { Wait::Outbox } else { Wait::No };
        for claim in claims {
            let (this, stopping, place) = (Arc::clone(self), stopping.clone(), places.split(1));
            tokio::spawn(async move {
                this.see_to(claim, stopping).await;
                drop(place);
            });
        }
        wait
    }

    async fn see_to(&self, claim: OutboxClaim, stopping: watch::Receiver<bool>) {
        let message = claim.message.clone();
        let lane = self.lanes.of(message.inbox, &self.sender.config, &self.sender.metrics);
        let outcome = AssertUnwindSafe(self.through(claim, &lane, stopping)).catch_unwind().await;
        let outcome = match outcome {
            Ok(Err(CommitError::Store(error @ StoreError::Damaged { .. }))) => {
                warn!(message = %message.id, %error, "a message is kept until what it needs can be read");
                self.sender.keep(message.clone()).await
            }
            Ok(outcome) => outcome,
            Err(_) => {
                self.sender.metrics.panics.inc();
                error!(message = %message.id, "the sending of a message panicked; it is given up");
                AssertUnwindSafe(self.sender.give_up(&message, &lane)).catch_unwind().await.unwrap_or(Ok(()))
            }
        };
        self.lanes.leave(message.inbox, lane);
        match outcome {
            Ok(()) => {}
            Err(CommitError::RunChanged) => {
                debug!("a message was settled by somebody else");
                self.sender.store.outbox().release(&[(message.workspace, message.id)]).await;
            }
            Err(error) => {
                warn!(%error, "a message could not be brought on; it is tried again");
                tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
                self.sender.store.outbox().release(&[(message.workspace, message.id)]).await;
            }
        }
    }

    /// Waits for a place of the inbox and one of all; puts back what is too much, gives back what has not begun at the end.
    async fn through(
        &self,
        claim: OutboxClaim,
        lane: &Lane,
        mut stopping: watch::Receiver<bool>,
    ) -> Result<(), CommitError> {
        let in_hand = lane.in_hand.try_acquire();
        // An interrupted message is settled by its inbox's policy, never simply put back.
        if in_hand.is_err() && claim.message.state != MessageState::Sending {
            return self.sender.put_back(claim.message).await;
        }
        let both = async { (lane.sending.acquire().await, self.sender.sending.acquire().await) };
        let places = tokio::select! {
            biased;
            () = async { drop(stopping.wait_for(|stop| *stop).await) } => None,
            places = both => Some(places),
        };
        if places.is_none() {
            self.sender.store.outbox().release(&[(claim.message.workspace, claim.message.id)]).await;
            return Ok(());
        }
        self.sender.bring_on(claim, lane).await
    }
}

/// What to wait for before the next claim.
enum Wait {
    No,
    Outbox,
    Pause,
}
