//! A webhook document in the words of the mapping language, which knows nothing of documents.

use hookbox_mapping::{FieldSpec, IdentifierKind, IdentifierSpec, MappingFault, MappingSpec, SourceSpec, WriteSpec};
use hookbox_model::{FieldMapping, IdentifierField, IdentifierMapping, Source, WritePolicy};
use serde_json::Value;

use crate::refusal::Fault;

/// Where the identifier stands in a document.
const IDENTIFIER: &str = "trigger.webhook.identifier";

/// A fault of the mapping language as one of the document.
pub(super) fn fault(found: MappingFault) -> Fault {
    Fault::new(found.place, found.message)
}

/// Whether a fault is about the identifier.
pub(super) fn is_about_identifier(fault: &MappingFault) -> bool {
    fault.place.starts_with(IDENTIFIER)
}

/// As [`mapping`], with stand-ins for what these faults are about.
pub(super) fn mapping_without(
    identifier: Option<&IdentifierMapping>,
    fields: &[Option<FieldMapping>],
    faults: &[MappingFault],
) -> MappingSpec {
    let identifier = identifier.filter(|_| !faults.iter().any(is_about_identifier));
    let is_sound = |index: usize| {
        let place = format!("trigger.webhook.map[{index}].");
        !faults.iter().any(|fault| fault.place.starts_with(&place))
    };
    let sound = fields.iter().enumerate().map(|(index, field)| field.clone().filter(|_| is_sound(index)));
    mapping(identifier, &sound.collect::<Vec<_>>())
}

/// A mapping of an identifier and fields. What could not be read is `None` and gets a stand-in without faults, so that the
/// places of the others stay true.
pub(super) fn mapping(identifier: Option<&IdentifierMapping>, fields: &[Option<FieldMapping>]) -> MappingSpec {
    let identifier = match identifier {
        Some(identifier) => IdentifierSpec { field: kind(identifier.field), from: identifier.from.clone() },
        None => IdentifierSpec { field: IdentifierKind::ExternalId, from: "$".to_owned() },
    };
    let fields = fields.iter().enumerate().map(|(index, field)| match field {
        Some(field) => field_spec(field),
        None => FieldSpec {
            field: format!("unread {index}"),
            source: SourceSpec::Value(Value::Bool(true)),
            transforms: Vec::new(),
            required: false,
            write: WriteSpec::Overwrite,
        },
    });
    MappingSpec { identifier, fields: fields.collect() }
}

fn kind(field: IdentifierField) -> IdentifierKind {
    match field {
        IdentifierField::Phone => IdentifierKind::Phone,
        IdentifierField::Email => IdentifierKind::Email,
        IdentifierField::ExternalId => IdentifierKind::ExternalId,
    }
}

fn field_spec(field: &FieldMapping) -> FieldSpec {
    let source = match &field.source {
        Source::From(path) => SourceSpec::From(path.clone()),
        Source::Value(value) => SourceSpec::Value(value.clone()),
        Source::Template(template) => SourceSpec::Template(template.clone()),
    };
    let write = match field.write {
        WritePolicy::Overwrite => WriteSpec::Overwrite,
        WritePolicy::FillEmpty => WriteSpec::FillEmpty,
        WritePolicy::Append => WriteSpec::Append,
    };
    FieldSpec {
        field: field.field.clone(),
        source,
        transforms: field.transforms.clone(),
        required: field.required,
        write,
    }
}
