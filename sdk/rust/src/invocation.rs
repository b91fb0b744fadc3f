//! What an action gets to see, besides its settings.

use crate::FieldValue;

/// Everything one call gets to see. Authors meet it as [`Call`](crate::Call).
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) run_id: String,
    pub(crate) step_id: String,
    pub(crate) attempt: u32,
    pub(crate) idempotency_key: String,
    pub(crate) now: String,
    pub(crate) payload: String,
    pub(crate) contact: Contact,
    pub(crate) conversation: Option<Conversation>,
    pub(crate) steps: Vec<(String, String)>,
    pub(crate) settings: String,
}

/// The contact that the run is about. Only what the plugin may read (`contacts::read`) is filled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contact {
    /// Its id (`con_…`).
    pub id: String,
    /// In E.164 (`+12155556677`).
    pub phone: Option<String>,
    /// In lower case.
    pub email: Option<String>,
    /// Its fields: name, and value as JSON text of a scalar; [`field`](Self::field) reads one.
    pub fields: Vec<(String, String)>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The names of the lists it is on.
    pub lists: Vec<String>,
    /// It asked not to be written to: messages are recorded and not sent.
    pub opted_out: bool,
}

impl Contact {
    /// The value of a field; `None` when it is empty or may not be read.
    pub fn field(&self, name: &str) -> Option<FieldValue> {
        let (_, value) = self.fields.iter().find(|(field, _)| field == name)?;
        serde_json::from_str(value).ok()
    }
}

/// The thread of the automation's inbox with the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id (`cnv_…`).
    pub id: String,
    /// The inbox's name.
    pub inbox: String,
    /// The name of the member it is assigned to.
    pub assignee: Option<String>,
    /// Open or closed.
    pub state: ConversationState,
}

/// Whether anyone is expected to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationState {
    /// Someone may still answer.
    Open,
    /// Done, until a new message opens it.
    Closed,
}
