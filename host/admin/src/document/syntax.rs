//! The first gate: is it JSON, is it YAML, and what does it say.
//!
//! YAML is read by the rules of 1.2, so that `no` is a text; digits that begin with 0 stay texts too, because they are
//! postcodes and phone numbers. Duplicate keys are refused, and what aliases expand to is bounded.

use std::borrow::Cow;

use bytes::Bytes;
use hookbox_model::{JsonError, Payload};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::{Error, alias_limits, budget, options};

use super::tree::Tree;
use crate::config::Config;
use crate::given::is_json;
use crate::refusal::Fault;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Language {
    /// The media types of YAML, the registered one first.
    pub(crate) const YAML_MEDIA_TYPES: [&'static str; 4] =
        ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

    /// The language of a media type.
    pub(crate) fn of(media_type: &str) -> Option<Self> {
        if is_json(media_type) {
            Some(Self::Json)
        } else if Self::YAML_MEDIA_TYPES.contains(&media_type) {
            Some(Self::Yaml)
        } else {
            None
        }
    }
}

/// What a text says. The fault is at a line and a column.
pub(super) fn value(text: &[u8], language: Language, config: &Config) -> Result<Value, Fault> {
    match language {
        Language::Json => {
            let payload = Payload::parse(Bytes::copy_from_slice(text), config.json);
            payload.map(|payload| (**payload.value()).clone()).map_err(|error| json_fault(text, &error))
        }
        Language::Yaml => {
            let text = std::str::from_utf8(text).map_err(|error| {
                Fault::new(line_and_column(text, error.valid_up_to()), "the text is not UTF-8".to_owned())
            })?;
            yaml(text, config).map_err(|error| yaml_fault(&error))
        }
    }
}

/// What a text says in JSON, its members in the order that they were written in. Of JSON it is the text itself.
pub(super) fn json<'t>(text: &'t [u8], language: Language, config: &Config) -> Result<Cow<'t, str>, Fault> {
    let broken = |reason: String| Fault::new("the document", reason);
    let text = std::str::from_utf8(text).map_err(|error| broken(error.to_string()))?;
    match language {
        Language::Json => Ok(Cow::Borrowed(text)),
        Language::Yaml => {
            let tree: Tree = yaml(text, config).map_err(|error| yaml_fault(&error))?;
            serde_json::to_string(&tree).map(Cow::Owned).map_err(|error| broken(error.to_string()))
        }
    }
}

/// A text in YAML read as something that knows where its parts stand, under the same limits.
pub(super) fn spanned<T: DeserializeOwned>(text: &str, config: &Config) -> Result<T, Error> {
    yaml(text, config)
}

fn yaml<T: DeserializeOwned>(text: &str, config: &Config) -> Result<T, Error> {
    let nodes_max = config.json.nodes_max;
    let aliases_max = config.yaml_aliases_max;
    let options = options! {
        budget: budget! {
            // Every collection is two events; the stream and the document are four more.
            max_events: nodes_max.saturating_mul(2).saturating_add(4),
            max_nodes: nodes_max,
            max_depth: config.json.depth_max,
            flow_nesting_limit: config.json.depth_max,
            max_documents: 1,
            max_aliases: aliases_max,
            max_anchors: aliases_max,
            max_merge_keys: aliases_max,
            max_total_scalar_bytes: config.body_bytes_max,
            max_recorded_anchor_events: nodes_max,
            max_recorded_anchor_bytes: config.body_bytes_max,
        },
        alias_limits: alias_limits! {
            max_total_replayed_events: nodes_max,
            max_replay_stack_depth: 8,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}

fn json_fault(text: &[u8], error: &JsonError) -> Fault {
    Fault::new(line_and_column(text, error.byte), error.what.clone())
}

fn yaml_fault(error: &Error) -> Fault {
    let at = error.location().map_or_else(
        || "the document".to_owned(),
        |location| format!("line {}, column {}", location.line(), location.column()),
    );
    Fault::new(at, error.without_snippet().to_string())
}

/// Where a byte is, for people: lines and columns from 1, columns in characters.
fn line_and_column(text: &[u8], byte: usize) -> String {
    let before = &text[..byte.min(text.len())];
    let line_begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + String::from_utf8_lossy(&before[line_begins..]).chars().count();
    format!("line {line}, column {column}")
}
