//! One claimed message, from the last questions to its outcome.

use std::sync::Arc;
use std::time::Instant;

use hookbox_model::{
    Audited, Channel, Contact, Inbox, Message, MessageState, Timestamp, UnknownPolicy, WebhookChannel,
};
use hookbox_store::{CommitError, MessageCommitted, OutboxClaim, Store, StoreError};
use hookbox_vault::Vault;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::carrier::{Answer, Carrier};
use crate::channel::Opened;
use crate::lane::{Lane, Pass};
use crate::permit::{Permit, Sent, permit};
use crate::request::request;
use crate::reservations::{Asking, Reservations};
use crate::schedule::spread;
use crate::settle::{FORBIDDEN, seed, settle, settle_interrupted};
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
    /// Messages that passed the caps and are not counted by the store yet.
    pub(crate) reservations: Reservations,
}

/// Whether a message may leave, and its place under the caps if it takes one.
enum Asked<'a> {
    Yes(Option<Asking<'a>>),
    No(Permit),
    /// As many as the caps allow may be on their way.
    Crowded,
}

/// After a failure of the store nothing is asked of it for so long, in milliseconds.
pub(crate) const PAUSE_MS: u64 = 200;

/// How often a message asks the caps while others may use them up, before it is put back for a moment.
const QUESTIONS_MAX: usize = 64;

