//! Reads a transform as written in a document (`trim`, `{replace: [a, b]}`) or a filter with its arguments.

use serde_json::Value;

use super::Transform;
use super::date::DateForm;
use crate::phone;

/// Every transform, as messages list them.
const LIST: &str = "trim, lower, upper, title, e164(country), number, boolean, date(format, zone), default(x), replace(a, b), split(separator), \
                    join(separator), first, last";

impl Transform {
    /// From a document: a name, or an object of one name and its argument or list of arguments.
    pub(crate) fn from_document(written: &Value) -> Result<Self, String> {
        match written {
            Value::String(name) => Self::from_call(name, &[]),
            Value::Object(members) => match members.iter().next() {
                Some((name, Value::Array(arguments))) if members.len() == 1 => Self::from_call(name, arguments),
                Some((name, argument)) if members.len() == 1 => Self::from_call(name, std::slice::from_ref(argument)),
                _ => Err("a transform with arguments is written with one name: {replace: [\"a\", \"b\"]}".to_owned()),
            },
            _ => Err(format!("a transform is a name or a name with arguments; there are {LIST}")),
        }
    }

    /// From a name and its arguments.
    pub(crate) fn from_call(name: &str, arguments: &[Value]) -> Result<Self, String> {
        match (name, arguments) {
            ("trim", []) => Ok(Self::Trim),
            ("lower", []) => Ok(Self::Lower),
            ("upper", []) => Ok(Self::Upper),
            ("title", []) => Ok(Self::Title),
            ("number", []) => Ok(Self::Number),
            ("boolean", []) => Ok(Self::Boolean),
            ("first", []) => Ok(Self::First),
            ("last", []) => Ok(Self::Last),
            ("trim" | "lower" | "upper" | "title" | "number" | "boolean" | "first" | "last", _) => {
                Err(format!("{name} takes no arguments"))
            }
            ("e164", []) => Ok(Self::E164(None)),
            ("e164", [Value::String(country)]) if phone::knows_country(country) => {
                Ok(Self::E164(Some(country.clone())))
            }
            ("e164", _) => Err("e164 takes a country as two letters of ISO 3166: {e164: \"US\"}".to_owned()),
            ("date", arguments) => DateForm::from_arguments(arguments).map(Self::Date),
            ("default", [value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))]) => {
                Ok(Self::Default(value.clone()))
            }
            ("default", _) => Err("default takes one text, number or boolean: {default: \"there\"}".to_owned()),
            ("replace", [from, to]) => match (text(from), text(to)) {
                (Some(from), Some(to)) if !from.is_empty() => Ok(Self::Replace { from, to }),
                _ => Err(REPLACE.to_owned()),
            },
            ("replace", _) => Err(REPLACE.to_owned()),
            ("split", [separator]) => match text(separator) {
                Some(separator) if !separator.is_empty() => Ok(Self::Split(separator)),
                _ => Err(SPLIT.to_owned()),
            },
            ("split", _) => Err(SPLIT.to_owned()),
            ("join", [separator]) => text(separator).map(Self::Join).ok_or_else(|| JOIN.to_owned()),
            ("join", _) => Err(JOIN.to_owned()),
            _ => Err(format!("there is no {name:?}; there are {LIST}")),
        }
    }
}

const REPLACE: &str =
    "replace takes what to look for, which is not empty, and what to put there: {replace: [\"a\", \"b\"]}";
const SPLIT: &str = "split takes the separator, which is not empty: {split: \",\"}";
const JOIN: &str = "join takes the separator: {join: \", \"}";

/// YAML reads `{split: 0}` as a number; the text is meant.
fn text(argument: &Value) -> Option<String> {
    match argument {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
