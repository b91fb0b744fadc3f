//! Lines for whoever reads the run: 4 KiB a line, 256 KiB a step; what is past that is counted and dropped.

use crate::{Level, host};

/// A line for whoever wrote the plugin.
pub fn debug(message: &str) {
    host::write_log(Level::Debug, message);
}

/// A line worth knowing.
pub fn info(message: &str) {
    host::write_log(Level::Info, message);
}

/// Something is not as it should be.
pub fn warn(message: &str) {
    host::write_log(Level::Warn, message);
}

/// Something went wrong.
pub fn error(message: &str) {
    host::write_log(Level::Error, message);
}
