//! What a check found, bounded.

use serde::Serialize;

use crate::damage::shown;
use crate::tables::Name;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The table it is in.
    pub table: String,
    /// The key of the row in hexadecimal; not shown when it is contact data or a name.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

/// Findings, up to a limit.
pub(super) struct Findings {
    found: Vec<Finding>,
    found_max: usize,
    left_out: u64,
}

impl Findings {
    pub(super) fn new(found_max: usize) -> Self {
        Self { found: Vec::new(), found_max, left_out: 0 }
    }

    pub(super) fn add(&mut self, table: impl Into<Name>, key: &[u8], what: impl Into<String>) {
        let table = table.into();
        if self.found.len() == self.found_max {
            self.left_out += 1;
            return;
        }
        self.found.push(Finding { table: table.text().into_owned(), key: shown(table, key), what: what.into() });
    }

    pub(super) fn finish(self) -> (Vec<Finding>, u64) {
        (self.found, self.left_out)
    }
}
