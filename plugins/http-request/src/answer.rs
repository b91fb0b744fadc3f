//! What later steps get of an answer.

use std::collections::BTreeMap;

use hookbox_sdk::http::Response;
use hookbox_sdk::{Failure, Outcome};
use serde::Serialize;
use serde_json::Value;

/// The largest body that is taken, in bytes: outputs of steps are kept with the run.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// What an output may be, as the host takes it: bytes of its JSON, arrays and objects in one another, values in all.
const OUTPUT_BYTES_MAX: usize = 1024 * 1024;
const DEPTH_MAX: usize = 64;
const VALUES_MAX: usize = 50_000;

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

/// The status, a few headers and the body as `steps.<name>.status`, `.headers` and `.body`. What the host would not take is a
/// failure: the service is at fault, and another call changes nothing.
pub(crate) fn outcome(answer: &Response) -> Result<Outcome, Failure> {
    let headers = HEADERS.into_iter().filter_map(|name| Some((name, answer.header(name)?)));
    let body = body(answer);
    // Around the body are the output itself, its status, and its headers.
    let mut values_left = VALUES_MAX - 3 - HEADERS.len();
    check(&body, DEPTH_MAX - 1, &mut values_left).map_err(|what| limit(&what))?;
    let outcome = Outcome::with(&Output { status: answer.status, headers: headers.collect(), body })?;
    if outcome.output.len() > OUTPUT_BYTES_MAX {
        return Err(limit(&format!("has more than {OUTPUT_BYTES_MAX} bytes when it is written as JSON")));
    }
    Ok(outcome)
}

fn limit(what: &str) -> Failure {
    Failure::permanent("limit", format!("the service's answer {what}; ask it for less"))
}

fn check(value: &Value, depth_left: usize, values_left: &mut usize) -> Result<(), String> {
    let left = values_left.checked_sub(1);
    *values_left = left.ok_or_else(|| format!("has more values than an output may: {VALUES_MAX}"))?;
    let deeper = || {
        depth_left.checked_sub(1).ok_or_else(|| format!("is nested deeper than an output may be: {DEPTH_MAX} levels"))
    };
    match value {
        Value::Array(items) => {
            let depth_left = deeper()?;
            items.iter().try_for_each(|item| check(item, depth_left, values_left))
        }
        Value::Object(members) => {
            let depth_left = deeper()?;
            members.values().try_for_each(|member| check(member, depth_left, values_left))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
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
