//! `hookbox:plugin/log`: lines for whoever reads the run. Never fails; what is too much is counted and dropped.

use hookbox_model::LogLevel;

use crate::bindings::hookbox::plugin::log::{Host, Level};
use crate::state::GuestState;

impl Host for GuestState {
    fn write(&mut self, level: Level, message: String) {
        let level = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.log().lock().write(level, &message);
    }
}
