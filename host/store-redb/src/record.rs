//! How each kind of record is written: postcard for what every request touches, JSON for what people configure.
//!
//! The version byte of the envelope belongs to the kind. A kind whose shape changes gets a new version here and a reader
//! of the old one; the test module `frozen` holds bytes of every version there ever was.

use hookbox_model::{
    AuditEntry, Automation, CallCounts, Capture, Contact, Conversation, ConversationId, Field, Inbox, InboxId, Invite,
    List, Member, Message, MessageId, Plugin, PluginSecret, QueueCounts, Run, RunCounts, RunId, Session, SigningSecret,
    StateEntry, Template, TestCapture, Token, TriggerKey, User, Workspace,
};
use hookbox_store::StoreError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::envelope;

/// How a payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Small and quick; the order of fields is the format.
    Postcard,
    /// Readable and tolerant of new optional fields.
    Json,
}

/// A kind of record.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// What it is called in messages.
    const WHAT: &'static str;
    /// How it is written.
    const FORM: Form;
    /// For how many bytes there is room when it begins to be written. More make it grow; what is left over is held until the commit.
    const ROOM: usize = 128;
    /// The version that it is written at.
    const VERSION: u8 = 1;

    /// The record in a payload of a version before that; nothing for a version that there never was.
    fn open_older(_version: u8, _payload: &[u8]) -> Option<Result<Self, String>> {
        None
    }
}

/// The version of every index row.
const INDEX_VERSION: u8 = 1;

/// A contact as it is stored: with what belongs to it, so that finding it finds that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ContactRow {
    /// The contact.
    pub(crate) contact: Contact,
    /// What belongs to it.
    pub(crate) belongings: Belongings,
}

/// What a contact's row says beside the contact. Whoever writes a contact anew takes it over from what is stored, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Belongings {
    /// Its conversations, one for each inbox.
    pub(crate) threads: Vec<Thread>,
    /// What happened with it last.
    pub(crate) recent: Recent,
}

/// The newest runs and messages of a contact, each by id and oldest first. A contact's row is written with nearly all of them anyway, and
/// a row for each in an index by contact would cost a page of its own each time. Older ones are marks in such an index: see `apply::recent`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Recent {
    /// Runs.
    #[serde(with = "ids")]
    pub(crate) runs: Vec<RunId>,
    /// Messages.
    #[serde(with = "ids")]
    pub(crate) messages: Vec<MessageId>,
}

impl Recent {
    /// The most of each kind. What goes to the index goes as one half of them, which lie in one page or two.
    pub(crate) const MAX: usize = 48;
}

/// A contact's conversation in one inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// The inbox.
    pub(crate) inbox: InboxId,
    /// The conversation.
    pub(crate) conversation: ConversationId,
    /// Its messages in the outbox.
    pub(crate) line: Line,
}

/// The messages of one conversation that are in the outbox: which is next, and whom the others wait for. Those behind it are
/// rows of `outbox-lines`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The one that is next; it has the conversation's row in `outbox-heads`.
    pub(crate) head: Option<Head>,
    /// Unknown messages that hold up what ranks behind them.
    pub(crate) held_by: Vec<Rank>,
}

/// A message that is next in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Which.
    pub(crate) rank: Rank,
    /// When it is due; see `apply::due_of`.
    pub(crate) due_ms: u64,
}

/// The order of a line: by place, and by id where several have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Rank {
    /// The place it got when it was committed; 0 once it is sent again.
    pub(crate) place: u64,
    /// The message.
    pub(crate) message: MessageId,
}

impl Thread {
    /// A thread in which nothing waits.
    pub(crate) fn new(inbox: InboxId, conversation: ConversationId) -> Self {
        Self { inbox, conversation, line: Line::default() }
    }
}

impl Record for Capture {
    const WHAT: &'static str = "capture";
    const FORM: Form = Form::Postcard;
    /// An ordinary one with the headers of its request fits.
    const ROOM: usize = 1_000;
}
impl Record for TestCapture {
    const WHAT: &'static str = "test capture";
    const FORM: Form = Form::Postcard;
}
impl Record for SigningSecret {
    const WHAT: &'static str = "secret";
    const FORM: Form = Form::Json;
}
impl Record for Run {
    const WHAT: &'static str = "run";
    const FORM: Form = Form::Postcard;
    /// An ordinary one with its steps fits.
    const ROOM: usize = 1_000;
}
impl Record for ContactRow {
    const WHAT: &'static str = "contact";
    const FORM: Form = Form::Postcard;
    /// One with all that can be recent fits.
    const ROOM: usize = 2_000;
    const VERSION: u8 = 2;

