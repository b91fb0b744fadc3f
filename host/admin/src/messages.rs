//! `/messages`: what was written and received, and the outbox of what has not been sent yet.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{
    ContactId, ConversationId, Direction, InboxId, Media, Message, MessageId, MessageState, RunId, Timestamp,
};
use hookbox_store::{Page, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{Asked, YesNo};
use crate::caller::Caller;
use crate::door::Door;
use crate::names::{Named, Names};
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all =
        get_with(page, words("messages_page", "Messages: of one contact oldest first, of all contact by contact"));
    ApiRouter::new().api_route_with("/api/v1/messages", all, |item| item.tag("messages"))
}

/// One entry of a conversation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Message")]
struct MessageShape {
    /// Its id, which is also its idempotency key on the way out.
    id: MessageId,
    /// The thread it is in.
    conversation: ConversationId,
    /// Whom it is to or from.
    contact: ContactId,
    /// The inbox it is from or to.
    inbox: Named<InboxId>,
    /// Which way it goes.
    direction: Direction,
    /// The text.
    body: String,
    /// What is attached.
    media: Vec<Media>,
    /// Where it stands.
    state: MessageState,
    /// Not to be sent before this.
    send_at: Option<Timestamp>,
    /// The run that asked for it, if an action did.
    run: Option<RunId>,
    /// The name of that run's step.
    step: Option<String>,
    /// When it was committed.
    created_at: Timestamp,
}

/// Which messages.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MessageFilter {
    /// Only those to and from this contact.
    contact: Option<ContactId>,
    /// Only those that are committed and not sent, oldest first. Not together with `contact`.
    outbox: Option<YesNo>,
}

impl MessageShape {
    async fn of(message: Message, names: &mut Names<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: message.id,
            conversation: message.conversation,
            contact: message.contact,
            inbox: names.inbox(message.inbox).await?,
            direction: message.direction,
            body: message.body,
            media: message.media,
            state: message.state,
            send_at: message.send_at,
            run: message.run,
            step: message.step,
            created_at: message.created_at,
        })
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<MessageFilter>,
) -> Result<Json<Paged<MessageShape>>, Refusal> {
    let (messages, workspace) = (door.store().messages(), caller.workspace_id());
    let page: Page<Message> = match (asked.filter.outbox, asked.filter.contact) {
        (Some(YesNo::True), None) => door.store().outbox().page(workspace, asked.page).await?,
        (Some(YesNo::True), Some(_)) => {
            return Err(Refusal::Query { reason: "outbox=true and contact do not go together".to_owned() });
        }
        (None | Some(YesNo::False), contact) => {
            let filter = hookbox_store::MessageFilter { contact, ..Default::default() };
            messages.page(workspace, filter, asked.page).await?
        }
    };
    let mut names = Names::new(door.store(), workspace);
    let mut items = Vec::with_capacity(page.items.len());
    for message in page.items {
        items.push(MessageShape::of(message, &mut names).await?);
    }
    Ok(Json(Paged { items, next: page.next }))
}
