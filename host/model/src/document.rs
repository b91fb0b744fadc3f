//! An automation as people write it: the document of `automation apply`, in YAML or JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A whole automation document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What the automation is called; unique in the workspace.
    pub name: String,
    /// The name of the inbox that its messages are from.
    pub inbox: String,
    /// What starts it.
    pub trigger: TriggerDocument,
    /// What it does, in order.
    pub steps: Vec<StepDocument>,
}

/// What starts an automation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TriggerDocument {
    /// A webhook.
    pub webhook: WebhookDocument,
}

/// A webhook trigger and its mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookDocument {
    /// A payload as the outside system sends it; paths are checked against it when the document is saved.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sample: Value,
    /// What finds the contact.
    pub identifier: IdentifierMapping,
    /// What else is known about the contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<FieldMapping>,
    /// The largest body in bytes, at most 1 MiB; 1 MiB when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_bytes_max: Option<u64>,
}

impl WebhookDocument {
    /// The largest body that an automation may take, in bytes: 1 MiB, the most of a payload that actions are handed.
    pub const BODY_BYTES_MAX: u64 = 1 << 20;
}

/// Which part of the payload finds the contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentifierMapping {
    /// Which identifier it is.
    pub field: IdentifierField,
    /// Where it is: RFC 9535 JSONPath.
    pub from: String,
}

/// The kinds of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentifierField {
    /// A phone number, stored as E.164.
    Phone,
    /// An email address, stored in lower case.
    Email,
    /// The customer's own id.
    ExternalId,
}

/// How one contact field is filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldMapping {
    /// The contact field to write.
    pub field: String,
    /// Where its value comes from.
    #[serde(flatten)]
    pub source: Source,
    /// What is done to the value, in order: a name (`trim`) or a name with arguments (`{replace: [a, b]}`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Value>,
    /// What happens to a value that is there already.
    #[serde(default)]
    pub write: WritePolicy,
}

/// Where a value comes from: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// RFC 9535 JSONPath into the payload; nothing is written when it finds nothing.
    From(String),
    /// A constant.
    Value(Value),
    /// A template over the payload: `{{path | filter}}`.
    Template(String),
}

/// What happens to a value that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WritePolicy {
    /// The new value takes its place.
    #[default]
    Overwrite,
    /// It stays.
    FillEmpty,
}

/// One action placed in an automation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepDocument {
    /// What later steps and people call it; the action's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The plugin to run.
    pub action: String,
    /// The plugin's settings; texts in them are templates.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
}

impl StepDocument {
    /// The step's name as runs show it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.action)
    }
}

impl Document {
    /// The most steps an automation may have.
    pub const STEPS_MAX: usize = 100;
}
