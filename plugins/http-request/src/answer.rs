//! What later steps get of an answer.

use std::collections::BTreeMap;

use hookbox_sdk::http::Response;
use hookbox_sdk::{Failure, Outcome};
use serde::Serialize;
use serde_json::Value;

/// The largest body that is taken, in bytes: outputs of steps are kept with the run.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// How much of the body stands in a failure, in bytes.
const BEGINNING_BYTES_MAX: usize = 1024;

/// The headers that later steps may want.
const HEADERS: [&str; 7] = ["content-type", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"];

#[derive(Serialize)]
struct Output<'a> {
    status: u16,
    headers: BTreeMap<&'static str, &'a str>,
    body: Value,
}

/// The status, a few headers and the body as `steps.<name>.status`, `.headers` and `.body`.
pub(crate) fn outcome(answer: &Response) -> Result<Outcome, Failure> {
    let headers = HEADERS.into_iter().filter_map(|name| Some((name, answer.header(name)?)));
    Outcome::with(&Output { status: answer.status, headers: headers.collect(), body: body(answer) })
}

/// The value when the answer says that it is JSON and it is; null when it is empty; and else the text.
fn body(answer: &Response) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    let json = is_json(answer).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
    json.unwrap_or_else(|| Value::String(answer.text().into_owned()))
}

/// `application/json`, `application/problem+json` and the like.
fn is_json(answer: &Response) -> bool {
    let content_type = answer.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

/// The beginning of the body, for whoever reads the failure.
pub(crate) fn beginning(answer: &Response) -> String {
    let text = answer.text();
    text[..text.floor_char_boundary(BEGINNING_BYTES_MAX)].to_owned()
}
