//! Tries a mapping on a sample when it is saved: what a payload like it would miss or trip over.

use serde_json::Value;

use super::compile::{IDENTIFIER_FROM, place_of};
use super::{Field, MappedField, Mapping, MappingError, Source};
use crate::MappingFault;
use crate::scope::{Nothing, Scope};
use crate::work::Work;

pub(super) fn check(mapping: &Mapping, sample: &Value, country: &str) -> Vec<MappingFault> {
    let mut faults = Vec::new();
    if !sample.is_null()
        && let Err(error) = mapping.identify(sample, country)
    {
        faults.push(MappingFault::new(IDENTIFIER_FROM, in_sample(&error)));
    }
    let work = Work::new(&mapping.config);
    for (index, field) in known(mapping, sample) {
        let place = place_of(index);
        match field.evaluate(sample, country, &work) {
            Err(error) => {
                let message = if field.is_constant() { error.to_string() } else { in_sample(&error) };
                faults.push(MappingFault::new(format!("{place}.{}", blamed(field, &error)), message));
            }
            Ok(_) => faults.extend(missing(field, sample, mapping).map(|path| {
                MappingFault::new(
                    format!("{place}.{}", key(&field.source)),
                    format!("`{path}` finds nothing in the sample; mend it, or add a default"),
                )
            })),
        }
    }
    faults
}

/// What each field would write, each tried for itself.
pub(super) fn values(mapping: &Mapping, sample: &Value, country: &str) -> Vec<Option<MappedField>> {
    let work = Work::new(&mapping.config);
    let mut values = vec![None; mapping.fields.len()];
    for (index, field) in known(mapping, sample) {
        values[index] = field.evaluate(sample, country, &work).ok().flatten().map(|value| field.mapped(value));
    }
    values
}

/// The fields whose values are known: without a sample those are the constants.
fn known<'m>(mapping: &'m Mapping, sample: &Value) -> impl Iterator<Item = (usize, &'m Field)> + use<'m> {
    let is_there = !sample.is_null();
    mapping.fields.iter().enumerate().filter(move |(_, field)| is_there || field.is_constant())
}

fn in_sample(error: &MappingError) -> String {
    format!("with the sample: {error}")
}

/// The paths of a field that find nothing and have no default.
fn missing(field: &Field, sample: &Value, mapping: &Mapping) -> impl Iterator<Item = String> {
    let paths = match &field.source {
        _ if field.has_default() => Vec::new(),
        Source::Value(_) => Vec::new(),
        Source::From(query) => match query.one(sample) {
            Ok(None) => vec![query.text().to_owned()],
            Ok(Some(_)) | Err(_) => Vec::new(),
        },
        Source::Template(template) => {
            let scope = Scope { payload: sample, contact: &Nothing, steps: &Nothing };
            template
                .expressions()
                .filter(|expression| !expression.has_default())
                .filter(|expression| matches!(expression.evaluate(&scope, &Work::new(&mapping.config)), Ok(None)))
                .map(|expression| expression.path())
                .collect()
        }
    };
    paths.into_iter()
}

fn key(source: &Source) -> &'static str {
    match source {
        Source::From(_) => "from",
        Source::Value(_) => "value",
        Source::Template(_) => "template",
    }
}

/// Which key of the field an error is about.
fn blamed(field: &Field, error: &MappingError) -> String {
    match error {
        MappingError::Transform { index, .. } => format!("transforms[{index}]"),
        MappingError::IdentifierMissing { .. }
        | MappingError::FieldMissing { .. }
        | MappingError::SeveralValues { .. }
        | MappingError::NotAnIdentifier { .. }
        | MappingError::Template { .. }
        | MappingError::TooMuchWork { .. }
        | MappingError::NotScalar { .. } => key(&field.source).to_owned(),
    }
}
