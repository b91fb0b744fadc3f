//! A request, put together and then sent. What is wrong with it is told when it is sent.

use std::fmt::Display;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Address, BODY_BYTES_MAX, Error, Response};
use crate::host;

/// What stands for itself in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request that is put together.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    timeout: Option<Duration>,
    answer_bytes_max: usize,
    fault: Option<Error>,
}

/// A request as the host is asked to send it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    pub(crate) address: Address,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) answer_bytes_max: usize,
}

impl Request {
    pub(super) fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: None,
            answer_bytes_max: BODY_BYTES_MAX,
            fault: None,
        }
    }

    /// Adds a header. A [`Secret`](crate::Secret) can be the value or a part of it: `format!("Token {secret}")`.
    pub fn header(mut self, name: &str, value: impl Display) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_string()));
        self
    }

    /// Adds the header `authorization: Bearer …`, with a [`Secret`](crate::Secret) or a text.
    pub fn bearer(self, token: impl Display) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Adds the header `authorization: Basic …`, with a [`Secret`](crate::Secret) or a text as the password.
    pub fn basic(self, user: &str, password: impl Display) -> Self {
        self.header("authorization", format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    /// Adds a parameter to the URL's query, and writes it so that it arrives as it is.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        // What follows # is not sent; a parameter behind it would be lost.
        self.url.truncate(self.url.find('#').unwrap_or(self.url.len()));
        let between = match self.url.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let value = value.to_string();
        let parameter = [between, &escaped(name), "=", &escaped(&value)].concat();
        self.url.push_str(&parameter);
        self
    }

    /// A value as JSON is the body.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.of_type("application/json", body),
            Err(error) => {
                self.fault.get_or_insert(Error::Invalid(format!("the body has no form in JSON: {error}")));
                self
            }
        }
    }

    /// A text is the body.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.of_type("text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// These bytes are the body. Their type is the header `content-type`.
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// How long to wait for the connection, for the beginning of the answer, and for each further part of it. Longer than the
    /// host's own limits (5 s for the connection, 30 s for the others, unless configured) is no longer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Refuses an answer whose body is larger, instead of keeping it in memory.
    pub fn answer_bytes_max(mut self, bytes: usize) -> Self {
        self.answer_bytes_max = bytes.min(BODY_BYTES_MAX);
        self
    }

    /// Sends the request and waits for the whole answer.
    ///
    /// # Errors
    /// An [`Error`]: the host did not let it go, it makes no sense, a limit is reached, or there is no whole answer.
    pub fn send(self) -> Result<Response, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.method.is_empty() || !self.method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Error::Invalid(format!("the method {:?} is not in capitals", self.method)));
        }
        if self.body.as_ref().is_some_and(|body| body.len() > BODY_BYTES_MAX) {
            return Err(Error::Limit(format!("the body of a request has at most {BODY_BYTES_MAX} bytes")));
        }
        self.headers.iter().try_for_each(|(name, value)| check_header(name, value))?;
        host::send_http(Outgoing {
            address: Address::parse(&self.url)?,
            method: self.method,
            headers: self.headers,
            body: self.body,
            timeout: self.timeout,
            answer_bytes_max: self.answer_bytes_max,
        })
    }

    /// The header `content-type` stays if it was set.
    fn of_type(mut self, content_type: &str, body: Vec<u8>) -> Self {
        if !self.headers.iter().any(|(name, _)| name == "content-type") {
            self.headers.push(("content-type".into(), content_type.into()));
        }
        self.bytes(body)
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Names a wrong header; the host would only say that one is wrong. Values are not shown: they may be confidential.
fn check_header(name: &str, value: &str) -> Result<(), Error> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(in_name) {
        return Err(Error::Invalid(format!("{name:?} is no name of a header")));
    }
    if value.chars().any(|letter| letter.is_control() && letter != '\t') {
        return Err(Error::Invalid(format!("the value of header {name} has control characters")));
    }
    Ok(())
}
