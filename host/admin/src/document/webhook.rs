//! The mapping of a webhook: does it compile, and what does it make of a payload like the sample.

use hookbox_mapping::{Config, Mapping};
use hookbox_model::{Field, FieldMapping, IdentifierMapping};
use serde::Deserialize;
use serde_json::Value;

use super::spec::fault;
use super::{sample, spec};
use crate::refusal::Fault;

/// What became of a mapping that was tried.
pub(super) struct Tried {
    /// What is wrong with it.
    pub(super) faults: Vec<Fault>,
    /// The mapping, with stand-ins for what is wrong.
    pub(super) mapping: Option<Mapping>,
    /// The identifier, if it can be read.
    pub(super) identifier: Option<IdentifierMapping>,
    /// Its fields as far as they can be read.
    pub(super) fields: Vec<Option<FieldMapping>>,
}

/// Tries the mapping of `trigger.webhook` on the payload of a run; on null it is the constants alone that are tried.
pub(super) fn tried(webhook: &Value, payload: &Value, declared: &[Field], country: &str, limits: &Config) -> Tried {
    let identifier = IdentifierMapping::deserialize(&webhook["identifier"]).ok();
    let fields = webhook["map"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fields: Vec<_> = fields.iter().map(|field| FieldMapping::deserialize(field).ok()).collect();
    let mut found = Vec::new();
    let mapping = match Mapping::compile_within(&spec::mapping(identifier.as_ref(), &fields), limits) {
        Ok(mapping) => Some(mapping),
        Err(faults) => {
            found = faults;
            let spec = spec::mapping_without(identifier.as_ref(), &fields, &found);
            Mapping::compile_within(&spec, limits).ok()
        }
    };
    let identifies = identifier.is_some() && !found.iter().any(spec::is_about_identifier);
    let mut faults = sample::field_faults(&fields, declared, mapping.as_ref(), payload, country);
    let tried = mapping.iter().flat_map(|mapping| mapping.check_sample(payload, country));
    let tried: Vec<_> = tried.filter(|fault| identifies || !spec::is_about_identifier(fault)).collect();
    faults.extend(found.into_iter().chain(tried).map(fault));
    Tried { faults, mapping, identifier: identifier.filter(|_| identifies), fields }
}
