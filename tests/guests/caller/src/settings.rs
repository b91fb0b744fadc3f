//! What the plugin can be told.

use serde::Deserialize;

/// The schema of [`Settings`], as far as the host has to know it.
pub(crate) const SCHEMA: &str = r##"{
    "type": "object",
    "properties": {
        "secret": { "type": "string", "format": "secret" },
        "more": { "anyOf": [{ "$ref": "#/$defs/more" }, { "type": "null" }] }
    },
    "$defs": {
        "more": { "type": "object", "properties": { "secret": { "type": ["string", "null"], "format": "secret" } } }
    }
}"##;

/// Calls to make. In paths, header values and bodies `{secret}`, `{more}` and `{basic}` stand for what the host put in place
/// of the secrets, the last one as `user:{secret}` in base64.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) calls: Vec<Call>,
    /// All are begun before any is waited for.
    #[serde(default)]
    pub(crate) at_once: bool,
    /// None is waited for.
    #[serde(default)]
    pub(crate) leave: bool,
    /// Bodies of requests that are filled and never sent.
    #[serde(default)]
    pub(crate) idle_bodies: usize,
    pub(crate) secret: Option<String>,
    pub(crate) more: Option<More>,
}

/// A secret that is deeper in the settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct More {
    pub(crate) secret: Option<String>,
}

/// One call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    #[serde(default)]
    pub(crate) method: Option<String>,
    #[serde(default)]
    pub(crate) scheme: Option<String>,
    pub(crate) authority: String,
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    /// As many header fields more.
    #[serde(default)]
    pub(crate) fields: usize,
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// As many bytes more, one piece after the other.
    #[serde(default)]
    pub(crate) body_bytes: usize,
    #[serde(default)]
    pub(crate) read: Read,
    #[serde(default)]
    pub(crate) first_byte_ms: Option<u64>,
    #[serde(default)]
    pub(crate) between_bytes_ms: Option<u64>,
}

/// What is done with the body of an answer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Read {
    /// It is read to its end.
    #[default]
    All,
    /// It is dropped.
    Drop,
    /// It is kept until the plugin returns, and not read.
    Keep,
}
