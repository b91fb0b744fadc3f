//! What the mock host writes down: effects and log lines.

use crate::{Level, Media};

/// A change an action asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write a contact field.
    SetField {
        /// Its name.
        name: String,
        /// The value: JSON text of a scalar.
        value: String,
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
        /// The id it got: `msg_1`, `msg_2`, … in the order they were sent.
        id: String,
        /// The inbox's name; the automation's when absent.
        inbox: Option<String>,
        /// The text.
        body: String,
        /// What is attached.
        media: Vec<Media>,
        /// Not before this.
        send_at: Option<String>,
    },
}

/// A line an action logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// The text.
    pub message: String,
}
