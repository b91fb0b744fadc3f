//! What is called: a built-in plugin, and the example of the SDKs in three languages as it was built for a released contract.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The release whose plugins are called.
const RELEASE: &str = "1.0.0";

/// The body of the webhook. It names no company.
pub(crate) const PAYLOAD: &str =
    r#"{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}"#;

/// The first name of the contact.
pub(crate) const FIRST_NAME: &str = "John";

/// How many times fewer calls a round has when a call starts an interpreter.
const INTERPRETED: u32 = 100;

/// A plugin, what it is called with and what it must answer.
pub(crate) struct Plugin {
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    pub(crate) component: Vec<u8>,
    /// The settings of the step.
    pub(crate) settings: &'static str,
    /// The contact fields that it asks to read, as JSON.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// A round has so many times fewer calls.
    pub(crate) fewer: u32,
    answer: Answer,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It succeeded and asked for so many messages.
    Succeeded { messages: usize },
    /// It failed for good.
    Failed { code: String, message: String },
}

impl Plugin {
    /// Everything that is called, in the order of the table.
    pub(crate) fn all() -> Result<Vec<Self>> {
        Ok(vec![
            Self::send_message()?,
            Self::score_lead("Rust", "rust", 1)?,
            Self::score_lead("JavaScript", "js", INTERPRETED)?,
            Self::score_lead("Python", "python", INTERPRETED)?,
        ])
    }

    fn send_message() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let built = hookbox_build::component(&root.join("plugins/send-message"), &root.join("target/plugins"))?;
        Ok(Self {
            name: "send-message",
            language: "Rust",
            component: fs::read(built)?,
            settings: r#"{"body":"Hi John, your order has shipped."}"#,
            fields: &[],
            fewer: 1,
            answer: Answer::Succeeded { messages: 1 },
        })
    }

    fn score_lead(language: &'static str, file: &str, fewer: u32) -> Result<Self> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/frozen").join(RELEASE);
        Ok(Self {
            name: "score-lead",
            language,
            component: decompressed(&dir.join(format!("score-lead-{file}.wasm.zst")))?,
            settings: r#"{"enrich_url":"https://enrich.example.com/v1/companies","threshold":60,"list":"hot leads","message":"Hi {first_name}, thank you for your interest."}"#,
            fields: &[("first_name", "\"John\"")],
            fewer,
            answer: Answer::Failed { code: "no-company".into(), message: "the payload names no company".into() },
        })
    }

    /// Refuses every answer but the one that a call has to give.
    pub(crate) fn check(&self, answer: &Answer) -> Result<()> {
        ensure!(*answer == self.answer, "{} in {} answered {answer:?}", self.name, self.language);
        Ok(())
    }
}

fn decompressed(path: &Path) -> Result<Vec<u8>> {
    let whole = || format!("cannot read {}", path.display());
    let file = fs::read(path).with_context(whole)?;
    let mut component = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file.as_slice())
        .with_context(whole)?
        .read_to_end(&mut component)
        .with_context(whole)?;
    Ok(component)
}
