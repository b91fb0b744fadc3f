//! The other end of HTTP calls, natively: checks as a real host does, notes the request, and gives the test's answer.

use super::exchange::{Canned, Sent};
use super::session::{Session, with_current_or};
use super::{place, secrets};
use crate::http::{Error, Outgoing, Response};

/// Gives what the test has for a request.
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
