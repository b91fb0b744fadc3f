//! The example request: one value that is both printed as a curl line and sent, so that what is shown is what happens.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::Agent;

/// The body of the example.
pub(super) const BODY: &str =
    r#"{"phone_number":"12155556677","first_name":"John","last_name":"Smith","Integration":"Salesforce"}"#;

/// An answer to a webhook takes a disk sync; this is long past that.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A POST to a trigger.
#[derive(Debug, Clone)]
pub(super) struct Example {
    /// The trigger's URL.
    pub(super) url: String,
    /// An API key of it.
    pub(super) key: String,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body, byte for byte.
    pub(super) body: String,
    /// The id of the capture.
    pub(super) capture: Option<String>,
}

impl Example {
    /// Sends exactly what the curl line would.
    pub(super) fn send(&self) -> Result<Answer> {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER_TIMEOUT)).proxy(None);
        let request = config.build().new_agent().post(&self.url);
        let request = request.content_type("application/json").header("Authorization", self.authorization());
        let mut answer = request.send(BODY).with_context(|| format!("the POST to {} was not answered", self.url))?;
        Ok(Answer {
            status: answer.status().as_u16(),
            capture: answer.headers().get("hookbox-capture-id").and_then(|id| id.to_str().ok()).map(str::to_owned),
            body: answer.body_mut().read_to_string().context("the answer broke off")?,
        })
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.key)
    }
}

impl Answer {
    /// The body as JSON; as a text when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| Value::from(self.body.as_str()))
    }
}

/// The curl line.
impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "curl -X POST \"{}\" \\", self.url)?;
        writeln!(f, "  -H \"Content-Type: application/json\" \\")?;
        writeln!(f, "  -H \"Authorization: {}\" \\", self.authorization())?;
        write!(f, "  -d '{BODY}'")
    }
}

#[cfg(test)]
mod tests {
    use super::Example;

    #[test]
    fn the_example_is_printed_as_a_line_for_the_shell() {
        let example = Example { url: "http://127.0.0.1:8080/automations/aut_1".into(), key: "hbx_1".into() };
        assert_eq!(
            example.to_string(),
            "curl -X POST \"http://127.0.0.1:8080/automations/aut_1\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  -H \"Authorization: Bearer hbx_1\" \\\n  \
             -d '{\"phone_number\":\"12155556677\",\"first_name\":\"John\",\"last_name\":\"Smith\",\
             \"Integration\":\"Salesforce\"}'"
        );
    }
}
