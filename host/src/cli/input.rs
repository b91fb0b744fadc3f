//! What commands read: a file, or stdin where `-` stands for it.

use std::io::{IsTerminal, Read, stdin};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::value::RawValue;

use crate::output::progress;

/// The whole text of a file, or of stdin when it is `-`. `what` is what it should be.
pub(super) fn text(file: &Path, what: &str) -> Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file).with_context(|| format!("cannot read {what} from {}", file.display()));
    }
    if stdin().is_terminal() {
        progress(&format!("Paste {what}, then end with Ctrl-D:"));
    }
    let mut text = String::new();
    stdin().read_to_string(&mut text).with_context(|| format!("cannot read {what} from stdin"))?;
    Ok(text)
}

/// A secret in a file, or in stdin when that is `-`: on a terminal a line that is not shown while it is typed or pasted.
pub(super) fn secret(file: &Path) -> Result<String> {
    if file == Path::new("-") && stdin().is_terminal() {
        return rpassword::prompt_password("The secret, which is not shown: ")
            .context("cannot read the secret from the terminal");
    }
    text(file, "the secret")
}

/// The JSON in a file or in stdin, as it is written: the host is the one that judges it.
pub(super) fn json(file: &Path, what: &str) -> Result<Box<RawValue>> {
    let text = text(file, what)?;
    serde_json::from_str(&text).with_context(|| format!("{what} in {} is not JSON", file.display()))
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn json_from_a_file_is_sent_as_it_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("payload.json");
        std::fs::write(&file, "{\"n\": 12345678901234567890123, \"a\":1.50}\n").expect("a writable folder");
        let read = json(&file, "the payload").expect("JSON");
        assert_eq!(read.get(), "{\"n\": 12345678901234567890123, \"a\":1.50}");
        std::fs::write(&file, "{\"n\": ").expect("a writable folder");
        let error = json(&file, "the payload").expect_err("cut off").to_string();
        assert!(error.contains("the payload in") && error.contains("payload.json"), "{error}");
    }
}
