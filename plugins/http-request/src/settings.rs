//! What an automation sets.

use std::collections::BTreeMap;

use hookbox_sdk::{FieldValue, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::statuses::{AGAIN, Again, STATUSES, Statuses};

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// What is asked of the service.
    #[serde(default)]
    #[schemars(title = "Method")]
    pub(crate) method: Method,
    /// Where the service is: an http or https URL.
    #[schemars(title = "URL", length(min = 1, max = 8192), extend("format" = "uri"))]
    pub(crate) url: String,
    /// Parameters that are added to the URL, written so that they arrive as they are.
    #[serde(default)]
    #[schemars(title = "Query")]
    pub(crate) query: BTreeMap<String, FieldValue>,
    /// Headers of the request, by name.
    #[serde(default)]
    #[schemars(title = "Headers")]
    pub(crate) headers: BTreeMap<String, String>,
    /// How the service knows who calls.
    #[serde(default)]
    #[schemars(title = "Authentication")]
    pub(crate) auth: Option<Auth>,
    /// The body as JSON: any value. Merge tokens in its texts are rendered.
    #[serde(default)]
    #[schemars(title = "JSON body", with = "Value")]
    pub(crate) json: Option<Box<RawValue>>,
    /// The body as a text. Its type is the header content-type.
    #[serde(default)]
    #[schemars(title = "Text body")]
    pub(crate) text: Option<String>,
    /// The statuses that are a success, for example 200-299 or 404.
    #[serde(default = "expected")]
    #[schemars(title = "Expected statuses", with = "Vec<String>", inner(regex(pattern = STATUSES)))]
    pub(crate) expected: Vec<Statuses>,
    /// When to try again: statuses, and network for a service that does not answer. What else is not expected fails for good.
    #[serde(default = "retry_on")]
    #[schemars(title = "Try again on", with = "Vec<String>", inner(regex(pattern = AGAIN)))]
    pub(crate) retry_on: Vec<Again>,
    /// How long to wait for the connection, for the answer, and for each part of it, in milliseconds.
    #[serde(default = "timeout_ms")]
    #[schemars(title = "Timeout", range(min = 100, max = 30_000))]
    pub(crate) timeout_ms: u32,
}

fn expected() -> Vec<Statuses> {
    vec![Statuses::new(200, 299)]
}

fn retry_on() -> Vec<Again> {
    vec![Again::Network, Again::Statuses(Statuses::new(429, 429)), Again::Statuses(Statuses::new(500, 599))]
}

const fn timeout_ms() -> u32 {
    10_000
}

/// The methods of the web.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
        }
    }
}

/// How the service knows who calls.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    /// Where the secret goes: bearer and basic are the header authorization, header is one with a name.
    #[serde(rename = "type")]
    #[schemars(title = "Type")]
    pub(crate) kind: AuthType,
    /// The name of a secret of the workspace.
    #[schemars(title = "Secret")]
    pub(crate) secret: Secret,
    /// For basic: who calls. The secret is the password.
    #[serde(default)]
    #[schemars(title = "User name")]
    pub(crate) username: Option<String>,
    /// For header: the header's name, for example x-api-key.
    #[serde(default)]
    #[schemars(title = "Header")]
    pub(crate) header: Option<String>,
    /// For header: what stands before the secret.
    #[serde(default)]
    #[schemars(title = "Prefix")]
    pub(crate) prefix: Option<String>,
}

/// Where the secret goes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuthType {
    Bearer,
    Basic,
    Header,
}
