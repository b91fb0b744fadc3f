//! An effect: a change an action asks for, buffered while it runs and committed with the step's record.

use serde::{Deserialize, Serialize};

use crate::{FieldValue, Media, MessageId, Timestamp};

/// A change an action asked for. Lists, inboxes and members are named; whoever commits it turns names into ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Write a contact field.
    SetField {
        /// Its name.
        name: String,
        /// The value.
        value: FieldValue,
    },
    /// Empty a contact field.
    ClearField {
        /// Its name.
        name: String,
    },
    /// Tag the contact.
    AddTag {
        /// The tag.
        tag: String,
    },
    /// Take a tag away.
    RemoveTag {
        /// The tag.
        tag: String,
    },
    /// Put the contact on a list.
    AddToList {
        /// The list's name.
        list: String,
    },
    /// Take the contact off a list.
    RemoveFromList {
        /// The list's name.
        list: String,
    },
    /// Assign the conversation.
    Assign {
        /// The member's name.
        to: String,
    },
    /// Leave the conversation to nobody.
    Unassign,
    /// Close the conversation.
    Close,
    /// Open the conversation again.
    Reopen,
    /// Write a note beside the conversation.
    AddNote {
        /// Its text.
        body: String,
    },
    /// Send a message.
    Send {
        /// The id it will have.
        message: MessageId,
        /// The inbox's name; the automation's when absent.
        inbox: Option<String>,
        /// The text.
        body: String,
        /// What is attached.
        media: Vec<Media>,
        /// Not before this.
        send_at: Option<Timestamp>,
    },
}

impl Effect {
    /// The effect in one word, as the API writes it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SetField { .. } => "set-field",
            Self::ClearField { .. } => "clear-field",
            Self::AddTag { .. } => "add-tag",
            Self::RemoveTag { .. } => "remove-tag",
            Self::AddToList { .. } => "add-to-list",
            Self::RemoveFromList { .. } => "remove-from-list",
            Self::Assign { .. } => "assign",
            Self::Unassign => "unassign",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::AddNote { .. } => "add-note",
            Self::Send { .. } => "send",
        }
    }

    /// How many bytes its texts have.
    pub fn bytes(&self) -> usize {
        match self {
            Self::SetField { name, value } => name.len() + value.bytes(),
            Self::ClearField { name } => name.len(),
            Self::AddTag { tag } | Self::RemoveTag { tag } => tag.len(),
            Self::AddToList { list } | Self::RemoveFromList { list } => list.len(),
            Self::Assign { to } => to.len(),
            Self::AddNote { body } => body.len(),
            Self::Send { inbox, body, media, .. } => {
                let media: usize = media.iter().map(|media| media.url.len() + media.content_type.len()).sum();
                inbox.as_ref().map_or(0, String::len) + body.len() + media
            }
            Self::Unassign | Self::Close | Self::Reopen => 0,
        }
    }
}
