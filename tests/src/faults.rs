//! The faults that a host has to bear, each as a round that a seed repeats: something is done to a real program under load, and
//! whatever was acknowledged has to be there afterwards, once.
//!
//! A round has a small form, which is a test (`tests/tests/faults*.rs`), and a large one, which the program `soak` repeats for
//! as long as it is asked to. Both are the same code with other numbers. A round panics at what must not be, gives
//! [`Figures`] of the rest, and says so where the machine lacks what it needs ([`Round::Skipped`]).

pub mod moments;
pub mod report;
pub mod load;

pub mod kills;

pub mod disk;
pub mod disk_full;
pub mod io_errors;
pub mod slow_disk;

pub mod clock;
pub mod waiting;
pub mod clocks;

pub mod receiver;

pub mod dribble;
pub mod flood;

pub mod mixed;

pub mod fault;

use std::collections::BTreeMap;

/// How large a round is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// As in the tests.
    Small,
    /// As in a soak of so many minutes.
    Large {
        /// How long the soak is; a round that is not repeated lasts as long.
        minutes: f64,
    },
}

/// What a round came to.
#[derive(Debug)]
pub enum Round {
    /// It was gone through, and this was counted and measured.
    Done(Figures),
    /// The machine lacks what it needs.
    Skipped(String),
}

/// What was counted and measured, by name. Names say the unit.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    counts: BTreeMap<&'static str, u64>,
    most: BTreeMap<&'static str, f64>,
}

impl Figures {
    /// Adds to a count; rounds add theirs up.
    pub fn count(&mut self, name: &'static str, more: u64) {
        *self.counts.entry(name).or_default() += more;
    }

    /// Notes a measure of which the largest counts, over all rounds.
    pub fn most(&mut self, name: &'static str, value: f64) {
        let most = self.most.entry(name).or_insert(value);
        *most = most.max(value);
    }

    /// What was counted under a name.
    pub fn counted(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// The largest measure of a name, if there was one.
    pub fn largest(&self, name: &str) -> Option<f64> {
        self.most.get(name).copied()
    }

    /// Takes the figures of another round in.
    pub fn merge(&mut self, other: &Self) {
        other.counts.iter().for_each(|(name, more)| self.count(name, *more));
        other.most.iter().for_each(|(name, value)| self.most(name, *value));
    }
}

impl Round {
    /// The figures of a test's round; `None`, and a line that says why, where it was skipped.
    pub fn or_skip(self) -> Option<Figures> {
        match self {
            Self::Done(figures) => Some(figures),
            Self::Skipped(why) => {
                eprintln!("skipped: {why}");
                None
            }
        }
    }
}
