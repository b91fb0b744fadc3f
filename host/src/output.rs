//! What commands print: JSON on one line, or tables and lines for people. Errors go to stderr and are not printed here.

use std::io::{self, Write};

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Value;

/// How a command prints what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Tables and sentences.
    Human,
    /// One JSON document on one line.
    Json,
}

impl Format {
    /// JSON when `--json` was given.
    pub(crate) const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Human }
    }
}

/// Prints an answer of the API: as it is, or as `text` tells it.
pub(crate) fn print_answer(answer: &Value, format: Format, text: impl FnOnce(&Value) -> String) -> Result<()> {
    match format {
        Format::Json => print_json(answer),
        Format::Human => print_line(&text(answer)),
    }
}

/// Prints one JSON document on a line of its own, at once.
pub(crate) fn print_json(document: &impl Serialize) -> Result<()> {
    print_line(&serde_json::to_string(document)?)
}

/// Prints a line, at once: whoever waits for it may be reading through a pipe.
pub(crate) fn print_line(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}

/// Tells on stderr what takes a while.
pub(crate) fn progress(line: &str) {
    // When stderr is gone nobody waits for news.
    let _ = writeln!(io::stderr(), "{line}");
}

/// A table with these headings, as wide as the terminal allows.
pub(crate) fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings);
    table
}

/// A text from outside, made harmless for a terminal: control characters other than line breaks become spaces.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Microseconds as people read them.
pub(crate) fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{}.{:02} ms", us / 1_000, us % 1_000 / 10),
        _ => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, duration, size, table};

    #[test]
    fn a_table_shows_its_headings_and_rows() {
        let mut table = table(&["step", "time"]);
        table.add_row(["tell them", "12 µs"]);
        let text = table.to_string();
        for expected in ["step", "time", "tell them", "12 µs"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    #[test]
    fn a_text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\nc\u{9b}d"), "a [2Jb \nc d");
    }

    #[test]
    fn times_and_sizes_are_told_in_fitting_units() {
        assert_eq!([duration(999), duration(1_230), duration(2_500_000)], ["999 µs", "1.23 ms", "2.50 s"]);
        assert_eq!([size(512), size(1_179_648), size(65_536)], ["512 B", "1.1 MiB", "64 KiB"]);
    }
}
