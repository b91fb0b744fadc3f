//! Why a component cannot be loaded, in words for whoever built it.

use hookbox_model::Digest;

use crate::report::Fault;

/// A component cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It cannot become a plugin; trying again with the same bytes is of no use. An inspection names its other faults.
    #[error("{0}")]
    Refused(Fault),
    /// Other bytes than were announced.
    #[error("the bytes have SHA-256 {is}, not {expected}; the file was changed or cut off")]
    Digest {
        /// What was announced.
        expected: Digest,
        /// What the bytes have.
        is: Digest,
    },
    /// This host could not compile anything at the moment.
    #[error("the compiler could not be run: {message}; trying again is safe")]
    Compiler {
        /// What happened.
        message: String,
    },
}
