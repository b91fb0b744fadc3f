//! The loop that claims messages and sees each to its outcome; start and drain.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{Channel, Inbox, InboxId, Message, MessageState, Timestamp, UnknownPolicy, WebhookChannel};
use hookbox_store::{CommitError, MessageCommitted, OutboxClaim, Store, StoreError};
use hookbox_vault::Vault;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tracing::{debug, warn};

use crate::breaker::Breaker;
use crate::carrier::{Answer, Carrier};
use crate::clock::now;
use crate::permit::{Permit, Sent, permit};
use crate::request::request;
use crate::settle::settle;
use crate::{Config, DispatchError, Metrics};

/// Sends claimed messages until it is told to stop.
pub struct Dispatcher {
    store: Arc<dyn Store>,
    vault: Vault,
    config: Config,
    metrics: Metrics,
    carrier: Carrier,
    places: Arc<Semaphore>,
    lanes: Mutex<HashMap<InboxId, Arc<Lane>>>,
}

struct Lane {
    places: Semaphore,
    breaker: Mutex<Breaker>,
}

/// After a failure of the store nothing is claimed for so long, in milliseconds.
const PAUSE_MS: u64 = 200;

impl Dispatcher {
    /// A dispatcher that has not begun.
    ///
    /// # Errors
    /// [`DispatchError`] when the HTTP client cannot be made.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        config: Config,
        metrics: Metrics,
    ) -> Result<Arc<Self>, DispatchError> {
        let (carrier, places) = (Carrier::new(&config)?, Arc::new(Semaphore::new(config.messages_max)));
        Ok(Arc::new(Self { store, vault, config, metrics, carrier, places, lanes: Mutex::default() }))
    }

    /// Claims and sends until `shutdown` resolves, then gives back what has not begun and waits for the rest.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        tokio::pin!(shutdown);
        let (stop, stopping) = watch::channel(false);
        loop {
            let round = async {
                let place = self.places.clone().acquire_owned().await.expect("the semaphore is never closed");
                self.store.outbox().wait_for_outbox().await;
                place
            };
            let place = tokio::select! { biased; () = &mut shutdown => break, place = round => place };
            match self.store.outbox().claim(1).await {
                Ok(claims) => {
                    let Some(claim) = claims.into_iter().next() else { continue };
                    let (this, stopping) = (self.clone(), stopping.clone());
                    tokio::spawn(async move {
                        this.see_to(claim, stopping).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    warn!(%error, "no messages could be claimed");
                    tokio::select! {
                        biased;
                        () = &mut shutdown => break,
                        () = tokio::time::sleep(Duration::from_millis(PAUSE_MS)) => {}
                    }
                }
            }
        }
        let _sent = stop.send(true);
        let all = u32::try_from(self.config.messages_max).unwrap_or(u32::MAX);
        let grace = Duration::from_millis(self.config.grace_ms);
        if tokio::time::timeout(grace, self.places.acquire_many(all)).await.is_err() {
            warn!("some messages are still on their way; they are found again at the next start");
        }
    }

    async fn see_to(&self, claim: OutboxClaim, mut stopping: watch::Receiver<bool>) {
        let key = [(claim.message.workspace, claim.message.id)];
        let lane = self.lane(claim.message.inbox);
        let lane_place = tokio::select! {
            biased;
            () = async { drop(stopping.wait_for(|stop| *stop).await) } => None,
            place = lane.places.acquire() => place.ok(),
        };
        if lane_place.is_none() {
            return self.store.outbox().release(&key).await;
        }
        match self.bring_on(claim, &lane).await {
            Ok(()) => {}
            Err(CommitError::RunChanged) => debug!("a message was settled by somebody else"),
            Err(error) => {
                warn!(%error, "a message could not be brought on; it is tried again");
                tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
                self.store.outbox().release(&key).await;
            }
        }
    }

    fn lane(&self, inbox: InboxId) -> Arc<Lane> {
        let fresh = || Lane { places: Semaphore::new(self.config.inbox_messages_max), breaker: Mutex::default() };
        self.lanes.lock().entry(inbox).or_insert_with(|| Arc::new(fresh())).clone()
    }

    async fn bring_on(&self, claim: OutboxClaim, lane: &Lane) -> Result<(), CommitError> {
        let (mut message, now) = (claim.message, now());
        let Some(inbox) = self.store.inboxes().get(message.workspace, message.inbox).await? else {
            return self.put(message, MessageState::Failed, Some("its inbox was removed".to_owned()), None).await;
        };
        let channel = inbox.channel.as_ref().map(|Channel::Webhook(channel)| channel);
        let policy = channel.map_or(UnknownPolicy::Retry, |channel| channel.unknown);
        if message.state == MessageState::Sending && policy != UnknownPolicy::Retry {
            message.revision += 1;
            message.state = MessageState::Unknown;
            message.reason = Some("the host ended while it was on its way".to_owned());
            return self.commit(&message, policy == UnknownPolicy::Hold).await.map(drop);
        }
        let Some(workspace) = self.store.workspaces().get(message.workspace).await? else {
            return Err(StoreError::Missing { what: "workspace" }.into());
        };
        let day = workspace.zone.day_begin(now);
        let minute = Timestamp::from_millis(now.as_millis().saturating_sub(60_000));
        let (messages, caps) = (self.store.messages(), workspace.caps);
        let (id, contact) = (message.workspace, message.contact);
        let sent = Sent {
            today: self.store.outbox().sent_on_day(id, day).await?,
            contact_today: messages.sent_since(id, contact, day, caps.per_contact_per_day).await?.into(),
            contact_minute: messages.sent_since(id, contact, minute, caps.per_contact_per_minute).await?.into(),
        };
        match permit(&message, &claim.contact, &inbox, &workspace, sent, now) {
            Permit::Suppress(reason) => return self.put(message, MessageState::Suppressed, Some(reason), None).await,
            Permit::Hold(at, why) => {
                return self.put(message, MessageState::Held, Some(why.to_owned()), Some(at)).await;
            }
            Permit::Send => {}
        }
        let Some(channel) = channel else {
            (message.sandbox, message.sent_at) = (true, Some(now));
            return self.put(message, MessageState::Sent, None, None).await;
        };
        if channel.gone_at.is_some() {
            let at = now.plus_millis(self.config.gone_delay_ms);
            return self.put(message, MessageState::Held, Some("the channel is gone (410)".to_owned()), Some(at)).await;
        }
        let asked = lane.breaker.lock().ask(&self.config, now);
        if let Err(at) = asked {
            let why = "the channel failed too often and is given a rest".to_owned();
            return self.put(message, MessageState::Queued, Some(why), Some(at)).await;
        }
        let sent = self.send(message, &claim.contact, &inbox, channel, lane).await;
        lane.breaker.lock().leave();
        sent
    }

    async fn send(
        &self,
        mut message: Message,
        contact: &hookbox_model::Contact,
        inbox: &Inbox,
        channel: &WebhookChannel,
        lane: &Lane,
    ) -> Result<(), CommitError> {
        message.attempts += 1;
        let Some(request) = request(&self.vault, channel, &message, contact, now()) else {
            let why = "the inbox has no live secret to sign with".to_owned();
            return self.put(message, MessageState::Failed, Some(why), None).await;
        };
        (message.state, message.due_at) = (MessageState::Sending, None);
        message.revision += 1;
        if self.commit(&message, false).await? == MessageCommitted::Suppressed {
            return Ok(());
        }
        let begun = Instant::now();
        let answer = self.carrier.post(request).await;
        self.metrics.send.observe(begun.elapsed().as_secs_f64());
        self.note(lane, &answer);
        if matches!(answer, Answer::Answered { status: 410, .. }) {
            let mut gone = inbox.clone();
            gone.channel = Some(Channel::Webhook(WebhookChannel { gone_at: Some(now()), ..channel.clone() }));
            self.store.inboxes().update(&gone).await?;
        }
        let hold_line = settle(&mut message, &answer, channel.unknown, &self.config, now());
        self.commit(&message, hold_line).await.map(drop)
    }

    fn note(&self, lane: &Lane, answer: &Answer) {
        let mut breaker = lane.breaker.lock();
        let was = breaker.is_open();
        match answer {
            Answer::Answered { status: 500..=599, .. } | Answer::Unreached | Answer::Doubtful => {
                breaker.fail(&self.config, now());
            }
            Answer::Answered { .. } => breaker.succeed(),
            Answer::Forbidden => breaker.leave(),
        }
        let change = i64::from(breaker.is_open()) - i64::from(was);
        self.metrics.open.inc_by(change);
    }

    async fn put(
        &self,
        mut message: Message,
        state: MessageState,
        reason: Option<String>,
        due_at: Option<Timestamp>,
    ) -> Result<(), CommitError> {
        (message.state, message.reason, message.due_at) = (state, reason, due_at);
        message.revision += 1;
        self.commit(&message, false).await.map(drop)
    }

    async fn commit(&self, message: &Message, hold_line: bool) -> Result<MessageCommitted, CommitError> {
        let committed = self.store.outbox().commit_message(message, hold_line).await?;
        self.metrics.committed(match committed {
            MessageCommitted::AsAsked => message.state,
            MessageCommitted::Suppressed => MessageState::Suppressed,
        });
        Ok(committed)
    }
}
