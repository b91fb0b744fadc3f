//! Effects as the API shows them: an object with its kind, and names where the record has names.

use hookbox_model::{Effect, Media, MessageId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A change that was committed with a step.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schemars(rename = "Effect")]
pub(super) enum EffectShape {
    /// A contact field was written.
    SetField {
        /// Its name.
        name: String,
        /// The value: a text, a number, true or false.
        value: Value,
    },
    /// A contact field was emptied.
    ClearField {
        /// Its name.
        name: String,
    },
    /// The contact was tagged.
    AddTag {
        /// The tag.
        tag: String,
    },
    /// A tag was taken away.
    RemoveTag {
        /// The tag.
        tag: String,
    },
    /// The contact was put on a list.
    AddToList {
        /// The list's name.
        list: String,
    },
    /// The contact was taken off a list.
    RemoveFromList {
        /// The list's name.
        list: String,
    },
    /// The conversation was assigned.
    Assign {
        /// The member's name.
        to: String,
    },
    /// The conversation was left to nobody.
    Unassign,
    /// The conversation was closed.
    Close,
    /// The conversation was opened again.
    Reopen,
    /// A note was written beside the conversation.
    AddNote {
        /// Its text.
        body: String,
    },
    /// A message was put in the outbox, or recorded as suppressed.
    Send {
        /// The message.
        message: MessageId,
        /// The inbox's name; the automation's when null.
        inbox: Option<String>,
        /// The text.
        body: String,
        /// What is attached.
        media: Vec<Media>,
        /// Not to be sent before this.
        send_at: Option<Timestamp>,
    },
}

impl From<Effect> for EffectShape {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::SetField { name, value } => Self::SetField { name, value: value.to_json() },
            Effect::ClearField { name } => Self::ClearField { name },
            Effect::AddTag { tag } => Self::AddTag { tag },
            Effect::RemoveTag { tag } => Self::RemoveTag { tag },
            Effect::AddToList { list } => Self::AddToList { list },
            Effect::RemoveFromList { list } => Self::RemoveFromList { list },
            Effect::Assign { to } => Self::Assign { to },
            Effect::Unassign => Self::Unassign,
            Effect::Close => Self::Close,
            Effect::Reopen => Self::Reopen,
            Effect::AddNote { body } => Self::AddNote { body },
            Effect::Send { message, inbox, body, media, send_at } => {
                Self::Send { message, inbox, body, media, send_at }
            }
        }
    }
}
