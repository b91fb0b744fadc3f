//! What is being done, on stderr.

use std::fmt::Display;

/// Says what is being done.
pub(crate) fn progress(what: impl Display) {
    eprintln!("proof: {what}");
}
