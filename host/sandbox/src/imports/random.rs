//! `wasi:random`: seeded by run and step, so that a replay or a dry run answers the same.
//!
//! Nobody may take it for a source of secrets: whoever knows the run's id can compute it.

use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::state::GuestState;
use crate::stop::Stop;

impl random::Host for GuestState {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > self.config.random_bytes_max {
            return Err(Stop::Random { limit_bytes: self.config.random_bytes_max }.into());
        }
        let mut bytes = vec![0; usize::try_from(len)?];
        source(self).fill(&mut bytes);
        Ok(bytes)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(number(self))
    }
}

impl insecure::Host for GuestState {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        random::Host::get_random_bytes(self, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(number(self))
    }
}

impl insecure_seed::Host for GuestState {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((number(self), number(self)))
    }
}

fn number(state: &mut GuestState) -> u64 {
    let mut bytes = [0; 8];
    source(state).fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn source(state: &mut GuestState) -> &mut blake3::OutputReader {
    let subject = &state.subject;
    state.random.get_or_insert_with(|| {
        let mut hasher = blake3::Hasher::new_derive_key("hookbox guest randomness 1");
        hasher.update(subject.run.as_bytes()).update(&subject.step.to_le_bytes());
        Box::new(hasher.finalize_xof())
    })
}

#[cfg(test)]
mod tests {
    use super::random::Host;
    use crate::state::fixture::state_with;

    #[test]
    fn randomness_repeats_for_the_same_step_and_differs_for_another() {
        let draw = |step| {
            let mut state = state_with(&[]);
            state.subject.step = step;
            (state.get_random_u64().expect("a number"), state.get_random_bytes(100).expect("bytes"))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(state_with(&[]).get_random_bytes(64 * 1024 + 1).is_err());
        assert!(state_with(&[]).get_random_bytes(u64::MAX).is_err());
    }
}
