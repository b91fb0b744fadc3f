//! Chance that can be repeated: a sequence of numbers that a seed decides.

use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that repeats a failed test.
const VARIABLE: &str = "HOOKBOX_TEST_SEED";

/// A sequence that a seed repeats (splitmix64).
#[derive(Debug, Clone)]
pub struct Moments {
    seed: u64,
    state: u64,
}

impl Moments {
    /// Of this seed.
    pub fn of(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// Of the seed in the environment (`HOOKBOX_TEST_SEED`), to repeat a failure, or of the clock; says which.
    pub fn of_test() -> Self {
        let given = std::env::var(VARIABLE).ok().and_then(|seed| seed.parse().ok());
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.subsec_nanos().into());
        let seed = given.unwrap_or(clock);
        eprintln!("to repeat this: {VARIABLE}={seed}");
        Self::of(seed)
    }

    /// The seed it began with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The next number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// The same for lengths and places.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("it is below a usize")
    }

    /// Whether something that happens once in so many times happens now.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
