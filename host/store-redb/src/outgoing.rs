//! Who is next to be sent, in memory: small, and rebuilt from the file at every start.
//!
//! The outbox itself is on disk: of each conversation the message that is next has a row in `outbox-heads`, by inbox and due
//! time. Memory holds of each inbox only from which row to look on, and what is claimed. Workspaces take turns, and within
//! each its inboxes; an inbox or a workspace that has its share of claims has no turn until one of them ends.
//!
//! The writer reports each commit under the same lock that publishes its snapshot, so a claim never sees one without the
//! other. Called by the writer and by `outbox.rs`.

mod round;

use std::collections::HashMap;
use std::ops::Bound;

use hookbox_model::{ContactId, ConversationId, InboxId, MessageId, WorkspaceId};
use hookbox_store::StoreError;

use crate::apply::{Found, open_head};
use crate::batch::{MessageKey, OutboxNews};
use crate::between::Between;
use crate::config::Config;
use crate::error::unreadable;
use crate::key;
use crate::snapshot::{Snapshot, guarded};
use crate::tables::Fixed;
use round::Round;

/// When a message is due, in milliseconds, and which it is: rows of an inbox are in this order.
type Due = (u64, MessageId);

/// Before every row of an inbox.
const START: Due = (0, MessageId::from_bytes([0; key::ID]));

/// A message to hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outgo {
    /// Which.
    pub(crate) key: MessageKey,
    /// Whom it is to.
    pub(crate) contact: ContactId,
    /// Its conversation.
    pub(crate) conversation: ConversationId,
    /// It is scheduled, and has yet to take its place in line.
    pub(crate) is_apart: bool,
}

/// The queue of the outbox in memory.
pub(crate) struct Outgoing {
    desks: HashMap<WorkspaceId, Desk>,
    /// Workspaces with something due, or to be due.
    round: Round<WorkspaceId>,
    /// Claimed, and neither settled nor released.
    claimed: HashMap<MessageKey, (InboxId, ConversationId)>,
    /// Conversations of what is claimed: of each at most one message.
    busy: HashMap<(WorkspaceId, ConversationId), Busy>,
    inbox_max: usize,
    workspace_max: usize,
}

/// The inboxes of one workspace.
#[derive(Default)]
struct Desk {
    trays: HashMap<InboxId, Tray>,
    round: Round<InboxId>,
    claimed: usize,
}

/// One inbox.
#[derive(Default)]
struct Tray {
    /// No unclaimed row comes before this one; `None` when there is none.
    next: Option<Due>,
    claimed: usize,
}

/// A conversation of which a message is claimed.
struct Busy {
    claimed: MessageId,
    /// Another message of it that was next meanwhile, and was passed over.
    passed: Option<Due>,
}

