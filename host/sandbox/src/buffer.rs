//! The effects of one call, buffered until it returns, with the limits on their number and size.

use hookbox_model::Effect;

use crate::Config;
use crate::bindings::hookbox::plugin::types::Refusal;

/// What an action asked for so far.
#[derive(Debug, Default)]
pub(crate) struct EffectBuffer {
    effects: Vec<Effect>,
    bytes: u64,
    host_calls: u32,
}

impl EffectBuffer {
    /// Counts a call of an effect function; refuses it past the limit.
    pub(crate) fn count_call(&mut self, config: &Config) -> Result<(), Refusal> {
        if self.host_calls >= config.host_calls_max {
            return Err(Refusal::Limit(format!("a step may make {} host calls", config.host_calls_max)));
        }
        self.host_calls += 1;
        Ok(())
    }

    /// Keeps an effect whose texts have `bytes` bytes together; refuses it past the limits.
    pub(crate) fn push(&mut self, effect: Effect, bytes: usize, config: &Config) -> Result<(), Refusal> {
        if self.effects.len() >= config.effects_max as usize {
            return Err(Refusal::Limit(format!("a step may ask for {} effects", config.effects_max)));
        }
        self.charge(bytes as u64, config)?;
        self.effects.push(effect);
        Ok(())
    }

    /// Counts what is to be written; refuses it past the limit.
    pub(crate) fn charge(&mut self, bytes: u64, config: &Config) -> Result<(), Refusal> {
        let bytes = self.bytes.saturating_add(bytes);
        if bytes > config.effect_bytes_max {
            return Err(Refusal::Limit(format!("the effects of a step may hold {} bytes", config.effect_bytes_max)));
        }
        self.bytes = bytes;
        Ok(())
    }

    /// How many effects there are.
    pub(crate) fn len(&self) -> usize {
        self.effects.len()
    }

    /// The effects, in the order they were asked for.
    pub(crate) fn into_effects(self) -> Vec<Effect> {
        self.effects
    }
}
