//! Version 1.0.0 of a plugin that counts its calls, and says which version counted.

use hookbox_sdk::{Call, Failure, Outcome, contacts, state};
use schemars::JsonSchema;
use serde::Deserialize;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(
    name = "counting",
    title = "Counting",
    description = "Counts its calls and tags the contact with its version.",
    needs(contacts::tag("v1", reason = "To show which version ran"), state("calls", reason = "To count the calls"))
)]
fn run(_: Call<Settings>) -> Result<Outcome, Failure> {
    contacts::add_tag("v1")?;
    Outcome::with(&state::increment("calls", 1)?)
}
