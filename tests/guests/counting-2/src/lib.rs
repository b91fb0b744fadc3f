//! Version 2.0.0 of a plugin that counts its calls: it tags otherwise, and asks for a list more than version 1.0.0.

use hookbox_sdk::{Call, Failure, Outcome, Refusal, contacts, lists, state};
use schemars::JsonSchema;
use serde::Deserialize;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(
    name = "counting",
    title = "Counting",
    description = "Counts its calls, tags the contact with its version and puts it on a list.",
    needs(
        contacts::tag("v2", reason = "To show which version ran"),
        lists::write("customers", reason = "To show what is new"),
        state("calls", reason = "To count the calls"),
    )
)]
fn run(_: Call<Settings>) -> Result<Outcome, Failure> {
    contacts::add_tag("v2")?;
    // Who approves it may leave the list out: then everything else still happens.
    match lists::add("customers") {
        Ok(()) | Err(Refusal::NotGranted(_)) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    Outcome::with(&state::increment("calls", 1)?)
}
