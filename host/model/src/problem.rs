//! The body of every refusal: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

/// An `application/problem+json` body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A URI reference that names the kind of problem, stable across versions (`/problems/unauthorized`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words, the same for every occurrence.
    pub title: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What happened this time, why, and what to do.
    pub detail: String,
    /// The `X-Request-Id` of the answer, to be quoted when asking for help.
    pub request_id: String,
}

impl Problem {
    /// The content type of the body.
    pub const CONTENT_TYPE: &'static str = "application/problem+json";

    /// A problem whose type is `/problems/` and the title in lower case with dashes.
    pub fn new(status: u16, title: &str, detail: impl Into<String>, request_id: impl Into<String>) -> Self {
        let kind = format!("/problems/{}", title.to_lowercase().replace(' ', "-"));
        Self { kind, title: title.to_owned(), status, detail: detail.into(), request_id: request_id.into() }
    }
}
