//! One claimed message, from the last questions to its outcome.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{Channel, Contact, Message, MessageState, Timestamp, UnknownPolicy, WebhookChannel};
use hookbox_store::{CommitError, MessageCommitted, OutboxClaim, Store, StoreError};
use hookbox_vault::Vault;
use tokio::sync::Semaphore;

use crate::carrier::{Answer, Carrier};
use crate::channel::Opened;
use crate::lane::{Lane, Pass};
use crate::permit::{Permit, Sent, permit};
use crate::request::request;
use crate::settle::{settle, settle_interrupted};
use crate::{Clock, Config, Metrics};

/// What is needed to send.
pub(crate) struct Sender {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Vault,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) carrier: Carrier,
    pub(crate) clock: Clock,
    /// Messages that may be on their way.
    pub(crate) sending: Semaphore,
}

/// After a failure of the store nothing is asked of it for so long, in milliseconds.
pub(crate) const PAUSE_MS: u64 = 200;

impl Sender {
    /// Settles the message as far as it can be now.
    pub(crate) async fn bring_on(&self, claim: OutboxClaim, lane: &Lane) -> Result<(), CommitError> {
        let (mut message, now) = (claim.message, (self.clock)());
        let Some(opened) = self.opened(&message, lane).await? else {
            return self.put(message, MessageState::Failed, Some("its inbox was removed"), None).await;
        };
        let channel = opened.channel();
        let policy = channel.map_or(UnknownPolicy::Retry, |channel| channel.unknown);
        if message.state == MessageState::Sending
            && let Some(hold_line) = settle_interrupted(&mut message, policy, &self.config)
        {
            return self.commit(&message, hold_line).await.map(drop);
        }
        let sent = self.sent(&message, &opened, now).await?;
        match permit(&message, &claim.contact, &opened.inbox, &opened.workspace, sent, now) {
            Permit::Suppress(why) => return self.put(message, MessageState::Suppressed, Some(&why), None).await,
            Permit::Hold(at, why) => return self.put(message, MessageState::Held, Some(why), Some(at)).await,
            Permit::Send => {}
        }
        let Some(channel) = channel else {
            (message.sandbox, message.sent_at) = (true, Some(now));
            return self.put(message, MessageState::Sent, None, None).await;
        };
        if channel.gone_at.is_some() {
            let at = now.plus_millis(self.config.gone_delay_ms);
            return self.put(message, MessageState::Held, Some("the channel is gone (410)"), Some(at)).await;
        }
        let asked = lane.breaker.lock().ask(&self.config, now);
        match asked {
            Ok(leave) => self.send(message, &claim.contact, &opened, channel, Pass::new(lane, leave)).await,
            Err(at) => {
                let why = "the channel failed too often and is given a rest";
                self.put(message, MessageState::Queued, Some(why), Some(at)).await
            }
        }
    }

    /// Puts a message back for a moment: its inbox has as many in hand as it may.
    pub(crate) async fn put_back(&self, message: Message) -> Result<(), CommitError> {
        let at = (self.clock)().plus_millis(self.config.crowded_delay_ms);
        let state = if message.state == MessageState::Held { MessageState::Held } else { MessageState::Queued };
        let reason = message.reason.clone();
        self.put(message, state, reason.as_deref(), Some(at)).await
    }

    /// Ends a message whose sending panicked, so that it does not panic for ever.
    pub(crate) async fn give_up(&self, claimed: &Message) -> Result<(), CommitError> {
        let stored = self.store.messages().get(claimed.workspace, claimed.id).await?;
        let Some(message) = stored.filter(|message| message.state.is_in_outbox()) else {
            // A report settled it meanwhile; what follows in its conversation must not wait for this claim.
            self.store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
            return Ok(());
        };
        let state = if message.state == MessageState::Sending { MessageState::Unknown } else { MessageState::Failed };
        self.put(message, state, Some("the host failed while it sent it; look at the host's log"), None).await
    }

    async fn opened(&self, message: &Message, lane: &Lane) -> Result<Option<Arc<Opened>>, StoreError> {
        let revision = self.store.revision();
        if let Some((of, opened)) = &*lane.opened.lock()
            && *of == revision
        {
            return Ok(Some(Arc::clone(opened)));
        }
        let Some(inbox) = self.store.inboxes().get(message.workspace, message.inbox).await? else { return Ok(None) };
        let workspace = self.store.workspaces().get(message.workspace).await?;
        let workspace = workspace.ok_or(StoreError::Missing { what: "workspace" })?;
        let opened = Arc::new(Opened::new(inbox, workspace, &self.vault));
        *lane.opened.lock() = Some((revision, Arc::clone(&opened)));
        Ok(Some(opened))
    }

