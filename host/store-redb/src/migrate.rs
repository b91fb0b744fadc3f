//! Schemas: a store that an older version wrote is brought to the newest, step by step, in the transaction that opens it.
//!
//! Schema 5 is that of the first release. From then on nothing stored changes its bytes without one of these:
//!
//! - a record's kind gets a new version in its envelope and a reader of the old one (`record.rs`): nothing has to be rewritten;
//! - tables, keys or index rows change: a further [`Step`] here, which rewrites them.
//!
//! A step is written once and never changed afterwards: it knows the tables by their names of that time and the bytes of their rows, not
//! the types of the program, which go on. All steps that a store lacks, and the number of its schema, are one commit: whatever
//! happens meanwhile, it is as it was or as it should be. A store cannot go back: `hookbox backup` before an upgrade is the way.

mod messages_by_time;

use std::io;
use std::path::Path;

use hookbox_store::StoreError;
use redb::WriteTransaction;

use crate::error::OpenError;
use crate::snapshot::guarded;

/// The schema this version writes.
pub(crate) const SCHEMA_VERSION: u32 = 6;

/// The way to it from the first release; the last step leads to [`SCHEMA_VERSION`].
pub(crate) const SCHEMAS: Schemas = Schemas {
    newest: SCHEMA_VERSION,
    steps: &[Step { what: "messages lie by time and no more by contact", change: messages_by_time::change }],
};

/// What brings a store from one schema to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// What it changes, for the log.
    pub(crate) what: &'static str,
    /// Does it. Nothing of it is kept when it fails.
    pub(crate) change: fn(&WriteTransaction) -> Result<(), StoreError>,
}

/// The schemas that are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schemas {
    /// The newest.
    pub(crate) newest: u32,
    /// The way to it, from the oldest that can be read.
    pub(crate) steps: &'static [Step],
}

impl Schemas {
    /// The oldest schema that can be brought to the newest.
    pub(crate) fn oldest(&self) -> u32 {
        self.newest.saturating_sub(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    /// Refuses a schema that is not known.
    pub(crate) fn admit(&self, found: u32) -> Result<(), OpenError> {
        if found > self.newest {
            return Err(OpenError::Newer { found, known: self.newest });
        }
        if found < self.oldest() {
            return Err(OpenError::Older { found, known: self.oldest() });
        }
        Ok(())
    }

    /// Takes the steps that a store of schema `found` lacks. Whoever calls writes the number of the schema in the same transaction.
    pub(crate) fn bring(&self, transaction: &WriteTransaction, found: u32, path: &Path) -> Result<(), OpenError> {
        self.admit(found)?;
        let taken = (found - self.oldest()) as usize;
        for (to, step) in (found + 1..).zip(&self.steps[taken..]) {
            tracing::info!(to, what = step.what, "the store is brought to a newer schema");
            guarded(|| (step.change)(transaction)).map_err(|error| match error {
                StoreError::Unavailable { reason } => {
                    OpenError::Io { path: path.into(), source: io::Error::other(reason) }
                }
                error => OpenError::Damaged { path: path.into(), reason: error.to_string() },
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA_VERSION, SCHEMAS};

    #[test]
    fn what_the_first_release_wrote_is_read_for_ever() {
        assert_eq!((SCHEMAS.oldest(), SCHEMAS.newest), (5, SCHEMA_VERSION));
    }
}
