//! A plugin that computes for long: for a time, or for ever while the payload says so.

use std::hint::black_box;

use hookbox_sdk::{Call, Failure, Outcome};
use schemars::JsonSchema;
use serde::Deserialize;

/// Turns of the loop that take about a millisecond: four cycles each at 3 GHz. The clocks of a guest stand still, so that it
/// cannot measure.
const TURNS_PER_MS: u64 = 750_000;

/// How long to compute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// About how many milliseconds of CPU it takes.
    #[serde(default)]
    cpu_ms: u64,
}

/// The part of the payload that matters here.
#[derive(Debug, Deserialize)]
struct Payload {
    /// Never return.
    #[serde(default, rename = "loop")]
    endless: bool,
}

#[hookbox_sdk::action(
    name = "slow",
    title = "Slow",
    description = "Computes for about as long as its settings say, or for ever while the payload says {\"loop\": true}."
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let Payload { endless } = call.payload()?;
    compute(call.settings.cpu_ms.saturating_mul(TURNS_PER_MS));
    if endless {
        loop {
            compute(TURNS_PER_MS);
        }
    }
    Ok(Outcome::done())
}

/// Each turn waits for the one before it: a multiplication and an addition.
fn compute(turns: u64) {
    let mut value = 1_u64;
    for _ in 0..turns {
        value = black_box(value).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    }
    black_box(value);
}
