//! The three things a contact is found by, and the one spelling each has on write and on look-up.

use crate::datum::Datum;
use crate::email::{EmailError, email};
use crate::phone::{PhoneError, e164};

/// The longest external id in bytes.
const EXTERNAL_ID_BYTES_MAX: usize = 256;

/// What an identifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// A phone number, stored as E.164.
    Phone,
    /// An email address, stored in lower case.
    Email,
    /// The customer's own id, stored without blanks around it.
    ExternalId,
}

/// A value is not an identifier of its kind. The messages never show the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Not a phone number.
    #[error("not a phone number: {0}")]
    Phone(#[from] PhoneError),
    /// Not an email address.
    #[error("not an email address: {0}")]
    Email(#[from] EmailError),
    /// Not an id.
    #[error("not an id: it must have 1 to {EXTERNAL_ID_BYTES_MAX} bytes without control characters")]
    ExternalId,
    /// An array, an object, a boolean or a fraction.
    #[error("{found} cannot be an identifier; send a text or a whole number")]
    Kind {
        /// What it is.
        found: &'static str,
    },
}

impl IdentifierKind {
    /// The name of the contact field: `phone`, `email` or `external_id`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::ExternalId => "external_id",
        }
    }

    /// The kind that a contact field of this name holds, if it is an identifier.
    pub fn of_field(name: &str) -> Option<Self> {
        [Self::Phone, Self::Email, Self::ExternalId].into_iter().find(|kind| kind.field() == name)
    }

    /// The form it is stored and looked up in. `country` is that of the workspace.
    pub fn normalise(self, text: &str, country: &str) -> Result<String, IdentifierError> {
        match self {
            Self::Phone => Ok(e164(text, country)?),
            Self::Email => Ok(email(text)?),
            Self::ExternalId => external_id(text),
        }
    }

    /// As [`Self::normalise`], from a value of the payload; `None` if it is blank.
    pub(crate) fn normalise_datum(self, datum: Datum<'_>, country: &str) -> Result<Option<String>, IdentifierError> {
        let found = datum.kind();
        let text = match datum {
            Datum::Text(text) => text,
            Datum::Number(number) if !number.is_f64() => number.to_string().into(),
            Datum::Number(_) => return Err(IdentifierError::Kind { found: "a fraction" }),
            Datum::Boolean(_) | Datum::Array(_) | Datum::Object(_) => return Err(IdentifierError::Kind { found }),
        };
        if text.trim().is_empty() { Ok(None) } else { self.normalise(&text, country).map(Some) }
    }
}

fn external_id(text: &str) -> Result<String, IdentifierError> {
    let id = text.trim();
    let sane = !id.is_empty() && id.len() <= EXTERNAL_ID_BYTES_MAX && !id.contains(char::is_control);
    sane.then(|| id.to_owned()).ok_or(IdentifierError::ExternalId)
}
