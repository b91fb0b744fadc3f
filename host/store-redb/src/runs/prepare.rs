//! Encoding a commit on its caller's thread, so that the one writer has less to do.

use hookbox_model::{Direction, Left, Message, WorkspaceId};
use hookbox_store::{ContactCommit, ConversationCommit, RunCommit, StateCommit, StoreError};

use crate::apply;
use crate::key;
use crate::record::seal;
use crate::unit::{Becomes, ContactUnit, ConversationUnit, Leaving, MessageUnit, RunUnit, StateUnit};

/// The unit of a commit; `claimed` when the run is claimed from this store.
pub(super) fn prepare(commit: RunCommit, claimed: bool) -> Result<RunUnit, StoreError> {
    let RunCommit { run, contact, begins, state } = commit;
    let contact = contact.map(prepare_contact).transpose()?;
    let begins = begins.iter().map(|begun| RunUnit::of(begun, true)).collect::<Result<_, StoreError>>()?;
    let state = state.into_iter().map(|access| prepare_state(run.workspace, access)).collect::<Result<_, _>>()?;
    Ok(RunUnit { contact, begins, state, ..RunUnit::of(&run, claimed)? })
}

fn prepare_state(workspace: WorkspaceId, commit: StateCommit) -> Result<StateUnit, StoreError> {
    let StateCommit { plugin, access } = commit;
    let key = key::state(workspace, &plugin, access.key.as_bytes());
    let becomes = match access.left {
        Left::Unchanged => Becomes::Unchanged,
        Left::Removed => Becomes::Removed,
        Left::Entry(entry) => Becomes::Entry { value: seal(&key, &entry)?, entry },
    };
    Ok(StateUnit { plugin, key, seen: access.seen, becomes })
}

fn prepare_contact(commit: ContactCommit) -> Result<ContactUnit, StoreError> {
    let conversations = commit.conversations.into_iter().map(|conversation| {
        let ConversationCommit { before, after } = conversation;
        let key = key::pair(after.workspace, after.id.as_bytes());
        let (id, inbox, version) = (after.id, after.inbox, after.version);
        Ok(ConversationUnit { value: seal(&key, &*after)?, id, inbox, before, version, key })
    });
    let messages = commit.messages.into_iter().map(|message: Message| {
        let key = key::pair(message.workspace, message.id.as_bytes());
        let due_ms = apply::due_of(&message).filter(|_| message.direction == Direction::Outgoing);
        let is_scheduled = message.send_at.is_some_and(|send_at| send_at > message.created_at);
        let (id, conversation) = (message.id, message.conversation);
        let leaves = due_ms.map(|due_ms| Leaving { conversation, due_ms, is_scheduled });
        Ok(MessageUnit { value: seal(&key, &message)?, id, leaves, key })
    });
    Ok(ContactUnit {
        before: commit.before,
        after: commit.after,
        conversations: conversations.collect::<Result<_, StoreError>>()?,
        messages: messages.collect::<Result<_, StoreError>>()?,
    })
}
