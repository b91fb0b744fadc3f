//! Compiles a mapping, collecting every fault before it gives up.

use serde_json::Value;

use super::{Field, Mapping, Source};
use crate::query::Query;
use crate::spec::{FieldSpec, MappingSpec, SourceSpec};
use crate::template::{Roots, Template};
use crate::transform::Transform;
use crate::{Config, IdentifierKind, MappingFault};

/// Where the identifier's path stands in the document.
pub(super) const IDENTIFIER_FROM: &str = "trigger.webhook.identifier.from";

/// Where a field stands in the document.
pub(super) fn place_of(index: usize) -> String {
    format!("trigger.webhook.map[{index}]")
}

pub(super) fn compile(spec: &MappingSpec, config: &Config) -> Result<Mapping, Vec<MappingFault>> {
    let mut faults = Vec::new();
    let identifier_from = Query::compile(&spec.identifier.from, config)
        .map_err(|message| faults.push(MappingFault::new(IDENTIFIER_FROM, message)));
    if spec.fields.len() > config.fields_max {
        faults.push(MappingFault::new(
            "trigger.webhook.map",
            format!("a mapping fills at most {} fields", config.fields_max),
        ));
        return Err(faults);
    }
    let fields: Vec<Field> = spec
        .fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| compile_field(field, &place_of(index), config, &mut faults))
        .collect();
    let searches =
        fields.iter().filter(|field| matches!(&field.source, Source::From(query) if query.searches())).count();
    if searches > config.searches_max {
        faults.push(MappingFault::new(
            "trigger.webhook.map",
            format!("at most {} paths may search with wildcards, filters or `..`", config.searches_max),
        ));
    }
    match identifier_from {
        Ok(identifier_from) if faults.is_empty() => {
            Ok(Mapping { identifier: spec.identifier.field, identifier_from, fields, config: *config })
        }
        _ => Err(faults),
    }
}

/// `None` if a fault was found.
fn compile_field(spec: &FieldSpec, place: &str, config: &Config, faults: &mut Vec<MappingFault>) -> Option<Field> {
    let faults_before = faults.len();
    let name = spec.field.as_str();
    let source = compile_source(spec, config)
        .map_err(|(key, message)| faults.push(MappingFault::new(format!("{place}.{key}"), message)));
    let transforms = compile_transforms(&spec.transforms, place, config, faults);
    if faults.len() > faults_before {
        return None;
    }
    Some(Field {
        name: name.into(),
        identifier: IdentifierKind::of_field(name),
        source: source.ok()?,
        transforms,
        required: spec.required,
        write: spec.write,
    })
}

/// An error comes with the key it belongs to.
fn compile_source(spec: &FieldSpec, config: &Config) -> Result<Source, (&'static str, String)> {
    match &spec.source {
        SourceSpec::From(path) => Query::compile(path, config).map(Source::From).map_err(|message| ("from", message)),
        SourceSpec::Value(Value::Null | Value::Array(_) | Value::Object(_)) => {
            Err(("value", "a constant is a text, a number or a boolean".to_owned()))
        }
        SourceSpec::Value(value) => Ok(Source::Value(value.clone())),
        SourceSpec::Template(text) => Template::compile(text, Roots::Payload, config)
            .map(Source::Template)
            .map_err(|message| ("template", message)),
    }
}

fn compile_transforms(
    written: &[Value],
    place: &str,
    config: &Config,
    faults: &mut Vec<MappingFault>,
) -> Vec<Transform> {
    if written.len() > config.transforms_max {
        faults.push(MappingFault::new(
            format!("{place}.transforms"),
            format!("a field has at most {} transforms", config.transforms_max),
        ));
        return Vec::new();
    }
    let mut transforms = Vec::with_capacity(written.len());
    for (index, transform) in written.iter().enumerate() {
        match Transform::from_document(transform) {
            Ok(transform) => transforms.push(transform),
            Err(message) => faults.push(MappingFault::new(format!("{place}.transforms[{index}]"), message)),
        }
    }
    transforms
}
