//! What becomes of messages: steps of those that are sent, reports, decisions, and what comes in.

use fastrand::Rng;
use hookbox_model::{Decision, Message, MessageReport, MessageState, ReportState, Timestamp};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::stepped;
use hookbox_store::{MessageFilter, Store, StoreError};
use hookbox_store_redb::RedbStore;

use super::super::acts::Act;
use super::{Cast, audit, one, page};

impl Cast {
    /// A step of a message in the outbox; now and then whoever sends has those that fall due take their places first.
    pub(super) async fn message_step(&self, store: &RedbStore, chance: &mut Rng) -> Result<Option<Act>, StoreError> {
        let waiting = store.outbox().page(self.workspace.id, page()).await?.items;
        let Some(message) = one(&waiting, chance) else { return Ok(None) };
        if chance.u8(0..4) == 0 {
            let claim = Act::new("messages fall due", |store| async move {
                let claims = store.outbox().claim(100).await?;
                let keys: Vec<_> = claims.iter().map(|claim| (claim.message.workspace, claim.message.id)).collect();
                store.outbox().release(&keys).await;
                Ok::<_, StoreError>(())
            });
            return Ok(Some(claim.alone()));
        }
        let at = samples::now();
        let mut after = match (message.state, chance.u8(0..8)) {
            (MessageState::Sending, 0..4) => Message { sent_at: Some(at), ..stepped(&message, MessageState::Sent) },
            (MessageState::Sending, 4) => stepped(&message, MessageState::Failed),
            (MessageState::Sending, 5 | 6) => stepped(&message, MessageState::Unknown),
            (_, 0) => stepped(&message, MessageState::Held),
            _ => stepped(&message, MessageState::Sending),
        };
        if after.state == MessageState::Held {
            after.due_at = Some(Timestamp::from_millis(1));
        }
        let holds = after.state == MessageState::Unknown && chance.bool();
        Ok(Some(Act::new("message", move |store| {
            let after = after.clone();
            async move { store.outbox().commit_message(&after, holds, at).await }
        })))
    }

    /// A message comes in.
    pub(super) fn incoming(&self, chance: &mut Rng) -> Act {
        let words = ["STOP", "start", "hello", "hello"][chance.usize(0..4)];
        let mut incoming = samples::incoming(&self.inbox, &Self::phone(chance), words);
        incoming.external_id = format!("external {}", chance.u8(0..40));
        Act::new("incoming", move |store| {
            let incoming = incoming.clone();
            async move { store.messages().receive(&incoming).await }
        })
    }

    /// A channel reports, or somebody decides.
    pub(super) async fn told(&self, store: &RedbStore, chance: &mut Rng) -> Result<Option<Act>, StoreError> {
        let messages = store.messages().page(self.workspace.id, MessageFilter::default(), page()).await?.items;
        let Some(message) = one(&messages, chance) else { return Ok(None) };
        let (workspace, at) = (self.workspace.id, samples::now());
        if chance.bool() {
            let decision = [Decision::Send, Decision::Sent, Decision::Failed][chance.usize(0..3)];
            return Ok(Some(Act::new("decision", move |store| async move {
                store.messages().decide(workspace, message.id, decision, at, audit("message.decide")).await
            })));
        }
        let state = [ReportState::Sent, ReportState::Delivered, ReportState::Failed][chance.usize(0..3)];
        let report = MessageReport { workspace, inbox: message.inbox, message: message.id, state, reason: None, at };
        Ok(Some(Act::new("report", move |store| {
            let report = report.clone();
            async move { store.messages().report(&report).await }
        })))
    }
}
