//! Why the host did not take an effect.

use std::error::Error;
use std::fmt;

/// Why the host did not take an effect. The call goes on: `?` makes a permanent [`Failure`](crate::Failure) of it, a `match`
/// lets the action do something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The grant is missing; the text names it exactly.
    NotGranted(String),
    /// The argument makes no sense: the text says why.
    Invalid(String),
    /// A limit is reached: the text names it and its size.
    Limit(String),
}

impl Refusal {
    /// The refusal in one word for programs: `not-granted`, `invalid` or `limit`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotGranted(_) => "not-granted",
            Self::Invalid(_) => "invalid",
            Self::Limit(_) => "limit",
        }
    }

    /// What the host said.
    pub fn message(&self) -> &str {
        match self {
            Self::NotGranted(text) | Self::Invalid(text) | Self::Limit(text) => text,
        }
    }

    pub(crate) fn into_message(self) -> String {
        match self {
            Self::NotGranted(text) | Self::Invalid(text) | Self::Limit(text) => text,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for Refusal {}
