//! Ids: a UUIDv7 with the kind of record it names in its type and in its text (`run_0192…`).
//!
//! The text form is what people and the API see; the 16 bytes are what the store keys on, and they sort by time. Kinds are
//! types of their own rather than the records, which need ids themselves.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::Timestamp;

/// A kind of record that has ids; its prefix keeps ids of one kind from being taken for another's.
pub trait Kind {
    /// What the text form begins with, without the underscore.
    const PREFIX: &'static str;
}

/// The id of a record of kind `K`.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// A text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id of this kind: expected {prefix}_ and 32 hexadecimal digits")]
pub struct IdError {
    /// The text that was given, cut to 80 characters.
    pub text: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

impl<K: Kind> Id<K> {
    /// Wraps a UUID, which should be a UUIDv7 so that ids sort by time.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The 16 bytes that the store keys on.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// An id from the 16 bytes of [`Id::as_bytes`].
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::from_uuid(Uuid::from_bytes(bytes))
    }

    /// The UUID behind the id.
    pub const fn uuid(&self) -> Uuid {
        self.0
    }

    /// When the id was made, in milliseconds: the first 48 bits of a UUIDv7.
    pub fn made_at(&self) -> Timestamp {
        let bytes = self.0.as_bytes();
        let mut millis = [0u8; 8];
        millis[2..].copy_from_slice(&bytes[..6]);
        Timestamp::from_millis(u64::from_be_bytes(millis))
    }

    /// The same UUID as the id of another kind: a capture's first run carries the capture's UUID.
    pub const fn retyped<T: Kind>(&self) -> Id<T> {
        Id::from_uuid(self.0)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.0.as_simple())
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError { text: text.chars().take(80).collect(), prefix: K::PREFIX };
        let hex = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or_else(wrong)?;
        if hex.len() != 32 || hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong());
        }
        Uuid::try_parse(hex).map(Self::from_uuid).map_err(|_| wrong())
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.as_bytes().serialize(serializer)
        }
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map_err(de::Error::custom)
        } else {
            <[u8; 16]>::deserialize(deserializer).map(Self::from_bytes)
        }
    }
}

/// The kind of workspace ids.
pub enum OfWorkspace {}
impl Kind for OfWorkspace {
    const PREFIX: &'static str = "wsp";
}
/// The kind of automation ids.
pub enum OfAutomation {}
impl Kind for OfAutomation {
    const PREFIX: &'static str = "aut";
}
/// The kind of capture ids.
pub enum OfCapture {}
impl Kind for OfCapture {
    const PREFIX: &'static str = "cap";
}
/// The kind of run ids.
pub enum OfRun {}
impl Kind for OfRun {
    const PREFIX: &'static str = "run";
}
/// The kind of contact ids.
pub enum OfContact {}
impl Kind for OfContact {
    const PREFIX: &'static str = "con";
}
/// The kind of conversation ids.
pub enum OfConversation {}
impl Kind for OfConversation {
    const PREFIX: &'static str = "cnv";
}
/// The kind of message ids.
pub enum OfMessage {}
impl Kind for OfMessage {
    const PREFIX: &'static str = "msg";
}
/// The kind of list ids.
pub enum OfList {}
impl Kind for OfList {
    const PREFIX: &'static str = "lst";
}
/// The kind of inbox ids.
pub enum OfInbox {}
impl Kind for OfInbox {
    const PREFIX: &'static str = "inb";
}
/// The kind of member ids.
pub enum OfMember {}
impl Kind for OfMember {
    const PREFIX: &'static str = "mem";
}
/// The kind of plugin ids.
pub enum OfPlugin {}
impl Kind for OfPlugin {
    const PREFIX: &'static str = "plg";
}
/// The kind of note ids.
pub enum OfNote {}
impl Kind for OfNote {
    const PREFIX: &'static str = "not";
}
/// The kind of token ids.
pub enum OfToken {}
impl Kind for OfToken {
    const PREFIX: &'static str = "tok";
}

/// The kind of user ids.
pub enum OfUser {}
impl Kind for OfUser {
    const PREFIX: &'static str = "usr";
}
/// The kind of session ids.
pub enum OfSession {}
impl Kind for OfSession {
    const PREFIX: &'static str = "ses";
}
/// The kind of field ids.
pub enum OfField {}
impl Kind for OfField {
    const PREFIX: &'static str = "fld";
}
/// The kind of template ids.
pub enum OfTemplate {}
impl Kind for OfTemplate {
    const PREFIX: &'static str = "tpl";
}
/// The kind of secret ids.
pub enum OfSecret {}
impl Kind for OfSecret {
    const PREFIX: &'static str = "sec";
}

/// The id of a workspace.
pub type WorkspaceId = Id<OfWorkspace>;
/// The id of an automation, the last part of its webhook URL.
pub type AutomationId = Id<OfAutomation>;
/// The id of a capture; its order is the order of arrival.
pub type CaptureId = Id<OfCapture>;
/// The id of a run; the first run of a capture has the capture's UUID.
pub type RunId = Id<OfRun>;
/// The id of a contact.
pub type ContactId = Id<OfContact>;
/// The id of a conversation.
pub type ConversationId = Id<OfConversation>;
/// The id of a message.
pub type MessageId = Id<OfMessage>;
/// The id of a list.
pub type ListId = Id<OfList>;
/// The id of an inbox.
pub type InboxId = Id<OfInbox>;
/// The id of a member.
pub type MemberId = Id<OfMember>;
/// The id of an installed plugin version.
pub type PluginId = Id<OfPlugin>;
/// The id of a note.
pub type NoteId = Id<OfNote>;
/// The id of a declared contact field.
pub type FieldId = Id<OfField>;
/// The id of a template.
pub type TemplateId = Id<OfTemplate>;
/// The id of a signing secret.
pub type SecretId = Id<OfSecret>;
impl WorkspaceId {
    /// What stands in the place of a workspace for what belongs to the host as a whole, its audit log for one. No workspace has it.
    pub const HOST: Self = Self::from_bytes([0; 16]);
}

/// The id of a user.
pub type UserId = Id<OfUser>;
/// The id of a session.
pub type SessionId = Id<OfSession>;
/// The id of an admin token.
pub type TokenId = Id<OfToken>;

#[cfg(test)]
mod tests {
    use super::{CaptureId, RunId};
    use uuid::Uuid;

    #[test]
    fn an_id_reads_back_from_its_text_and_refuses_another_kind() {
        let id = CaptureId::from_uuid(Uuid::from_u128(0x0192_6f3e_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().parse::<CaptureId>(), Ok(id));
        assert!(id.to_string().parse::<RunId>().is_err());
        assert!("cap_xyz".parse::<CaptureId>().is_err());
        assert_eq!(id.made_at().as_millis(), 0x0192_6f3e_0000);
    }
}
