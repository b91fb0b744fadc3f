//! A plugin that traps after it has asked for an effect, which therefore must not happen.

use hookbox_sdk::{Call, Failure, Outcome, contacts};
use schemars::JsonSchema;
use serde::Deserialize;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(
    name = "trapping",
    title = "Trapping",
    description = "Asks for a tag, then traps.",
    needs(contacts::tag("trapped", reason = "The tag must never be seen on a contact"))
)]
fn run(_: Call<Settings>) -> Result<Outcome, Failure> {
    contacts::add_tag("trapped")?;
    panic!("this plugin traps");
}
