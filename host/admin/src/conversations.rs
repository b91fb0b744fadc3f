//! `/conversations`: the threads of inboxes with contacts.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{
    ContactId, Conversation, ConversationId, ConversationState, InboxId, MemberId, Note, NoteId, RunId, Timestamp,
};
use hookbox_store::{ConversationFilter, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::{Named, Names};
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("conversations_page", "Conversations, those begun first first"));
    let one = get_with(one, words("conversations_get", "One conversation"));
    ApiRouter::new().api_route_with("/api/v1/conversations", all, |item| item.tag("conversations")).api_route_with(
        "/api/v1/conversations/{id}",
        one,
        |item| item.tag("conversations"),
    )
}

/// The thread of one inbox with one contact.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Conversation")]
pub(crate) struct ConversationShape {
    /// Its id.
    id: ConversationId,
    /// The inbox it belongs to.
    inbox: Named<InboxId>,
    /// Whose thread.
    contact: ContactId,
    /// What the contact is called now: a name, or else what it is found by.
    contact_name: Option<String>,
    /// Open or closed.
    state: ConversationState,
    /// The member who answers; null when nobody was named, or who was is a member no more.
    assignee: Option<Named<MemberId>>,
    /// What members and actions wrote beside it, oldest first; never sent.
    notes: Vec<NoteShape>,
    /// 1 at first; grows by one with every change.
    version: u64,
    /// When it began.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// A remark on a conversation that only members see.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Note")]
struct NoteShape {
    /// Its id.
    id: NoteId,
    /// The text.
    body: String,
    /// The run that wrote it, if an action did.
    run: Option<RunId>,
    /// When it was written.
    created_at: Timestamp,
}

/// Which conversations.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConversationQuery {
    /// Only those with this contact.
    contact: Option<ContactId>,
    /// Only those of this inbox.
    inbox: Option<InboxId>,
    /// Only those that this member answers.
    assignee: Option<MemberId>,
}

impl ConversationShape {
    /// A conversation with the names of its inbox, its contact and its assignee.
    pub(crate) async fn of(conversation: Conversation, names: &mut Names<'_>) -> Result<Self, StoreError> {
        let assignee = match conversation.assignee {
            None => None,
            // Who was removed has no name any more, and is nobody.
            Some(member) => Some(names.member(member).await?).filter(|member| !member.name.is_empty()),
        };
        Ok(Self {
            id: conversation.id,
            inbox: names.inbox(conversation.inbox).await?,
            contact: conversation.contact,
            contact_name: names.contact(conversation.contact).await?,
            state: conversation.state,
            assignee,
            notes: conversation.notes.into_iter().map(NoteShape::from).collect(),
            version: conversation.version,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        })
    }
}

impl From<Note> for NoteShape {
    fn from(Note { id, body, run, created_at }: Note) -> Self {
        Self { id, body, run, created_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<ConversationQuery>,
) -> Result<Json<Paged<ConversationShape>>, Refusal> {
    let (store, workspace) = (door.store(), caller.workspace_id());
    let ConversationQuery { contact, inbox, assignee } = asked.filter;
    let filter = ConversationFilter { contact, inbox, assignee };
    let page = store.conversations().page(workspace, filter, asked.page).await?;
    let mut names = Names::new(store, workspace);
    let mut items = Vec::with_capacity(page.items.len());
    for conversation in page.items {
        items.push(ConversationShape::of(conversation, &mut names).await?);
    }
    Ok(Json(Paged { items, next: page.next }))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<ConversationId>,
) -> Result<Json<ConversationShape>, Refusal> {
    let found = door.store().conversations().get(caller.workspace_id(), id).await?;
    let conversation = found.ok_or(Refusal::Missing { what: "conversation" })?;
    let mut names = Names::new(door.store(), caller.workspace_id());
    Ok(Json(ConversationShape::of(conversation, &mut names).await?))
}
