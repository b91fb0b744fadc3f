//! The outside as a test says it is: what answers which call, and what was asked.

use std::time::Duration;

use super::session::{Session, with_current_or};
use super::{place, secrets};
use crate::http::{Error, Outgoing, Response};

/// What a call gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Result<Response, Error>);

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

/// Checks as a real host does, notes the request, and gives what the test has for it.
///
/// # Panics
/// When the test has nothing for it.
pub(crate) fn send_http(outgoing: Outgoing) -> Result<Response, Error> {
    let no_host = |text| Err(Error::Invalid(text));
    with_current_or(no_host, |session| send(session, outgoing))
}

fn send(session: &mut Session, outgoing: Outgoing) -> Result<Response, Error> {
    let Outgoing { method, address, mut headers, body, timeout, answer_bytes_max } = outgoing;
    let scope = address.scope(&method);
    if !session.scopes("http").any(|allowed| place::allows(allowed, &method, &address)) {
        return Err(Error::Denied(format!("not granted: http for {scope:?}")));
    }
    for (name, value) in &mut headers {
        *value = secrets::reveal(&session.secrets, (name, value), &method, &address)?;
    }
    let url = address.url();
    let fits = |canned: &&mut Canned| canned.method == method && canned.url == url;
    let answer = match session.answers.iter_mut().filter(|canned| !canned.given).find(fits) {
        Some(canned) => {
            canned.given = true;
            canned.answer.clone()
        }
        None => match session.answers.iter_mut().rev().find(fits) {
            Some(canned) => canned.answer.clone(),
            None => panic!("the action calls {method} {url}, for which the test has no answer: Host::http gives one"),
        },
    };
    session.requests.push(Sent { method, url, headers, body: body.unwrap_or_default(), timeout });
    match answer.0 {
        Ok(response) if response.body.len() > answer_bytes_max => {
            Err(Error::Limit(format!("the body of the answer has more than {answer_bytes_max} bytes")))
        }
        answer => answer,
    }
}
