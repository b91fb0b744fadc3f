//! A contact: a person written to, found by phone, email or an id of the customer's own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ContactId, ListId, Timestamp, WorkspaceId};

/// A person written to.
///
/// `version` grows by one with every change; a commit names the version it read and is refused if another came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// The workspace they belong to.
    pub workspace: WorkspaceId,
    /// 1 when first stored.
    pub version: u64,
    /// In E.164 (`+12155556677`); unique in the workspace.
    pub phone: Option<String>,
    /// In lower case; unique in the workspace.
    pub email: Option<String>,
    /// The customer's own id; unique in the workspace.
    pub external_id: Option<String>,
    /// Fields by name (`first_name`).
    pub fields: BTreeMap<String, FieldValue>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// The lists they are on.
    pub lists: BTreeSet<ListId>,
    /// They asked not to be written to.
    pub opted_out: bool,
    /// When they were first seen.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// The value of a contact field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// A whole number, kept exactly.
    Integer(i64),
    /// Any other number.
    Decimal(f64),
    /// True or false.
    Boolean(bool),
}

impl FieldValue {
    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Decimal(number) => Value::from(*number),
            Self::Boolean(truth) => Value::from(*truth),
        }
    }

    /// A field value from a JSON scalar; `None` for null, arrays, objects and integers past 64 bits.
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Bool(truth) => Some(Self::Boolean(*truth)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Some(Self::Integer(whole)),
                None if number.is_u64() => None,
                None => number.as_f64().map(Self::Decimal),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// What finds a contact. The text is already in the stored form (E.164, lower case).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Identifier {
    /// A phone number in E.164.
    Phone(String),
    /// An email address in lower case.
    Email(String),
    /// The customer's own id.
    ExternalId(String),
}

impl Contact {
    /// A contact that nobody has stored yet (version 0), known by one identifier only.
    pub fn unknown(id: ContactId, workspace: WorkspaceId, identifier: &Identifier, now: Timestamp) -> Self {
        let mut contact = Self {
            id,
            workspace,
            version: 0,
            phone: None,
            email: None,
            external_id: None,
            fields: BTreeMap::new(),
            tags: BTreeSet::new(),
            lists: BTreeSet::new(),
            opted_out: false,
            created_at: now,
            updated_at: now,
        };
        match identifier {
            Identifier::Phone(phone) => contact.phone = Some(phone.clone()),
            Identifier::Email(email) => contact.email = Some(email.clone()),
            Identifier::ExternalId(external) => contact.external_id = Some(external.clone()),
        }
        contact
    }

    /// Every identifier this contact can be found by.
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier> {
        [
            self.phone.clone().map(Identifier::Phone),
            self.email.clone().map(Identifier::Email),
            self.external_id.clone().map(Identifier::ExternalId),
        ]
        .into_iter()
        .flatten()
    }
}
