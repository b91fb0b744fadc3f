//! What a template can read: the payload, the contact and the outputs of earlier steps.

use std::collections::BTreeSet;
use std::sync::OnceLock;

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

/// Finds a value by its name, when a template or condition asks for it. Called at most once for a name in each rendering
/// and each evaluation, however often they name it: what it gives may be costly to make.
pub trait Lookup: Sync {
    /// The value, or `None` if there is none; must not fail and must not block.
    fn look_up(&self, name: &str) -> Option<Datum<'_>>;
}

/// The names that settings or a condition read, whatever they find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Whether anything of the payload is read.
    pub payload: bool,
    /// Fields of the contact.
    pub contact: BTreeSet<String>,
    /// Steps whose outputs are read.
    pub steps: BTreeSet<String>,
}

/// Asks for each name once and lends what was found from then on.
pub(crate) struct Remembered<'a> {
    lookup: &'a dyn Lookup,
    /// In the order of their names.
    found: Vec<(&'a str, OnceLock<Option<Datum<'a>>>)>,
}

impl<'a> Remembered<'a> {
    /// Nothing was asked for yet; other names than `names` are never found.
    pub(crate) fn new(lookup: &'a dyn Lookup, names: &'a BTreeSet<String>) -> Self {
        Self { lookup, found: names.iter().map(|name| (name.as_str(), OnceLock::new())).collect() }
    }

    /// As [`Lookup::look_up`], and the bytes that were made for it: 0 when it was asked for before, or is borrowed.
    pub(crate) fn look_up_at_cost(&self, name: &str) -> (Option<Datum<'_>>, usize) {
        let Ok(index) = self.found.binary_search_by_key(&name, |(name, _)| name) else { return (None, 0) };
        let (name, found) = &self.found[index];
        let mut made_bytes = 0;
        let datum = found.get_or_init(|| {
            let datum = self.lookup.look_up(name);
            made_bytes = datum.as_ref().map_or(0, Datum::owned_bytes);
            datum
        });
        (datum.as_ref().map(Datum::lend), made_bytes)
    }
}

impl Lookup for Remembered<'_> {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        self.look_up_at_cost(name).0
    }
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
