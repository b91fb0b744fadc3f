//! The outside as a test says it is: what answers which call, and what was asked.

use std::time::Duration;

use crate::http::{Error, Response};

/// What a call gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(pub(super) Result<Response, Error>);

/// A request as it left the host: with the texts of secrets in the places of their placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers in the order they were set, names in lower case. Those that a real host adds are not there.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
    /// How long the action would have waited, if it said.
    pub timeout: Option<Duration>,
}

/// Which calls get an answer.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) answer: Answer,
    pub(super) given: bool,
}

impl Answer {
    /// A status and no body.
    pub fn status(status: u16) -> Self {
        Self(Ok(Response { status, headers: Vec::new(), body: Vec::new() }))
    }

    /// JSON text.
    pub fn json(status: u16, json: &str) -> Self {
        Self::text(status, json).header("content-type", "application/json")
    }

    /// A text, without a header that says so.
    pub fn text(status: u16, text: &str) -> Self {
        Self(Ok(Response { status, headers: Vec::new(), body: text.into() }))
    }

    /// No answer in time.
    pub fn timeout() -> Self {
        Self::failing(Error::Timeout("nothing came in time".into()))
    }

    /// No connection, or one that breaks.
    pub fn no_connection() -> Self {
        Self::failing(Error::Network("there is no connection".into()))
    }

    /// Any other error, as [`Denied`](Error::Denied) by the operator.
    pub const fn failing(error: Error) -> Self {
        Self(Err(error))
    }

    /// A header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.0 {
            response.headers.push((name.to_ascii_lowercase(), value.into()));
        }
        self
    }
}

impl Sent {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are none are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
