//! A plugin that takes memory, and uses it, until it is stopped.

use std::hint::black_box;

use hookbox_sdk::{Call, Failure, Outcome};
use schemars::JsonSchema;
use serde::Deserialize;

/// One bite.
const BITE_BYTES: usize = 1024 * 1024;

/// There is nothing to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[hookbox_sdk::action(name = "memory-eater", title = "Memory eater", description = "Allocates without end.")]
fn run(_: Call<Settings>) -> Result<Outcome, Failure> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1_u8; BITE_BYTES]));
    }
}
