//! What a step logs: lines cut to a length, freed of what could deceive a terminal or a reader, and bounded in all.
//!
//! Filled by `hookbox:plugin/log` and by the guest's standard output and error.

use std::sync::Arc;

use hookbox_model::{LogLevel, LogLine};
use parking_lot::Mutex;

use crate::Config;

/// What a line costs besides its text, in bytes: it is kept as a value of about this size, so that lines without text are
/// bounded too.
const LINE_BYTES: usize = 32;

/// The log of one call.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    bytes: usize,
    dropped: u64,
    line_bytes_max: usize,
    bytes_max: usize,
}

/// A log that standard output and error of the guest may share.
pub(crate) type SharedLog = Arc<Mutex<Log>>;

impl Log {
    /// An empty log with the limits of `config`.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            line_bytes_max: usize::try_from(config.log_line_bytes_max).unwrap_or(usize::MAX),
            bytes_max: usize::try_from(config.log_bytes_max).unwrap_or(usize::MAX),
            ..Self::default()
        }
    }

    /// Keeps a line, or counts it when the step has logged enough.
    pub(crate) fn write(&mut self, level: LogLevel, message: &str) {
        if self.bytes >= self.bytes_max {
            self.dropped += 1;
            return;
        }
        let message = printable(message, self.line_bytes_max);
        let bytes = message.len() + LINE_BYTES;
        if self.bytes + bytes > self.bytes_max {
            // Later and shorter lines are dropped too: a log with holes in it misleads.
            self.bytes = self.bytes_max;
            self.dropped += 1;
            return;
        }
        self.bytes += bytes;
        self.lines.push(LogLine { level, message });
    }

    /// The longest line that is kept, in bytes.
    pub(crate) fn line_bytes_max(&self) -> usize {
        self.line_bytes_max
    }

    /// The lines and how many were dropped, leaving nothing.
    pub(crate) fn take(&mut self) -> (Vec<LogLine>, u64) {
        (std::mem::take(&mut self.lines), std::mem::take(&mut self.dropped))
    }
}

/// `text` on one line, without control and direction characters, cut to `bytes_max`.
///
/// Line breaks and tabs become spaces. Direction characters could make a line read as another; terminal escapes need
/// their escape character.
pub(crate) fn printable(text: &str, bytes_max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(bytes_max));
    for char in text.chars() {
        let char = match char {
            '\n' | '\r' | '\t' => ' ',
            hidden if hidden.is_control() || is_direction(hidden) => continue,
            shown => shown,
        };
        if line.len() + char.len_utf8() > bytes_max {
            break;
        }
        line.push(char);
    }
    line
}

fn is_direction(char: char) -> bool {
    matches!(char, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{Log, printable};
    use crate::Config;
    use hookbox_model::LogLevel;

    #[test]
    fn a_log_line_cannot_drive_a_terminal_or_run_backwards() {
        assert_eq!(printable("\x1b[31mred\x1b[0m\x07\u{9b}5m", 100), "[31mred[0m5m");
        assert_eq!(printable("one\r\ntwo\tthree", 100), "one  two three");
        assert_eq!(printable("a\u{202e}b\u{2066}c\u{feff}", 100), "abc");
        assert_eq!(printable("ééé", 5), "éé");
    }

    #[test]
    fn lines_past_the_limit_are_counted_and_dropped() {
        let config = Config { log_line_bytes_max: 10, log_bytes_max: 90, ..Config::default() };
        let mut log = Log::new(&config);
        for _ in 0..10 {
            log.write(LogLevel::Info, "0123456789abcdef");
        }
        let (lines, dropped) = log.take();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].message, "0123456789");
        assert_eq!(dropped, 8);
    }

    #[test]
    fn empty_lines_are_bounded_too() {
        let mut log = Log::new(&Config { log_bytes_max: 3 * 32, ..Config::default() });
        (0..5).for_each(|_| log.write(LogLevel::Info, ""));
        assert_eq!(log.take().0.len(), 3);
    }
}