    /// Version 1 had nothing recent: all of it was in the indexes.
    fn open_older(version: u8, payload: &[u8]) -> Option<Result<Self, String>> {
        (version == 1).then(|| {
            let (contact, threads) = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
            Ok(Self { contact, belongings: Belongings { threads, recent: Recent::default() } })
        })
    }
}
impl Record for Conversation {
    const WHAT: &'static str = "conversation";
    const FORM: Form = Form::Postcard;
}
impl Record for Message {
    const WHAT: &'static str = "message";
    const FORM: Form = Form::Postcard;
}
impl Record for Workspace {
    const WHAT: &'static str = "workspace";
    const FORM: Form = Form::Json;
}
impl Record for Inbox {
    const WHAT: &'static str = "inbox";
    const FORM: Form = Form::Json;
}
impl Record for Member {
    const WHAT: &'static str = "member";
    const FORM: Form = Form::Json;
}
impl Record for List {
    const WHAT: &'static str = "list";
    const FORM: Form = Form::Json;
}
impl Record for Field {
    const WHAT: &'static str = "field";
    const FORM: Form = Form::Json;
}
impl Record for Template {
    const WHAT: &'static str = "template";
    const FORM: Form = Form::Json;
}
impl Record for Automation {
    const WHAT: &'static str = "automation";
    const FORM: Form = Form::Json;
}
impl Record for TriggerKey {
    const WHAT: &'static str = "key";
    const FORM: Form = Form::Json;
}
impl Record for Plugin {
    const WHAT: &'static str = "plugin";
    const FORM: Form = Form::Json;
}
impl Record for StateEntry {
    const WHAT: &'static str = "plugin state";
    const FORM: Form = Form::Postcard;
}
impl Record for PluginSecret {
    const WHAT: &'static str = "plugin secret";
    const FORM: Form = Form::Json;
}
impl Record for AuditEntry {
    const WHAT: &'static str = "audit entry";
    const FORM: Form = Form::Json;
}
impl Record for RunCounts {
    const WHAT: &'static str = "count of runs";
    const FORM: Form = Form::Postcard;
}
impl Record for CallCounts {
    const WHAT: &'static str = "count of calls";
    const FORM: Form = Form::Postcard;
}
impl Record for QueueCounts {
    const WHAT: &'static str = "count of what waits";
    const FORM: Form = Form::Postcard;
}
impl Record for User {
    const WHAT: &'static str = "user";
    const FORM: Form = Form::Json;
}
impl Record for Session {
    const WHAT: &'static str = "session";
    const FORM: Form = Form::Json;
}
impl Record for Invite {
    const WHAT: &'static str = "invite";
    const FORM: Form = Form::Json;
}
impl Record for Token {
    const WHAT: &'static str = "token";
    const FORM: Form = Form::Json;
}

/// The value of `record` under `key`.
pub(crate) fn seal<R: Record>(key: &[u8], record: &R) -> Result<Vec<u8>, StoreError> {
    seal_as::<R, R>(key, record)
}

/// The value of a contact under `key`, without making a [`ContactRow`] of it.
pub(crate) fn seal_contact(key: &[u8], contact: &Contact, belongings: &Belongings) -> Result<Vec<u8>, StoreError> {
    // A tuple of the two fields has the postcard form of the struct.
    seal_as::<ContactRow, _>(key, &(contact, belongings))
}

/// The record in `value` under `key`, or [`StoreError::Damaged`].
pub(crate) fn open<R: Record>(key: &[u8], value: &[u8]) -> Result<R, StoreError> {
    let damaged = |reason| StoreError::Damaged { what: R::WHAT, reason };
    let (version, payload) = envelope::open(key, value).map_err(damaged)?;
    if version != R::VERSION {
        return R::open_older(version, payload).unwrap_or_else(|| Err(unknown(version))).map_err(damaged);
    }
    let read = match R::FORM {
        Form::Postcard => postcard::from_bytes(payload).map_err(|error| error.to_string()),
        Form::Json => serde_json::from_slice(payload).map_err(|error| error.to_string()),
    };
    read.map_err(damaged)
}

/// The payload of an index row under `key`, or [`StoreError::Damaged`].
pub(crate) fn open_index<'a>(key: &[u8], value: &'a [u8], what: &'static str) -> Result<&'a [u8], StoreError> {
    let opened = match envelope::open(key, value) {
        Ok((INDEX_VERSION, payload)) => Ok(payload),
        Ok((version, _)) => Err(unknown(version)),
        Err(reason) => Err(reason),
    };
    opened.map_err(|reason| StoreError::Damaged { what, reason })
}

fn unknown(version: u8) -> String {
    format!("it has version {version}, which this program does not know")
}

/// The value of an index row.
pub(crate) fn seal_index(key: &[u8], payload: &[u8]) -> Vec<u8> {
    envelope::seal(key, INDEX_VERSION, payload)
}

/// The 16 bytes that an index row points to.
pub(crate) fn open_id(key: &[u8], value: &[u8], what: &'static str) -> Result<[u8; 16], StoreError> {
    let payload = open_index(key, value, what)?;
    payload.try_into().map_err(|_| StoreError::Damaged { what, reason: format!("{} bytes are no id", payload.len()) })
}

/// What is written as a record of kind `R`.
fn seal_as<R: Record, T: Serialize + ?Sized>(key: &[u8], record: &T) -> Result<Vec<u8>, StoreError> {
    let unwritable = |reason: String| StoreError::Damaged { what: R::WHAT, reason };
    let value = envelope::begin(R::ROOM);
    let value = match R::FORM {
        Form::Postcard => postcard::to_extend(record, value).map_err(|error| unwritable(error.to_string()))?,
        Form::Json => {
            let mut value = value;
            serde_json::to_writer(&mut value, record).map_err(|error| unwritable(error.to_string()))?;
            value
        }
    };
    Ok(envelope::finish(key, R::VERSION, value))
}

/// Ids are written as the bytes of all of them: the writer reads and writes many, and one by one would cost a call for each byte.
mod ids {
    use hookbox_model::{Id, Kind};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<K: Kind, S: Serializer>(ids: &[Id<K>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(ids.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>().as_flattened())
    }

    pub(super) fn deserialize<'de, K: Kind, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Id<K>>, D::Error> {
        let (ids, rest) = <&[u8]>::deserialize(deserializer)?.as_chunks();
        if !rest.is_empty() {
            return Err(de::Error::custom("its last id is cut off"));
        }
        Ok(ids.iter().map(|id| Id::from_bytes(*id)).collect())
    }
}

#[cfg(test)]
mod frozen;
