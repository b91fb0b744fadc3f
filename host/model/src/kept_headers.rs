//! The header fields of a request as they are kept with it: what was sent beside the body, without what opens doors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Header fields in their order: one text with a line `name: value` for each, names in lower case. Whoever fills it leaves out or
/// hides what is secret.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeptHeaders(String);

impl KeptHeaders {
    /// The most fields that are kept; further ones are left out.
    pub const FIELDS_MAX: usize = 32;
    /// The most bytes that are kept; a field that does not fit is left out. 4 KiB.
    pub const BYTES_MAX: usize = 4 * 1024;

    /// No fields, with room for a text of `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes.min(Self::BYTES_MAX)))
    }

    /// Adds a field, if it fits. What is no text in the value is replaced, and so is what would end the line.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        self.push_cut(name, value, "");
    }

    /// Adds a field of whose value only the beginning is kept, with a `mark` for the rest, if it fits.
    pub fn push_cut(&mut self, name: &str, value: &[u8], mark: &str) {
        let before = self.0.len();
        self.0.push_str(name);
        self.0.push_str(": ");
        match std::str::from_utf8(value) {
            Ok(value) if !value.contains(['\r', '\n']) => self.0.push_str(value),
            Ok(_) | Err(_) => self.0.push_str(&String::from_utf8_lossy(value).replace(['\r', '\n'], " ")),
        }
        self.0.push_str(mark);
        self.0.push('\n');
        if self.0.len() > Self::BYTES_MAX {
            self.0.truncate(before);
        }
    }

    /// Each field: its name and its value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(": "))
    }

    /// How many bytes the text has.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for KeptHeaders {
    /// Never the content: headers can be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptHeaders({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::KeptHeaders;

    #[test]
    fn fields_come_back_as_they_were_kept_and_none_looks_like_two() {
        let mut kept = KeptHeaders::default();
        for (name, value) in [("a", b"1: 2".as_slice()), ("empty", b""), ("b", b"x\r\nc: d"), ("e", b"\xff")] {
            kept.push(name, value);
        }
        kept.push_cut("f", b"/path", "?…");
        let fields: Vec<_> = kept.fields().collect();
        assert_eq!(fields, [("a", "1: 2"), ("empty", ""), ("b", "x  c: d"), ("e", "\u{fffd}"), ("f", "/path?…")]);
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let mut kept = KeptHeaders::with_capacity(usize::MAX);
        kept.push("long", &[b'x'; KeptHeaders::BYTES_MAX - 20]);
        kept.push("too-long", &[b'y'; 20]);
        kept.push("short", b"z");
        let names: Vec<_> = kept.fields().map(|(name, _)| name).collect();
        assert_eq!(names, ["long", "short"]);
    }
}