/// How often an inbox that others change meanwhile is read again to mark its channel gone; the next message is told so too.
const MARKS_MAX: usize = 5;

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
        // It may have waited since it was claimed: whom it is to is read as late as can be.
        let contact = self.store.contacts().get(message.workspace, message.contact).await?;
        let contact = contact.ok_or(StoreError::Missing { what: "contact" })?;
        let place = match self.may_leave(&message, &contact, &opened, now).await? {
            Asked::Yes(place) => place,
            Asked::No(Permit::Suppress(why)) => {
                return self.put(message, MessageState::Suppressed, Some(&why), None).await;
            }
            Asked::No(Permit::Hold(at, why)) => {
                return self.put(message, MessageState::Held, Some(why), Some(at)).await;
            }
            Asked::No(Permit::Send) | Asked::Crowded => return self.put_back(message).await,
        };
        let Some(channel) = channel else {
            // One that was committed for a channel, or was tried, is never taken for sent.
            if message.sandbox && message.attempts == 0 {
                message.sent_at = Some(now);
                return self.put(message, MessageState::Sent, None, None).await;
            }
            return self.hold(message, "its inbox has no channel any more").await;
        };
        if channel.gone_at.is_some() {
            return self.hold(message, "the channel is gone (410)").await;
        }
        if !self.carrier.may_reach(&channel.url) {
            return self.hold(message, FORBIDDEN).await;
        }
        let asked = lane.breaker.lock().ask(&self.config, now);
        match asked {
            Ok(leave) => self.send(message, &contact, &opened, channel, (Pass::new(lane, leave), place)).await,
            Err(later) => {
                let at = later.at.plus_millis(spread(seed(&message), later.spread_ms));
                self.put(message, MessageState::Queued, Some(later.why), Some(at)).await
            }
        }
    }

    /// Asks what may keep a message back. The caps are asked beside what others may be about to send.
    async fn may_leave(
        &self,
        message: &Message,
        contact: &Contact,
        opened: &Opened,
        now: Timestamp,
    ) -> Result<Asked<'_>, StoreError> {
        let may = |sent| permit(message, contact, &opened.inbox, &opened.workspace, sent, now);
        if message.attempts > 0 {
            // It was counted when it was first tried.
            let permit = may(Sent::default());
            return Ok(if permit == Permit::Send { Asked::Yes(None) } else { Asked::No(permit) });
        }
        for _ in 0..QUESTIONS_MAX {
            let next_end = self.reservations.next_end();
            let mut asking = self.reservations.ask(message);
            let sent = self.sent(message, opened, now).await?;
            let permit = may(sent);
            if permit != Permit::Send {
                return Ok(Asked::No(permit));
            }
            if asking.take(|workspace, contact| may(sent.and(workspace, contact)) == Permit::Send) {
                return Ok(Asked::Yes(Some(asking)));
            }
            drop(asking);
            next_end.await;
        }
        Ok(Asked::Crowded)
    }

    /// Keeps a message that its inbox cannot send as it is set up, and looks at it again later.
    async fn hold(&self, message: Message, why: &str) -> Result<(), CommitError> {
        let at = (self.clock)().plus_millis(self.config.gone_delay_ms);
        self.put(message, MessageState::Held, Some(why), Some(at)).await
    }

    /// Keeps a message whose inbox cannot be read. What was on its way stays in doubt, and its line is held: nobody knows the
    /// inbox's policy.
    pub(crate) async fn keep(&self, mut message: Message) -> Result<(), CommitError> {
        let why = "the record of its inbox cannot be read; look at the host's log";
        if message.state != MessageState::Sending {
            return self.hold(message, why).await;
        }
        (message.state, message.reason, message.due_at) = (MessageState::Unknown, Some(why.to_owned()), None);
        message.revision += 1;
        self.commit(&message, true).await.map(drop)
    }

    /// Puts a message back for a moment: its inbox has as many in hand as it may.
    pub(crate) async fn put_back(&self, message: Message) -> Result<(), CommitError> {
        let at = (self.clock)().plus_millis(self.config.crowded_delay_ms);
        let state = if message.state == MessageState::Held { MessageState::Held } else { MessageState::Queued };
        let reason = message.reason.clone();
        self.put(message, state, reason.as_deref(), Some(at)).await
    }

    /// Ends a message whose sending panicked, so that it does not panic for ever.
    pub(crate) async fn give_up(&self, claimed: &Message, lane: &Lane) -> Result<(), CommitError> {
        let stored = self.store.messages().get(claimed.workspace, claimed.id).await?;
        let Some(mut message) = stored.filter(|message| message.state.is_in_outbox()) else {
            // A report settled it meanwhile; what follows in its conversation must not wait for this claim.
            self.store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
            return Ok(());
        };
        let policy =
            lane.opened.lock().as_ref().and_then(|(_, opened)| opened.channel().map(|channel| channel.unknown));
        let in_doubt = message.state == MessageState::Sending;
        message.state = if in_doubt { MessageState::Unknown } else { MessageState::Failed };
        message.reason = Some("the host failed while it sent it; look at the host's log".to_owned());
        message.due_at = None;
        message.revision += 1;
        // Where nobody knows the policy, what follows waits too.
        let hold_line = in_doubt && policy.is_none_or(|policy| policy == UnknownPolicy::Hold);
        self.commit(&message, hold_line).await.map(drop)
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
        (pass, place): (Pass<'_>, Option<Asking<'_>>),
    ) -> Result<(), CommitError> {
        let now = (self.clock)();
        let secrets = opened.secrets(now);
        if secrets.is_empty() {
            return self.hold(message, "the inbox has no live secret to sign with").await;
        }
        message.sandbox = false;
        message.attempts += 1;
        message.revision += 1;
        (message.state, message.reason, message.due_at) = (MessageState::Sending, None, None);
        if self.commit(&message, false).await? == MessageCommitted::Suppressed {
            return Ok(());
        }
        drop(place);
        let request = request(&channel.url, &secrets, &message, contact, now);
        let begun = Instant::now();
        let answer = self.carrier.post(request, now).await;
        self.metrics.send.observe(begun.elapsed().as_secs_f64());
        self.note(pass, &answer);
        let hold_line = settle(&mut message, &answer, channel.unknown, &self.config, (self.clock)());
        self.commit(&message, hold_line).await?;
        if matches!(answer, Answer::Answered { status: 410, .. }) {
            self.mark_gone(&message, channel).await?;
        }
        Ok(())
    }

    /// Marks the channel gone, if it is still the one that said so.
    async fn mark_gone(&self, message: &Message, answered: &WebhookChannel) -> Result<(), StoreError> {
        let inboxes = self.store.inboxes();
        for _ in 0..MARKS_MAX {
            let Some(before) = inboxes.get(message.workspace, message.inbox).await? else { return Ok(()) };
            let Some(Channel::Webhook(channel)) = before.channel.clone() else { return Ok(()) };
            if channel.url != answered.url || channel.gone_at.is_some() {
                return Ok(());
            }
            let at = (self.clock)();
            let audited = gone(&before, at);
            let gone = Channel::Webhook(WebhookChannel { gone_at: Some(at), ..channel });
            match inboxes.update(&before, &Inbox { channel: Some(gone), ..before.clone() }, audited).await {
                Err(StoreError::Stale { .. }) => {}
                updated => return updated,
            }
        }
        Ok(())
    }

    fn note(&self, pass: Pass<'_>, answer: &Answer) {
        let now = (self.clock)();
        pass.tell(|breaker, leave| {
            let was = breaker.is_open();
            if let Answer::Answered { status: 429 | 503, retry_after_ms: Some(asked_ms), .. } = answer {
                breaker.pause(*asked_ms, &self.config, now);
            }
            match answer {
                Answer::Answered { status: 429, retry_after_ms: Some(_), .. } | Answer::Forbidden => {
                    breaker.give_back(leave);
                }
                Answer::Answered { status: 429 | 500..=599, .. } | Answer::Unreached | Answer::Doubtful => {
                    breaker.fail(leave, &self.config, now);
                }
                Answer::Answered { .. } => breaker.succeed(leave),
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

    async fn commit(&self, message: &Message, hold_line: bool) -> Result<MessageCommitted, CommitError> {
        let committed = self.store.outbox().commit_message(message, hold_line, (self.clock)()).await?;
        self.metrics.committed(match committed {
            MessageCommitted::AsAsked => message.state,
            MessageCommitted::Suppressed => MessageState::Suppressed,
        });
        Ok(committed)
    }
}

/// What the audit log is told of a channel that said that it is gone.
fn gone(inbox: &Inbox, at: Timestamp) -> Audited {
    let told = |gone_at: Option<Timestamp>| json!({"channel": {"webhook": {"gone_at": gone_at}}}).to_string();
    Audited {
        at,
        by: Audited::HOST.to_owned(),
        act: "inbox.gone",
        subject: format!("{} {}", inbox.id, inbox.name),
        before: told(None),
        after: told(Some(at)),
    }
}
