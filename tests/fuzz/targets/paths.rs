//! JSONPath and transforms: a path in the first line, transforms as a JSON array in the second, a payload behind them.
//!
//! A path finds what the library of JSONPath finds by itself, and what a mapping gives it gives again.

use hookbox_mapping::{
    Config, Each, FieldSpec, IdentifierKind, IdentifierSpec, Mapped, Mapping, MappingError, MappingSpec, SourceSpec,
    WriteSpec, suggest,
};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::lines::split;
use super::payloads::payload;

/// The field that is filled. No identifier, so that its value stays as it is.
const FIELD: &str = "found";

pub(crate) fn try_on(input: &[u8]) {
    let ([path, transforms], rest) = split(input);
    let Some(payload) = payload(rest) else { return };
    let transforms = serde_json::from_str::<Vec<Value>>(&transforms).unwrap_or_default();
    compare(&path, &payload);
    for kind in [IdentifierKind::Phone, IdentifierKind::Email, IdentifierKind::ExternalId] {
        let spec = spec(kind, &path, transforms.clone());
        let Ok(mapping) = Mapping::compile(&spec) else { continue };
        let mapped = mapping.apply(&payload, "DE");
        assert_eq!(mapping.apply(&payload, "DE"), mapped, "the same again");
        mapping.check_sample(&payload, "US");
        mapping.try_fields(&payload, "US");
        if let Ok(mapped) = mapped {
            scalars(&mapped);
        }
    }
    elements(&path, &payload);
    suggest(&payload, &[FIELD, "name"]);
}

fn spec(kind: IdentifierKind, path: &str, transforms: Vec<Value>) -> MappingSpec {
    let field = FieldSpec {
        field: FIELD.to_owned(),
        source: SourceSpec::From(path.to_owned()),
        transforms,
        required: false,
        write: WriteSpec::Overwrite,
    };
    MappingSpec { identifier: IdentifierSpec { field: kind, from: path.to_owned() }, fields: vec![field] }
}

fn scalars(mapped: &Mapped) {
    assert!(!mapped.identifier.1.is_empty(), "an identifier says something");
    let longest = Config::default().template_bytes_max;
    for field in &mapped.fields {
        match &field.value {
            Value::String(text) => assert!(text.len() <= longest.max(1 << 20), "{} bytes", text.len()),
            Value::Number(number) => assert!(number.is_i64() || number.is_f64(), "{number}"),
            Value::Bool(_) => {}
            value => panic!("a field holds {value}"),
        }
    }
}

/// What a path that is taken finds, beside what the library finds.
fn compare(path: &str, payload: &Value) {
    let spec = MappingSpec {
        identifier: IdentifierSpec { field: IdentifierKind::ExternalId, from: "$.id".to_owned() },
        ..spec(IdentifierKind::ExternalId, path, Vec::new())
    };
    let Ok(mapping) = Mapping::compile(&spec) else { return };
    let search = JsonPath::parse(path).expect("a path that is taken is a JSONPath");
    // An identifier of its own, so that only the path decides.
    let Value::Object(mut members) = payload.clone() else { return };
    members.entry("id").or_insert_with(|| "1".into());
    let payload = Value::Object(members);
    let found = search.query(&payload);
    match (mapping.apply(&payload, ""), found.at_most_one()) {
        (Err(MappingError::IdentifierMissing { .. } | MappingError::NotAnIdentifier { .. }), _) => {}
        (Err(MappingError::SeveralValues { field, count, .. }), Err(_)) if field == FIELD => {
            assert_eq!(count, found.len(), "as many values");
        }
        (Ok(mapped), Ok(one)) => {
            let one = one.filter(|value| !value.is_null());
            assert_eq!(mapped.fields.first().map(|field| &field.value), one, "the same value");
        }
        (Err(MappingError::NotScalar { .. }), Ok(Some(_))) => {}
        (ours, theirs) => panic!("{path:?} gives {ours:?} here and {theirs:?} there"),
    }
}

/// The runs that `each` would make of the payload.
fn elements(path: &str, payload: &Value) {
    let Ok(each) = Each::compile(path, &Config::default()) else { return };
    let Ok(count) = each.count(payload) else {
        return;
    };
    assert!(count <= Config::default().each_max);
    for index in [0, count / 2, count.saturating_sub(1)] {
        assert_eq!(each.item(payload, index).is_some(), index < count, "element {index} of {count}");
    }
    assert_eq!(each.item(payload, count), None);
}
