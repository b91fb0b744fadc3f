//! The runner with real plugins and the embedded store: what they keep, which version of them runs, and what becomes of runs when
//! they misbehave.

mod guests;
mod house;

mod loading;
mod quarantine;
mod state;
mod stats;
mod versions;
