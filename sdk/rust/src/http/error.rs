//! Why a request has no answer.

use std::error::Error as StdError;
use std::fmt;

use crate::Failure;

/// Why a request has no answer. `?` makes a [`Failure`] of it: to be tried again after [`Timeout`](Self::Timeout) and
/// [`Network`](Self::Network), for good after the others.
///
/// An answer with a status like 404 or 500 is an answer and no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The host does not let this call go: a grant is missing, which the text names; or the operator, the guard of private
    /// addresses, the hosts of a secret or the number of requests forbid it. The log of the step says which.
    Denied(String),
    /// The request makes no sense: the text says why.
    Invalid(String),
    /// A limit is reached, of sizes or of calls: the text says which.
    Limit(String),
    /// Nothing came in time. The service may have taken the request all the same.
    Timeout(String),
    /// There is no such host, it did not take the connection, or broke it. It may have taken the request all the same.
    Network(String),
}

impl Error {
    /// What happened.
    pub fn message(&self) -> &str {
        match self {
            Self::Denied(text)
            | Self::Invalid(text)
            | Self::Limit(text)
            | Self::Timeout(text)
            | Self::Network(text) => text,
        }
    }

    /// Whether the same request may have an answer later.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Network(_) => true,
            Self::Denied(_) | Self::Invalid(_) | Self::Limit(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl StdError for Error {}

/// The codes are those of a [`Refusal`](crate::Refusal): `not-granted`, `invalid`, `limit`.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(text) => Self::permanent("not-granted", text),
            Error::Invalid(text) => Self::permanent("invalid", text),
            Error::Limit(text) => Self::permanent("limit", text),
            Error::Timeout(text) | Error::Network(text) => Self::retryable(text),
        }
    }
}
