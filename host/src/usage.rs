//! A command line that cannot be carried out as it was given: exit code 2, where a failure is 1.

/// What is wrong with the command line and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);
