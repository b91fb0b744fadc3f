//! Conversations: by id, by page, by contact.

use async_trait::async_trait;
use hookbox_model::{ContactId, Conversation, ConversationId, InboxId, MemberId, WorkspaceId};

use crate::{Page, PageRequest, StoreError};

/// Which conversations are wanted; all of them when nothing is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only those with this contact.
    pub contact: Option<ContactId>,
    /// Only those of this inbox.
    pub inbox: Option<InboxId>,
    /// Only those that this member answers.
    pub assignee: Option<MemberId>,
}

impl ConversationFilter {
    /// Whether a conversation is wanted.
    pub fn wants(&self, conversation: &Conversation) -> bool {
        self.contact.is_none_or(|contact| conversation.contact == contact)
            && self.inbox.is_none_or(|inbox| conversation.inbox == inbox)
            && self.assignee.is_none_or(|member| conversation.assignee == Some(member))
    }
}

/// What may be asked about conversations. Runs change them with `Runs::commit_run`.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The one with this id, if the workspace has it.
    async fn get(&self, workspace: WorkspaceId, id: ConversationId) -> Result<Option<Conversation>, StoreError>;

    /// Those begun first first. A page may have few of them or none; its cursor goes on.
    async fn page(
        &self,
        workspace: WorkspaceId,
        filter: ConversationFilter,
        page: PageRequest,
    ) -> Result<Page<Conversation>, StoreError>;
}
