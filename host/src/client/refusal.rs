//! What the admin API refused and why: problem details, each fault of a document on a line of its own.

use std::fmt;

use serde_json::Value;

use crate::output::clean;

/// A refusal as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    title: String,
    detail: String,
    faults: Vec<String>,
    advice: Option<&'static str>,
    request_id: Option<String>,
}

impl Refusal {
    /// The refusal in an answer's body; a body that is no problem document is quoted.
    pub(super) fn read(status: u16, body: &str, advice: Option<&'static str>) -> Self {
        let problem: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
        let faults = problem.get("faults").and_then(Value::as_array);
        Self {
            title: text("title").unwrap_or_else(|| format!("the host answered {status}")),
            detail: text("detail").unwrap_or_else(|| body.chars().take(500).collect()),
            faults: faults.into_iter().flatten().map(fault).collect(),
            advice,
            request_id: text("request_id").filter(|_| status >= 500),
        }
    }
}

/// A fault in one line: where, and what.
fn fault(fault: &Value) -> String {
    match (fault["at"].as_str(), fault["message"].as_str()) {
        (Some(place), Some(message)) => format!("{place}: {message}"),
        (None | Some(_), None) | (None, Some(_)) => fault.to_string(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        // The detail of a body with faults is the same faults in one line.
        if !self.detail.is_empty() && self.faults.is_empty() {
            write!(f, ": {}", clean(&self.detail))?;
        }
        if let Some(advice) = self.advice {
            write!(f, "; {advice}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {}", clean(fault)))
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_refusal_shows_its_title_and_each_fault_on_its_own_line() {
        let body = r#"{"title":"Invalid","status":422,"detail":"all in a line","request_id":"r1","faults":[
            {"at":"steps[0].action","message":"no such plugin"},{"at":"inbox","message":"no such inbox"}]}"#;
        assert_eq!(
            Refusal::read(422, body, None).to_string(),
            "Invalid\n  - steps[0].action: no such plugin\n  - inbox: no such inbox"
        );
    }

    #[test]
    fn a_failure_of_the_host_can_be_looked_up_by_its_request() {
        let body = r#"{"title":"Internal error","status":500,"detail":"see the log","request_id":"r7"}"#;
        assert_eq!(Refusal::read(500, body, None).to_string(), "Internal error: see the log (request r7)");
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_quoted() {
        assert_eq!(Refusal::read(502, "bad gateway", None).to_string(), "the host answered 502: bad gateway");
        assert_eq!(
            Refusal::read(401, "{}", Some("check HOOKBOX_TOKEN or --token")).to_string(),
            "the host answered 401: {}; check HOOKBOX_TOKEN or --token"
        );
    }
}
