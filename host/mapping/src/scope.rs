//! What a template can read: the payload, the contact and the outputs of earlier steps.

use serde_json::{Map, Value};

use crate::datum::Datum;

/// What a template is rendered over.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `payload`: the captured JSON.
    pub payload: &'a Value,
    /// `contact`: its fields, looked up one by one as templates name them.
    pub contact: &'a dyn Lookup,
    /// `steps`: the outputs of earlier steps by name.
    pub steps: &'a dyn Lookup,
}

/// Finds a value by its name, when a template asks for it. Called once for every expression that names it.
pub trait Lookup: Sync {
    /// The value, or `None` if there is none; must not fail and must not block.
    fn look_up(&self, name: &str) -> Option<Datum<'_>>;
}

/// Has no value of any name.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Lookup for Nothing {
    fn look_up(&self, _name: &str) -> Option<Datum<'_>> {
        None
    }
}

impl Lookup for Map<String, Value> {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        Datum::of(self.get(name)?)
    }
}

/// Step outputs as the runner has them: the step's name and its output as JSON text, which is parsed only if a
/// template names the step. If two steps have one name, the later is meant.
#[derive(Debug, Clone, Copy)]
pub struct StepOutputs<'a>(pub &'a [(String, String)]);

impl Lookup for StepOutputs<'_> {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        let (_, output) = self.0.iter().rev().find(|(step, _)| step == name)?;
        Datum::from_value(serde_json::from_str(output).ok()?)
    }
}
