//! A plugin that never returns. The host has to stop it without help: the loop calls nothing.

use std::hint::black_box;

use hookbox_sdk::{Call, Failure, Outcome};
use schemars::JsonSchema;
use serde::Deserialize;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(name = "looping", title = "Looping", description = "Never returns.")]
fn run(_: Call<Settings>) -> Result<Outcome, Failure> {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}