    async fn sent(&self, message: &Message, opened: &Opened, now: Timestamp) -> Result<Sent, StoreError> {
        if message.attempts > 0 {
            return Ok(Sent::default());
        }
        let (id, contact, caps) = (message.workspace, message.contact, opened.workspace.caps);
        let day = opened.workspace.zone.day_begin(now);
        let minute = Timestamp::from_millis(now.as_millis().saturating_sub(60_000));
        let messages = self.store.messages();
        Ok(Sent {
            today: self.store.outbox().sent_on_day(id, day).await?,
            contact_today: messages.sent_since(id, contact, day, caps.per_contact_per_day).await?.into(),
            contact_minute: messages.sent_since(id, contact, minute, caps.per_contact_per_minute).await?.into(),
        })
    }

    async fn send(
        &self,
        mut message: Message,
        contact: &Contact,
        opened: &Opened,
        channel: &WebhookChannel,
        pass: Pass<'_>,
    ) -> Result<(), CommitError> {
        let _place = self.sending.acquire().await.expect("the semaphore is never closed");
        let now = (self.clock)();
        let secrets = opened.secrets(now);
        if secrets.is_empty() {
            let (at, why) = (now.plus_millis(self.config.gone_delay_ms), "the inbox has no live secret to sign with");
            return self.put(message, MessageState::Held, Some(why), Some(at)).await;
        }
        message.attempts += 1;
        message.revision += 1;
        (message.state, message.reason, message.due_at) = (MessageState::Sending, None, None);
        if self.commit(&message, false).await? == MessageCommitted::Suppressed {
            return Ok(());
        }
        let request = request(&channel.url, &secrets, &message, contact, now);
        let begun = Instant::now();
        let answer = self.carrier.post(request, now).await;
        self.metrics.send.observe(begun.elapsed().as_secs_f64());
        self.note(pass, &answer);
        let hold_line = settle(&mut message, &answer, channel.unknown, &self.config, (self.clock)());
        self.commit_outcome(&message, hold_line).await?;
        if matches!(answer, Answer::Answered { status: 410, .. }) {
            self.mark_gone(&message, channel).await?;
        }
        Ok(())
    }

    /// Marks the channel gone, if it is still the one that said so.
    async fn mark_gone(&self, message: &Message, answered: &WebhookChannel) -> Result<(), StoreError> {
        let Some(mut inbox) = self.store.inboxes().get(message.workspace, message.inbox).await? else { return Ok(()) };
        match &mut inbox.channel {
            Some(Channel::Webhook(channel)) if channel.url == answered.url && channel.gone_at.is_none() => {
                channel.gone_at = Some((self.clock)());
                self.store.inboxes().update(&inbox).await
            }
            Some(Channel::Webhook(_)) | None => Ok(()),
        }
    }

    fn note(&self, pass: Pass<'_>, answer: &Answer) {
        let now = (self.clock)();
        pass.tell(|breaker, leave| {
            let was = breaker.is_open();
            match answer {
                Answer::Answered { status: 500..=599, .. } | Answer::Unreached | Answer::Doubtful => {
                    breaker.fail(leave, &self.config, now);
                }
                Answer::Answered { .. } => breaker.succeed(leave),
                Answer::Forbidden => breaker.give_back(leave),
            }
            self.metrics.open.inc_by(i64::from(breaker.is_open()) - i64::from(was));
        });
    }

    async fn put(
        &self,
        mut message: Message,
        state: MessageState,
        reason: Option<&str>,
        due_at: Option<Timestamp>,
    ) -> Result<(), CommitError> {
        (message.state, message.reason, message.due_at) = (state, reason.map(str::to_owned), due_at);
        message.revision += 1;
        self.commit(&message, false).await.map(drop)
    }

    /// Writes what came of an attempt; a busy store is asked again, for what is not written is sent again.
    async fn commit_outcome(&self, message: &Message, hold_line: bool) -> Result<(), CommitError> {
        for _ in 1..self.config.commit_attempts_max {
            match self.commit(message, hold_line).await {
                Err(CommitError::Store(StoreError::Busy | StoreError::DiskFull { .. })) => {
                    tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
                }
                outcome => return outcome.map(drop),
            }
        }
        self.commit(message, hold_line).await.map(drop)
    }

    async fn commit(&self, message: &Message, hold_line: bool) -> Result<MessageCommitted, CommitError> {
        let committed = self.store.outbox().commit_message(message, hold_line, (self.clock)()).await?;
        self.metrics.committed(match committed {
            MessageCommitted::AsAsked => message.state,
            MessageCommitted::Suppressed => MessageState::Suppressed,
        });
        Ok(committed)
    }
}
