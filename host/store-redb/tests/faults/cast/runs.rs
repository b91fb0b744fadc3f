//! What runs do, and what people do with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use hookbox_model::{Contact, Left, Replay, Run, RunState, Seen, Timestamp};
use hookbox_store::conformance::samples::{self, entry};
use hookbox_store::{Claim, ContactCommit, RunCommit, RunFilter, StateCommit, Store, StoreError};
use hookbox_store_redb::RedbStore;

use super::super::acts::Act;
use super::{Cast, PLUGIN, audit, one, page};

impl Cast {
    /// The next commit of a run that can be claimed, if there is one.
    pub(super) async fn run(&mut self, store: &RedbStore, chance: &mut Rng) -> Result<Option<Act>, StoreError> {
        let Some(claim) = store.runs().claim(1).await?.pop() else { return Ok(None) };
        self.claimed.push((claim.capture.workspace, claim.run_id()));
        self.told_again(&claim);
        let before = claim.run.clone().unwrap_or_else(|| Run::first_of(&claim.capture, samples::now()));
        let state = [RunState::Succeeded, RunState::Succeeded, RunState::Running, RunState::Waiting, RunState::Failed]
            [chance.usize(0..5)];
        let due = if chance.bool() { 1 } else { u64::MAX };
        let run = Run {
            revision: before.revision + 1,
            state,
            due_at: (state == RunState::Waiting).then(|| Timestamp::from_millis(due)),
            finished_at: state.is_final().then(samples::now),
            ..before.clone()
        };
        let contact = if chance.u8(0..3) == 0 { None } else { Some(self.of_contact(store, &run, chance).await?) };
        let run = Run { contact: contact.as_ref().map_or(run.contact, |of| Some(of.after.id)), ..run };
        let further = if claim.run.is_none() && chance.u8(0..4) == 0 { chance.u32(1..4) } else { 0 };
        let begun =
            |item| Run { id: samples::id(), item: Some(item), state: RunState::Queued, revision: 1, ..before.clone() };
        let begins = (1..=further).map(begun).collect();
        let commit = RunCommit { state: self.remembered(store, chance).await?, run, contact, begins };
        Ok(Some(Act::new("run", move |store| store.runs().commit_run(commit.clone()))))
    }

    /// A run is never told to be less often interrupted than before.
    pub(crate) fn told_again(&mut self, claim: &Claim) {
        let revision = claim.run.as_ref().map_or(0, |run| run.revision);
        let known = self.interruptions.entry((claim.run_id(), revision)).or_default();
        assert!(claim.interruptions >= *known, "what was counted on disk is forgotten: {claim:?}, {known} before");
        *known = claim.interruptions;
    }

    async fn of_contact(&self, store: &RedbStore, run: &Run, chance: &mut Rng) -> Result<ContactCommit, StoreError> {
        let identifier = Self::phone(chance);
        let known = store.contacts().find(self.workspace.id, &identifier).await?;
        let (before, conversations) = match known {
            Some(known) => (Some(known.contact), known.conversations),
            None => (None, Vec::new()),
        };
        let unknown = || Contact::unknown(samples::id(), self.workspace.id, &identifier, samples::now());
        let mut after = before.as_deref().cloned().unwrap_or_else(unknown);
        after.version += 1;
        after.tags = [format!("revision {} of {}", run.revision, run.id)].into();
        if chance.bool() && !after.lists.remove(&self.list.id) {
            after.lists.insert(self.list.id);
        }
        let known = conversations.iter().find(|of| of.inbox == self.inbox.id);
        let conversation = match known {
            Some(known) => {
                let mut after = (**known).clone();
                (after.version, after.updated_at) = (after.version + 1, samples::now());
                after
            }
            None => samples::conversation(&after, self.inbox.id),
        };
        let mut messages = Vec::new();
        // Now and then so many that a contact's row does not tell of all of them.
        let count = if chance.u8(0..12) == 0 { 30 } else { chance.u8(0..3) };
        for _ in 0..count {
            let mut message = samples::message(&conversation);
            message.run = Some(run.id);
            match chance.u8(0..8) {
                0 => message.due_at = Some(Timestamp::from_millis(u64::MAX)),
                // Scheduled, and its time has come.
                1 => {
                    (message.due_at, message.send_at) =
                        (Some(Timestamp::from_millis(1)), Some(message.created_at.plus_millis(1)));
                }
                _ => {}
            }
            messages.push(message);
        }
        let conversations = vec![samples::conversation_commit(known.map(|known| &**known), conversation)];
        Ok(ContactCommit { before, after: Arc::new(after), conversations, messages })
    }

    async fn remembered(&self, store: &RedbStore, chance: &mut Rng) -> Result<Vec<StateCommit>, StoreError> {
        let mut keys = BTreeMap::new();
        for _ in 0..chance.u8(0..3) {
            let key = format!("key {}", chance.u8(0..5));
            let seen = store.plugin_state().get(self.workspace.id, PLUGIN, &key, samples::now()).await?;
            let left = match chance.u8(0..4) {
                0 => Left::Removed,
                1 => Left::Unchanged,
                _ => Left::Entry(entry(&chance.u32(..).to_string())),
            };
            keys.insert(key.clone(), samples::state(PLUGIN, &key, seen.map_or(Seen::Absent, Seen::Entry), left));
        }
        Ok(keys.into_values().collect())
    }

    /// Somebody cancels a run, or has one repeated.
    pub(super) async fn run_of_people(&self, store: &RedbStore, chance: &mut Rng) -> Result<Option<Act>, StoreError> {
        let (workspace, at) = (self.workspace.id, samples::now());
        let runs = store.runs().page(workspace, RunFilter::default(), page()).await?.items;
        let Some(run) = one(&runs, chance) else { return Ok(None) };
        if !run.state.is_final() {
            return Ok(Some(Act::new("cancel", move |store| async move {
                store.runs().cancel(workspace, run.id, at, audit("run.cancel")).await
            })));
        }
        let replay = Some(Replay { of: run.id, steps_kept: 0 });
        let again = Run { replay, replayed_by: None, due_at: None, finished_at: None, contact: None, ..run };
        let again = Run { id: samples::id(), state: RunState::Queued, revision: 1, ..again };
        Ok(Some(Act::new("replay", move |store| {
            let again = again.clone();
            async move { store.runs().replay(&again, audit("run.replay")).await }
        })))
    }
}
