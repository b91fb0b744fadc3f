//! A plugin that fails as its settings say, after it has asked for an effect, which therefore must not happen.

use hookbox_sdk::{Call, Failure, Outcome, contacts};
use schemars::JsonSchema;
use serde::Deserialize;

/// How to fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How it fails.
    kind: Kind,
    /// The first attempt that succeeds; none when empty.
    #[serde(default)]
    until_attempt: Option<u32>,
    /// With a retryable failure: not before this many milliseconds.
    #[serde(default)]
    after_ms: Option<u64>,
}

/// How it fails.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// It may succeed later.
    Retryable,
    /// It never will.
    Permanent,
}

#[hookbox_sdk::action(
    name = "failing",
    title = "Failing",
    description = "Fails as its settings say, then tags the contact.",
    needs(contacts::tag("succeeded", reason = "The tag tells that an attempt succeeded"))
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    contacts::add_tag("succeeded")?;
    let attempt = call.attempt();
    let Settings { kind, until_attempt, after_ms } = call.settings;
    if until_attempt.is_some_and(|until| attempt >= until) {
        return Ok(Outcome::done());
    }
    let message = format!("attempt {attempt} fails as it was told to");
    Err(match kind {
        Kind::Retryable => Failure::Retryable { message, after_ms },
        Kind::Permanent => Failure::permanent("told-to-fail", message),
    })
}
