//! Answers that come as lines while they come about: each but the last says what is being done.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Body, SendBody};

use super::Client;
use super::refusal::Refusal;

/// The media type of lines of JSON.
const LINES: &str = "application/x-ndjson";

/// The longest that all of it may take: an upload over a slow line, and an inspection that waits for those before it.
const LINES_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The longest line, in bytes: a comparison of 100 captures.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

impl Client {
    /// `POST path` with a component of so many bytes. `heard` is told each line but the last, which is the answer.
    pub(crate) fn post_component(
        &self,
        path: &str,
        bytes: u64,
        component: &mut dyn Read,
        heard: &mut dyn FnMut(&Value),
    ) -> Result<Value> {
        let request = self.agent.post(self.address(path)).config().timeout_global(Some(LINES_TIMEOUT)).build();
        let request = request.header("Authorization", self.authorization()).header("Accept", LINES);
        // Whoever may not upload is told so before tens of MiB are on their way.
        let request = request.header("Expect", "100-continue").header("Content-Length", bytes);
        let request = self.in_workspace(request.content_type("application/wasm"));
        last(self.told(request.send(SendBody::from_reader(component)))?, heard)
    }

    /// `POST path` with a JSON body. `heard` is told each line but the last, which is the answer.
    pub(crate) fn post_for_lines(
        &self,
        path: &str,
        body: &impl Serialize,
        heard: &mut dyn FnMut(&Value),
    ) -> Result<Value> {
        let body = serde_json::to_string(body).context("the request cannot be written as JSON")?;
        let request = self.agent.post(self.address(path)).config().timeout_global(Some(LINES_TIMEOUT)).build();
        let request = request.header("Authorization", self.authorization()).header("Accept", LINES);
        last(self.told(self.in_workspace(request.content_type("application/json")).send(body))?, heard)
    }
}

/// Reads lines to the last.
fn last(mut answer: Response<Body>, heard: &mut dyn FnMut(&Value)) -> Result<Value> {
    let body = answer.body_mut().with_config().limit(u64::MAX).reader();
    last_of(&mut BufReader::new(body), heard)
}

fn last_of(lines: &mut dyn BufRead, heard: &mut dyn FnMut(&Value)) -> Result<Value> {
    let mut line = Vec::new();
    loop {
        line.clear();
        lines
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .context("the answer broke off; asking again is safe")?;
        if line.is_empty() {
            bail!("the answer ended before it was whole; asking again is safe");
        }
        let told: Value = serde_json::from_slice(&line)
            .context("the answer is not lines of JSON; is this the URL of a Hookbox host?")?;
        if told["phase"].is_string() {
            heard(&told);
        } else if told["problem"].is_object() {
            let status =
                told["problem"]["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
            return Err(Refusal::read(status, &told["problem"].to_string(), None).into());
        } else {
            return Ok(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::last_of;

    #[test]
    fn the_last_line_is_the_answer_and_those_before_it_are_news() {
        let mut heard = Vec::new();
        let mut text: &[u8] = b"{\"phase\":\"checking\",\"elapsed_ms\":1}\n{\"phase\":\"compiling\"}\n{\"plugin\":1}\n";
        let answer = last_of(&mut text, &mut |line| heard.push(line["phase"].clone())).expect("an answer");
        assert_eq!((answer, heard), (json!({"plugin": 1}), vec![json!("checking"), json!("compiling")]));
    }

    #[test]
    fn a_problem_in_the_last_line_is_a_refusal_and_an_end_before_it_is_told() {
        let mut text: &[u8] = b"{\"phase\":\"checking\"}\n{\"problem\":{\"title\":\"Invalid plugin\",\"status\":422,\"faults\":[{\"at\":\"x\",\"message\":\"y\"}]}}\n";
        let refused = last_of(&mut text, &mut |_| {}).expect_err("a problem").to_string();
        assert_eq!(refused, "Invalid plugin\n  - x: y");
        let mut cut: &[u8] = b"{\"phase\":\"checking\"}\n";
        assert!(last_of(&mut cut, &mut |_| {}).expect_err("cut off").to_string().contains("before it was whole"));
    }
}
