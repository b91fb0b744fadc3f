//! A plugin that writes down what it was given, where a test can read it: twice the same key means the same step.

use hookbox_sdk::{Call, Failure, Outcome, contacts, conversations};
use schemars::JsonSchema;
use serde::Deserialize;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(
    name = "noting",
    title = "Noting",
    description = "Writes the attempt and the idempotency key into contact fields, and a note.",
    needs(
        contacts::write("attempt", "idempotency_key", reason = "Where the test looks"),
        conversations::write("note", reason = "One note for each time that it is committed"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    contacts::set_field("attempt", call.attempt())?;
    contacts::set_field("idempotency_key", call.idempotency_key())?;
    conversations::add_note(&format!("{} {}", call.attempt(), call.idempotency_key()))?;
    Ok(Outcome::done())
}
