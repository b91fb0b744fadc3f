//! What must be so: the messages and the lines of conversations, in memory and without any care for cost.

use std::collections::{BTreeMap, BTreeSet};

use hookbox_model::{
    ContactId, ConversationId, Inbox, IncomingMessage, Message, MessageId, MessageState, Timestamp, Workspace,
};
use hookbox_store::conformance::thread::Thread;
use hookbox_store::{CommitError, MessageCommitted};

use super::steps::{To, When};

/// The most hosts that still hold a message which they have claimed no more.
const GHOSTS_MAX: usize = 6;

/// The order of a conversation: 0 for what is sent again, then by when it was committed.
type Rank = (u64, MessageId);

/// The messages of a conversation that are to be sent.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeSet<Rank>,
    /// The one that may be claimed.
    next: Option<Rank>,
    /// Unknown messages that hold up what ranks behind them.
    holders: BTreeSet<Rank>,
}

/// What must be so.
pub(super) struct Model {
    pub(super) workspace: Workspace,
    pub(super) inbox: Inbox,
    pub(super) threads: Vec<Thread>,
    pub(super) messages: BTreeMap<MessageId, Message>,
    ranks: BTreeMap<MessageId, u64>,
    lines: BTreeMap<ConversationId, Line>,
    /// Scheduled messages that have no place in line yet.
    apart: BTreeSet<MessageId>,
    /// Whether each contact opted out.
    pub(super) opted_out: BTreeMap<ContactId, bool>,
    /// What came in last, of each contact.
    pub(super) told: BTreeMap<ContactId, IncomingMessage>,
    pub(super) claims: Vec<Message>,
    /// Claimed once and not any more, as whoever claimed them remembers them.
    pub(super) ghosts: Vec<Message>,
    posted: u64,
    /// Those that came to be on their way at least once.
    pub(super) handed: BTreeMap<ContactId, BTreeSet<MessageId>>,
}

impl Model {
    /// Nothing was written yet, and nobody opted out.
    pub(super) fn new(workspace: Workspace, inbox: Inbox, threads: Vec<Thread>) -> Self {
        Self {
            workspace,
            inbox,
            opted_out: threads.iter().map(|thread| (thread.contact.id, false)).collect(),
            threads,
            messages: BTreeMap::new(),
            ranks: BTreeMap::new(),
            lines: BTreeMap::new(),
            apart: BTreeSet::new(),
            told: BTreeMap::new(),
            claims: Vec::new(),
            ghosts: Vec::new(),
            posted: 0,
            handed: BTreeMap::new(),
        }
    }

    /// A new message stands behind all others of its conversation, unless it is scheduled: then it stands apart.
    pub(super) fn posts(&mut self, message: Message) {
        if message.send_at.is_some() {
            self.apart.insert(message.id);
            self.messages.insert(message.id, message);
        } else {
            self.place(message);
        }
    }

    fn place(&mut self, message: Message) {
        self.posted += 1;
        self.ranks.insert(message.id, self.posted);
        self.becomes(message, false);
    }

    /// Whether the time of a scheduled message has come that has no place yet.
    pub(super) fn falls_due(&self) -> bool {
        self.apart.iter().any(|id| self.messages[id].due_at == When::Soon.due_at())
    }

    /// Scheduled messages whose time has come take their places.
    pub(super) fn fall_due(&mut self) {
        let (due, later) = self.apart.iter().partition(|id| self.messages[*id].due_at == When::Soon.due_at());
        self.apart = later;
        let due: BTreeSet<MessageId> = due;
        due.iter().for_each(|id| self.place(self.messages[id].clone()));
    }

    pub(super) fn nth(&self, at: usize) -> Option<Message> {
        (!self.messages.is_empty()).then(|| self.messages.values().nth(at % self.messages.len()).cloned()).flatten()
    }

    /// The first in line is next unless one before it holds it up; what is on its way stays next.
    fn arrange(&mut self, conversation: ConversationId) {
        let line = self.lines.entry(conversation).or_default();
        let on_its_way = |rank: &Rank| self.messages[&rank.1].state == MessageState::Sending;
        if line.next.as_ref().is_some_and(on_its_way) {
            return;
        }
        let first = line.waiting.first().copied();
        line.next = first.filter(|first| !line.holders.iter().any(|holder| holder < first));
    }

    /// The message is now so; `holds` when it holds up what follows.
    pub(super) fn becomes(&mut self, message: Message, holds: bool) {
        let (id, conversation, waits) = (message.id, message.conversation, message.state.is_in_outbox());
        let before = self.messages.insert(id, message);
        let again = waits && before.is_some_and(|before| !before.state.is_in_outbox());
        let line = self.lines.entry(conversation).or_default();
        line.holders.retain(|holder| holder.1 != id);
        if again {
            self.ranks.insert(id, 0);
        }
        let rank = (self.ranks[&id], id);
        if waits {
            line.waiting.insert(rank);
        } else {
            line.waiting.remove(&rank);
            line.next = line.next.filter(|next| *next != rank);
        }
        if holds {
            line.holders.insert(rank);
        }
        self.arrange(conversation);
    }

    /// What can be claimed now.
    pub(super) fn claimable(&self) -> BTreeSet<MessageId> {
        let busy: BTreeSet<ConversationId> = self.claims.iter().map(|claim| claim.conversation).collect();
        let free = self.lines.iter().filter(|(conversation, _)| !busy.contains(conversation));
        let next = free.filter_map(|(_, line)| line.next.map(|next| next.1));
        next.filter(|id| self.messages[id].due_at != When::Never.due_at()).collect()
    }

    /// A step of a message, what should come of it, and the message as it should be then.
    pub(super) fn step(
        &self,
        claimed: &Message,
        to: To,
        at: Timestamp,
    ) -> (Message, Result<MessageCommitted, CommitError>, Message) {
        let (asked, known) = (to.of(claimed, at), &self.messages[&claimed.id]);
        if !known.state.is_in_outbox() || known.revision + 1 != asked.revision {
            return (asked, Err(CommitError::RunChanged), known.clone());
        }
        if to == To::Sending && self.opted_out[&claimed.contact] {
            // Why it is suppressed names what the contact did; that is for the suite to look at.
            let kept = Message { state: MessageState::Suppressed, attempts: known.attempts, ..asked.clone() };
            return (asked, Ok(MessageCommitted::Suppressed), kept);
        }
        (asked.clone(), Ok(MessageCommitted::AsAsked), asked)
    }

    /// Takes over what a step wrote.
    pub(super) fn stepped(&mut self, after: Message, to: To) {
        if after.state == MessageState::Sending {
            self.handed.entry(after.contact).or_default().insert(after.id);
        }
        self.becomes(after, to == To::UnknownHeld);
    }

    pub(super) fn haunt(&mut self, claims: Vec<Message>) {
        self.ghosts.extend(claims);
        let gone = self.ghosts.len().saturating_sub(GHOSTS_MAX);
        self.ghosts.drain(..gone);
    }
}
