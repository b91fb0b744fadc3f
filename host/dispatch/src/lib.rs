//! Sends the outbox: claims messages, asks once more whether they may leave, and hands them to the channels of their inboxes.
