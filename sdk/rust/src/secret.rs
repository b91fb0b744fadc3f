//! A secret in settings: what an action uses without seeing it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A secret in settings. Whoever sets it chooses a secret of the workspace by its name; what the action gets is a placeholder,
/// which stands for the text in headers of [`http`](crate::http) calls: the host swaps it on the way out, towards the hosts
/// that the secret may be sent to. Anywhere else it is a text that says nothing.
///
/// Needs `secret` for the name. Written out with `{secret}` it is the placeholder.
///
/// ```
/// use hookbox_sdk::{Secret, http};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Settings {
///     /// The key that the service knows us by.
///     key: Secret,
/// }
///
/// # let settings = Settings { key: serde_json::from_str("\"placeholder\"")? };
/// let request = http::get("https://api.example.com/me").header("x-api-key", &settings.key);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "secret"})
    }
}