impl Outgoing {
    /// An empty queue.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            desks: HashMap::new(),
            round: Round::default(),
            claimed: HashMap::new(),
            busy: HashMap::new(),
            inbox_max: config.outbox_claimed_inbox_max.max(1),
            workspace_max: config.outbox_claimed_workspace_max.max(1),
        }
    }

    /// Takes over what is in the file: of each inbox its first row.
    pub(crate) fn adopt(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let Some(rows) = snapshot.table(Fixed::OutboxHeads.into())? else { return Ok(()) };
        let mut from = Some(Vec::new());
        while let Some(start) = from {
            let Some(row) = Between::of(&rows, (Bound::Included(&start), Bound::Unbounded))?.next() else { break };
            let (key, _) = row.map_err(unreadable)?;
            let workspace = WorkspaceId::from_bytes(key::id_at(key.value(), 0));
            self.expect(workspace, InboxId::from_bytes(key::id_at(key.value(), key::ID)), due_at(key.value()));
            from = key::end_of(&key.value()[..2 * key::ID]);
        }
        Ok(())
    }

    /// Learns what a commit did.
    pub(crate) fn learn(&mut self, news: Vec<OutboxNews>) {
        for item in news {
            match item {
                // What is claimed is looked for when its claim ends.
                OutboxNews::Next { workspace, due, .. } if self.claimed.contains_key(&(workspace, due.1)) => {}
                OutboxNews::Next { workspace, inbox, due } => self.expect(workspace, inbox, due),
                OutboxNews::Settled(message) => drop(self.end_claim(message)),
            }
        }
    }

    /// Hands out up to `limit` messages, a workspace at a time in turn.
    pub(crate) fn take(&mut self, limit: usize, now_ms: u64, snapshot: &Snapshot) -> Result<Vec<Outgo>, StoreError> {
        let mut taken = Vec::with_capacity(limit.min(64));
        while taken.len() < limit {
            let Some(workspace) = self.round.turn(now_ms) else { break };
            match guarded(|| self.next_of(workspace, now_ms, snapshot)) {
                Ok(found) => taken.extend(found),
                Err(error) => {
                    self.look_at_all(workspace);
                    taken.iter().for_each(|outgo: &Outgo| self.give_back(outgo.key));
                    return Err(error);
                }
            }
        }
        Ok(taken)
    }

    /// Takes a claimed message back; it is handed out again.
    pub(crate) fn give_back(&mut self, message: MessageKey) {
        if let Some(inbox) = self.end_claim(message) {
            self.expect(message.0, inbox, START);
        }
    }

    /// Forgets a claimed message that cannot be read: it can never be sent, and what follows in its conversation waits.
    pub(crate) fn abandon(&mut self, message: MessageKey) {
        self.end_claim(message);
    }

    /// Whether a claim may get something now.
    pub(crate) fn has_work(&self, now_ms: u64) -> bool {
        self.round.first().is_some_and(|due_ms| due_ms <= now_ms)
    }

    /// When something is due next, in milliseconds.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.round.first()
    }

    /// The next message of a workspace whose turn it is.
    fn next_of(
        &mut self,
        workspace: WorkspaceId,
        now_ms: u64,
        snapshot: &Snapshot,
    ) -> Result<Option<Outgo>, StoreError> {
        let mut found = None;
        while found.is_none() && !self.is_full(workspace) {
            let Some(inbox) = self.desks.get_mut(&workspace).and_then(|desk| desk.round.turn(now_ms)) else { break };
            found = self.next_in(workspace, inbox, now_ms, snapshot)?;
            self.look(workspace, inbox);
        }
        self.call(workspace);
        Ok(found)
    }

    /// Claims the next message of an inbox that is due, and notes from where to look on.
    fn next_in(
        &mut self,
        workspace: WorkspaceId,
        inbox: InboxId,
        now_ms: u64,
        snapshot: &Snapshot,
    ) -> Result<Option<Outgo>, StoreError> {
        let Some(from) = self.tray(workspace, inbox).next else { return Ok(None) };
        let Some(rows) = snapshot.table(Fixed::OutboxHeads.into())? else { return Ok(None) };
        let start = key::numbered(workspace, inbox.as_bytes(), from.0, from.1.as_bytes());
        let (mut found, mut next) = (None, None);
        for row in crate::paging::range(&rows, &Bound::Included(start.to_vec()), &start[..2 * key::ID])? {
            let (key, value) = row.map_err(unreadable)?;
            let due = due_at(key.value());
            if due.0 > now_ms || found.is_some() {
                next = Some(due);
                break;
            }
            let opened = open_head(key.value(), value.value());
            // It was noted; the others must not wait for it.
            let Ok(of) = snapshot.noted(Fixed::OutboxHeads.into(), key.value(), opened) else { continue };
            found = self.claimable(workspace, due, of);
        }
        self.tray(workspace, inbox).next = next;
        if let Some(outgo) = found {
            self.begin_claim(inbox, outgo);
        }
        Ok(found)
    }

    /// The message in a row, unless it or another of its conversation is claimed. One that stands apart waits for nobody: it is
    /// claimed to be given its place.
    fn claimable(
        &mut self,
        workspace: WorkspaceId,
        due: Due,
        Found { contact, conversation, is_apart }: Found,
    ) -> Option<Outgo> {
        let key = (workspace, due.1);
        if is_apart {
            let outgo = Outgo { key, contact, conversation, is_apart };
            return Some(outgo).filter(|_| !self.claimed.contains_key(&key));
        }
        match self.busy.get_mut(&(workspace, conversation)) {
            Some(busy) if busy.claimed == due.1 => None,
            Some(busy) => {
                busy.passed = Some(busy.passed.map_or(due, |passed| passed.min(due)));
                None
            }
            None => Some(Outgo { key, contact, conversation, is_apart }),
        }
    }

    fn begin_claim(&mut self, inbox: InboxId, outgo: Outgo) {
        let (workspace, message) = outgo.key;
        self.claimed.insert(outgo.key, (inbox, outgo.conversation));
        if !outgo.is_apart {
            self.busy.insert((workspace, outgo.conversation), Busy { claimed: message, passed: None });
        }
        self.desk(workspace).claimed += 1;
        self.tray(workspace, inbox).claimed += 1;
    }

    /// A message is claimed no more; its inbox, if it was.
    fn end_claim(&mut self, message: MessageKey) -> Option<InboxId> {
        let (inbox, conversation) = self.claimed.remove(&message)?;
        let workspace = message.0;
        let of = (workspace, conversation);
        let is_its_own = self.busy.get(&of).is_some_and(|busy| busy.claimed == message.1);
        let busy = if is_its_own { self.busy.remove(&of) } else { None };
        let desk = self.desk(workspace);
        desk.claimed = desk.claimed.saturating_sub(1);
        let tray = self.tray(workspace, inbox);
        tray.claimed = tray.claimed.saturating_sub(1);
        if let Some(passed) = busy.and_then(|busy| busy.passed) {
            lower(&mut tray.next, passed);
        }
        self.look(workspace, inbox);
        self.call(workspace);
        Some(inbox)
    }

    /// Makes sure that a row is looked for when it is due.
    fn expect(&mut self, workspace: WorkspaceId, inbox: InboxId, due: Due) {
        lower(&mut self.tray(workspace, inbox).next, due);
        self.look(workspace, inbox);
        self.call(workspace);
    }

    /// Gives an inbox its turn among those of its workspace when its next row is due, unless it has its share.
    fn look(&mut self, workspace: WorkspaceId, inbox: InboxId) {
        let inbox_max = self.inbox_max;
        let desk = self.desk(workspace);
        let Some(tray) = desk.trays.get(&inbox) else { return };
        match tray.next {
            Some((due_ms, _)) if tray.claimed < inbox_max => desk.round.expect(inbox, due_ms),
            Some(_) => {}
            None if tray.claimed == 0 => drop(desk.trays.remove(&inbox)),
            None => {}
        }
    }

    /// Gives a workspace its turn when one of its inboxes has its own, unless it has its share.
    fn call(&mut self, workspace: WorkspaceId) {
        let Some(desk) = self.desks.get(&workspace) else { return };
        match desk.round.first() {
            Some(due_ms) if desk.claimed < self.workspace_max => self.round.expect(workspace, due_ms),
            Some(_) => {}
            None if desk.trays.is_empty() => drop(self.desks.remove(&workspace)),
            None => {}
        }
    }

    /// Gives every inbox of a workspace the turn that it should have: reading may have ended anywhere.
    fn look_at_all(&mut self, workspace: WorkspaceId) {
        let inboxes: Vec<InboxId> = self.desk(workspace).trays.keys().copied().collect();
        inboxes.into_iter().for_each(|inbox| self.look(workspace, inbox));
        self.call(workspace);
    }

    fn is_full(&self, workspace: WorkspaceId) -> bool {
        self.desks.get(&workspace).is_none_or(|desk| desk.claimed >= self.workspace_max)
    }

    fn desk(&mut self, workspace: WorkspaceId) -> &mut Desk {
        self.desks.entry(workspace).or_default()
    }

    fn tray(&mut self, workspace: WorkspaceId, inbox: InboxId) -> &mut Tray {
        self.desk(workspace).trays.entry(inbox).or_default()
    }
}

/// The due time and the message in the key of a row of `outbox-heads`.
fn due_at(row: &[u8]) -> Due {
    (key::number_at(row, 2 * key::ID), MessageId::from_bytes(key::id_at(row, 40)))
}

fn lower(next: &mut Option<Due>, due: Due) {
    *next = Some(next.map_or(due, |next| next.min(due)));
}
