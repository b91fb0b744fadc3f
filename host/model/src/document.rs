//! An automation as people write it: the document of `automation apply`, in YAML or JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Delay, Hours, Sample, Zone};

/// A whole automation document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What the automation is called; unique in the workspace.
    pub name: String,
    /// The name of the inbox that its messages are from.
    pub inbox: String,
    /// Whether runs on one contact follow one another.
    #[serde(default, skip_serializing_if = "Order::is_default")]
    pub order: Order,
    /// What starts it.
    pub trigger: TriggerDocument,
    /// What it does, in order.
    pub steps: Vec<StepDocument>,
}

/// In which order runs on the same contact begin. Runs on different contacts never wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// In the order of their captures, one at a time. A run that waits (a wait step, another attempt) gives way.
    #[default]
    PerContact,
    /// At the same time, in any order.
    None,
}

impl Order {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
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
    /// A payload as the outside system sends it; paths are checked against it when the document is saved. It comes back as it was
    /// written, the order of its keys and the digits of its numbers included.
    #[serde(default, skip_serializing_if = "Sample::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Value"))]
    pub sample: Sample,
    /// What finds the contact.
    pub identifier: IdentifierMapping,
    /// What else is known about the contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<FieldMapping>,
    /// The largest body in bytes, at most 1 MiB; 1 MiB when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_bytes_max: Option<u64>,
    /// JSONPath of an array: one run for each of its elements, which stands in the array's place in the payload of its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Whether requests must be signed (Standard Webhooks) with one of the trigger's secrets.
    #[serde(default, skip_serializing_if = "SignatureRule::is_default")]
    pub signature: SignatureRule,
    /// The networks that requests may come from (`203.0.113.0/24`); any when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// How many requests each of its keys may make; the host's limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateDocument>,
}

/// Whether requests must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SignatureRule {
    /// The key alone is enough.
    #[default]
    None,
    /// The key and a signature.
    Required,
}

impl SignatureRule {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A limit of requests: a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RateDocument {
    /// Requests a second in the long run, 1 to 100,000.
    pub per_second: u32,
    /// Requests at once, at least `per_second`; twice `per_second` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

impl WebhookDocument {
    /// The most elements of `each`: more fail the run with a message that says so.
    pub const EACH_MAX: usize = 1_000;
    /// The most networks of `allow`.
    pub const ALLOW_MAX: usize = 200;
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
    /// Whether a payload without it fails the run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
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
    /// The new value is added, once; the field must be declared to hold several.
    Append,
}

/// One step: exactly one of `action`, `wait` and `stop`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepDocument {
    /// What later steps and people call it; the action's name, `wait` or `stop` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A condition (CEL over `payload`, `contact`, `steps` and `now`); the step is skipped when it is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The plugin to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The plugin's settings; texts in them are templates.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// How often and when the action is tried again; the host's schedule where something is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryDocument>,
    /// Whether the run goes on when the action failed for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continue_on_failure: bool,
    /// How long the run waits here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitDocument>,
    /// The run ends here, as succeeded; the text says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
}

/// How often and when an action is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryDocument {
    /// Attempts in all, 1 to 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Before the second attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// What each further delay is multiplied by, 1 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<u32>,
    /// The longest delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_max: Option<Delay>,
}

/// How long a run waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WaitDocument {
    /// So long: `10m`.
    For(Delay),
    /// Until a time that the payload, the contact or a step before tells.
    Until(WaitUntil),
    /// Until the hours are next.
    Hours(WaitHours),
}

/// Until a time; when it is past already the run goes on at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitUntil {
    /// A template of a date or a date and time (RFC 3339 or ISO 8601).
    pub until: String,
    /// So long before that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Delay>,
    /// So long after that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Delay>,
    /// The time zone of a time without an offset; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

/// Until the next of some hours; no wait within them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitHours {
    /// Office hours.
    pub hours: Hours,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepKind<'a> {
    /// It runs this plugin.
    Action(&'a str),
    /// The run waits.
    Wait(&'a WaitDocument),
    /// The run ends, for this reason.
    Stop(&'a str),
}

impl StepDocument {
    /// What a wait step without a name is called; no plugin may be.
    pub const WAIT: &'static str = "wait";
    /// What a stop step without a name is called; no plugin may be.
    pub const STOP: &'static str = "stop";

    /// What the step is; `None` when it is not exactly one thing.
    pub fn kind(&self) -> Option<StepKind<'_>> {
        match (&self.action, &self.wait, &self.stop) {
            (Some(action), None, None) => Some(StepKind::Action(action)),
            (None, Some(wait), None) => Some(StepKind::Wait(wait)),
            (None, None, Some(reason)) => Some(StepKind::Stop(reason)),
            _ => None,
        }
    }

    /// The step's name as runs show it.
    pub fn title(&self) -> &str {
        let of_kind = match self.kind() {
            Some(StepKind::Action(action)) => action,
            Some(StepKind::Wait(_)) | None => Self::WAIT,
            Some(StepKind::Stop(_)) => Self::STOP,
        };
        self.name.as_deref().unwrap_or(of_kind)
    }
}

impl Document {
    /// The most steps an automation may have.
    pub const STEPS_MAX: usize = 100;
}
