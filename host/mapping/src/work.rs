//! How much one application of a mapping, or one rendering of settings, may still do.
//!
//! Each text that goes into a transform is counted, so that many fields with many transforms of one long text end. It is
//! made for one application, on its stack, and passed along; who finds it empty gives up with an error of their own.

use std::cell::Cell;

use crate::Config;

/// The limits of one application and what is left of its budget.
#[derive(Debug)]
pub(crate) struct Work<'c> {
    config: &'c Config,
    left_bytes: Cell<usize>,
}

impl<'c> Work<'c> {
    /// A whole budget.
    pub(crate) fn new(config: &'c Config) -> Self {
        Self { config, left_bytes: Cell::new(config.work_bytes_max) }
    }

    pub(crate) fn config(&self) -> &'c Config {
        self.config
    }

    /// Takes from the budget. Whether there was enough.
    pub(crate) fn spend(&self, bytes: usize) -> bool {
        let left = self.left_bytes.get().checked_sub(bytes);
        self.left_bytes.set(left.unwrap_or(0));
        left.is_some()
    }
}
