//! `/messages`: what was written and received, and the outbox of what has not been sent yet.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{
    ContactId, ConversationId, Decision, Direction, InboxId, Media, Message, MessageId, MessageState, RunId, Timestamp,
};
use hookbox_store::{MessageFilter, Page, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::asked::{Asked, Unanswerable, YesNo};
use crate::at::At;
use crate::audited::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{Named, Names};
use crate::paged::{Conflict, Paged};
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, |operation| {
        words("messages_page", "Messages, oldest first")(operation).response::<422, Unanswerable>()
    });
    let decision = post_with(decide, |operation| {
        let summary = "Decide about a message that failed or of which nobody knows whether it was sent";
        words("messages_decide", summary)(operation).response::<409, Conflict>()
    });
    ApiRouter::new().api_route_with("/api/v1/messages", all, |item| item.tag("messages")).api_route_with(
        "/api/v1/messages/{id}/decision",
        decision,
        |item| item.tag("messages"),
    )
}

/// One entry of a conversation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Message")]
pub(crate) struct MessageShape {
    /// Its id, which is also its idempotency key on the way out.
    id: MessageId,
    /// The thread it is in.
    conversation: ConversationId,
    /// Whom it is to or from.
    contact: ContactId,
    /// What the contact is called now: a name, or else what it is found by.
    contact_name: Option<String>,
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
    /// Its inbox had no channel when it was committed: unless it gets one until then, it is recorded as sent, to nobody.
    sandbox: bool,
    /// Why it is held, suppressed, failed or unknown.
    reason: Option<String>,
    /// How often its sending was tried.
    attempts: u32,
    /// When it is tried next, while it is queued or held.
    due_at: Option<Timestamp>,
    /// When it was sent, or received.
    sent_at: Option<Timestamp>,
    /// When the channel reported that it arrived.
    delivered_at: Option<Timestamp>,
    /// What the channel calls it.
    external_id: Option<String>,
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
struct MessageQuery {
    /// Only those to and from this contact.
    contact: Option<ContactId>,
    /// Only those of this conversation.
    conversation: Option<ConversationId>,
    /// Only those in this state.
    state: Option<MessageState>,
    /// Only those that are committed and not sent, oldest first. Not together with the others.
    outbox: Option<YesNo>,
}

impl MessageShape {
    /// A message with the names of its inbox and its contact.
    pub(crate) async fn of(message: Message, names: &mut Names<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: message.id,
            conversation: message.conversation,
            contact: message.contact,
            contact_name: names.contact(message.contact).await?,
            inbox: names.inbox(message.inbox).await?,
            direction: message.direction,
            body: message.body,
            media: message.media,
            state: message.state,
            sandbox: message.sandbox,
            reason: message.reason,
            attempts: message.attempts,
            due_at: message.due_at,
            sent_at: message.sent_at,
            delivered_at: message.delivered_at,
            external_id: message.external_id,
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
    asked: Asked<MessageQuery>,
) -> Result<Json<Paged<MessageShape>>, Refusal> {
    let (messages, workspace) = (door.store().messages(), caller.workspace_id());
    let MessageQuery { contact, conversation, state, outbox } = asked.filter;
    let filter = MessageFilter { contact, conversation, state };
    let page: Page<Message> = match outbox {
        Some(YesNo::True) if filter == MessageFilter::default() => {
            door.store().outbox().page(workspace, asked.page).await?
        }
        Some(YesNo::True) => {
            let reason = "outbox=true does not go together with contact, conversation and state".to_owned();
            return Err(Refusal::Unanswerable { reason });
        }
        Some(YesNo::False) | None => messages.page(workspace, filter, asked.page).await?,
    };
    let mut names = Names::new(door.store(), workspace);
    let mut items = Vec::with_capacity(page.items.len());
    for message in page.items {
        items.push(MessageShape::of(message, &mut names).await?);
    }
    Ok(Json(Paged { items, next: page.next }))
}

/// What somebody decides about a message.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DecisionWish {
    /// `send` it (again), or note that it was `sent` or has `failed`.
    decision: Decision,
}

async fn decide(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<MessageId>,
    Given(wish): Given<DecisionWish>,
) -> Result<Json<MessageShape>, Refusal> {
    let (store, workspace) = (door.store(), caller.workspace_id());
    let found = store.messages().get(workspace, id).await?;
    let before = found.ok_or(Refusal::Missing { what: "message" })?;
    let state = match wish.decision {
        Decision::Send => MessageState::Queued,
        Decision::Sent => MessageState::Sent,
        Decision::Failed => MessageState::Failed,
    };
    let (before, after) = (json!({"state": before.state, "reason": before.reason}), json!({"state": state}));
    let entry = audited(&caller, "message.decide", id.to_string(), &before, &after);
    let message = match store.messages().decide(workspace, id, wish.decision, fresh::now(), entry).await {
        Err(StoreError::Stale { .. }) => {
            let reason = "only a message that is unknown or failed can be decided about".to_owned();
            return Err(Refusal::NotNow { reason });
        }
        decided => decided?,
    };
    tracing::info!(message.id = %id, message.state = message.state.as_str(), "a message was decided about");
    Ok(Json(MessageShape::of(message, &mut Names::new(store, workspace)).await?))
}
