//! A webhook document in the words of the mapping language, which knows nothing of documents.

use hookbox_mapping::{FieldSpec, IdentifierKind, IdentifierSpec, MappingSpec, SourceSpec, WriteSpec};
use hookbox_model::{FieldMapping, IdentifierField, IdentifierMapping, Source, WritePolicy};
use serde_json::Value;

/// Where the identifier stands in a document.
pub(super) const IDENTIFIER: &str = "trigger.webhook.identifier";

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
