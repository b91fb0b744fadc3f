//! Messages to the contact.

use crate::{Message, Refusal, host};

/// Asks to send, and returns the message's id. The host decides: to a contact that opted out it is recorded as suppressed.
/// Needs `messages::send` for the inbox's name.
///
/// # Errors
/// A [`Refusal`]: not granted, there is no such inbox, the message is not one that can be sent, or a limit is reached.
pub fn send(message: Message) -> Result<String, Refusal> {
    host::send(message)
}
