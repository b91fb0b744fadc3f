//! A message to be sent.

use schemars::JsonSchema;
use serde::Deserialize;

/// A message to be sent to the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The inbox's name; the automation's when absent.
    pub inbox: Option<String>,
    /// The text, 1 to 10,000 characters.
    pub body: String,
    /// What is attached, at most 10.
    pub media: Vec<Media>,
    /// Not before this time, RFC 3339.
    pub send_at: Option<String>,
}

impl Message {
    /// A text from the automation's inbox, to be sent at once.
    pub fn new(body: impl Into<String>) -> Self {
        Self { inbox: None, body: body.into(), media: Vec::new(), send_at: None }
    }
}

/// A file that goes with a message. It can be part of settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Where the file can be fetched: an https URL.
    #[schemars(title = "URL", length(max = 2048), regex(pattern = "^https://"))]
    pub url: String,
    /// Its media type, for example image/png.
    #[schemars(title = "Media type", length(min = 3, max = 255))]
    pub content_type: String,
}
