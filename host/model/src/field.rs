//! Contact fields: the values they hold, and what a workspace declares about them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FieldId, Timestamp, WorkspaceId};

/// The value of a contact field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldValue {
    /// A text; a date is one, as `2026-11-24` or in RFC 3339.
    Text(String),
    /// A whole number, kept exactly.
    Integer(i64),
    /// Any other number.
    Decimal(f64),
    /// True or false.
    Boolean(bool),
    /// Several values of the other kinds; never nested.
    Many(Vec<FieldValue>),
}

/// What a workspace declares about a contact field. A field that is not declared holds any single value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Its name (`birthday`), unique in the workspace; contacts and mappings name it by this.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it holds several values.
    pub many: bool,
    /// When it was declared.
    pub created_at: Timestamp,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", tag = "kind", deny_unknown_fields)]
pub enum FieldKind {
    /// Texts; numbers and booleans are written as texts.
    Text,
    /// Numbers; a text that is one is read as it.
    Number,
    /// Dates: `2026-11-24`, or a moment in RFC 3339.
    Date,
    /// True or false; `yes`, `no`, `1`, `0` … are read as these.
    Boolean,
    /// One of these texts; the case of letters does not count, the declared one is stored.
    Choice {
        /// The texts.
        options: Vec<String>,
    },
}

/// A value does not suit its field. The message shows no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wanted}")]
pub struct FieldFault {
    /// The field's name.
    pub field: String,
    /// What it takes, and what this is.
    pub wanted: String,
}

/// A text cannot be the name of a contact field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldNameError {
    /// It is empty or too long.
    #[error("a field's name has 1 to {max} characters", max = Field::NAME_CHARS_MAX)]
    Length,
    /// It has characters that nobody sees.
    #[error("a field's name has no control characters, and no blanks around it")]
    Invisible,
    /// It stands for something else of a contact, so that nothing could read the field.
    #[error("`{name}` stands beside the fields of a contact and is none")]
    Reserved {
        /// The name.
        name: &'static str,
    },
}

impl FieldValue {
    /// The bytes of its texts, and 8 for each of the others.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Integer(_) | Self::Decimal(_) | Self::Boolean(_) => size_of::<i64>(),
            Self::Many(values) => values.iter().map(Self::bytes).sum(),
        }
    }

    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Decimal(number) => Value::from(*number),
            Self::Boolean(truth) => Value::from(*truth),
            Self::Many(values) => values.iter().map(Self::to_json).collect(),
        }
    }

    /// Whether it says nothing: a blank text, or no values.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Many(values) => values.is_empty(),
            Self::Integer(_) | Self::Decimal(_) | Self::Boolean(_) => false,
        }
    }

    /// A field value from a JSON scalar or an array of scalars; `None` for null, objects, nested arrays and integers past 64 bits.
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Array(items) => items.iter().map(Self::scalar_from_json).collect::<Option<Vec<_>>>().map(Self::Many),
            Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Null | Value::Object(_) => {
                Self::scalar_from_json(value)
            }
        }
    }

    fn scalar_from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Bool(truth) => Some(Self::Boolean(*truth)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Some(Self::Integer(whole)),
                None if number.is_u64() => None,
                None => number.as_f64().map(Self::Decimal),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Field {
    /// The most fields a workspace declares.
    pub const DECLARED_MAX: usize = 500;
    /// The most values of a field that holds several.
    pub const VALUES_MAX: usize = 100;
    /// The most options of a choice.
    pub const OPTIONS_MAX: usize = 200;

    /// The longest name, in characters.
    pub const NAME_CHARS_MAX: usize = 64;
    /// What a contact has beside its fields under a name of its own. The first three say who it is: a mapping writes them.
    const RESERVED: [&str; 7] = ["phone", "email", "external_id", "id", "opted_out", "tags", "lists"];

    /// Whether a field may have this name: declared, mapped, written by an action or by an admin.
    pub fn check_name(name: &str) -> Result<(), FieldNameError> {
        if name.is_empty() || name.chars().nth(Self::NAME_CHARS_MAX).is_some() {
            return Err(FieldNameError::Length);
        }
        if name.trim() != name || name.contains(char::is_control) {
            return Err(FieldNameError::Invisible);
        }
        let reserved = Self::RESERVED.into_iter().find(|reserved| *reserved == name);
        reserved.map_or(Ok(()), |name| Err(FieldNameError::Reserved { name }))
    }

    /// `value` as this field stores it, or why it cannot. One value for a field of several is an array of it.
    pub fn accept(&self, value: FieldValue) -> Result<FieldValue, FieldFault> {
        match (value, self.many) {
            (FieldValue::Many(_), false) => Err(self.fault("it holds one value and these are several")),
            (FieldValue::Many(values), true) => {
                if values.len() > Self::VALUES_MAX {
                    return Err(self.fault(&format!("it holds at most {} values", Self::VALUES_MAX)));
                }
                values.into_iter().map(|value| self.accept_one(value)).collect::<Result<_, _>>().map(FieldValue::Many)
            }
            (value, false) => self.accept_one(value),
            (value, true) => Ok(FieldValue::Many(vec![self.accept_one(value)?])),
        }
    }

    fn accept_one(&self, value: FieldValue) -> Result<FieldValue, FieldFault> {
        match &self.kind {
            FieldKind::Text => Ok(FieldValue::Text(text_of(value))),
            FieldKind::Number => number_of(value).ok_or_else(|| self.fault("it holds numbers and this is none")),
            FieldKind::Date => {
                date_of(value).ok_or_else(|| self.fault("it holds dates such as 2026-11-24 and this is none"))
            }
            FieldKind::Boolean => {
                boolean_of(value).ok_or_else(|| self.fault("it holds true or false and this is neither"))
            }
            FieldKind::Choice { options } => {
                let text = text_of(value).trim().to_lowercase();
                let chosen = options.iter().find(|option| option.to_lowercase() == text);
                let none = || self.fault(&format!("it is none of its choices: {}", options.join(", ")));
                chosen.cloned().map(FieldValue::Text).ok_or_else(none)
            }
        }
    }

    fn fault(&self, wanted: &str) -> FieldFault {
        FieldFault { field: self.name.clone(), wanted: wanted.to_owned() }
    }
}

fn text_of(value: FieldValue) -> String {
    match value {
        FieldValue::Text(text) => text,
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Decimal(number) => number.to_string(),
        FieldValue::Boolean(truth) => truth.to_string(),
        FieldValue::Many(values) => values.into_iter().map(text_of).collect::<Vec<_>>().join(", "),
    }
}

fn number_of(value: FieldValue) -> Option<FieldValue> {
    match value {
        FieldValue::Integer(_) => Some(value),
        FieldValue::Decimal(number) => number.is_finite().then_some(value),
        FieldValue::Text(text) => {
            let text = text.trim();
            let whole = text.parse().ok().map(FieldValue::Integer);
            whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(FieldValue::Decimal))
        }
        FieldValue::Boolean(_) | FieldValue::Many(_) => None,
    }
}

fn date_of(value: FieldValue) -> Option<FieldValue> {
    let FieldValue::Text(text) = value else { return None };
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(FieldValue::Text(moment.to_string()));
    }
    // A date with a time and no offset is not one moment: the day is what is known of it.
    text.parse::<jiff::civil::Date>().ok().map(|date| FieldValue::Text(date.to_string()))
}

fn boolean_of(value: FieldValue) -> Option<FieldValue> {
    let truth = match value {
        FieldValue::Boolean(truth) => truth,
        FieldValue::Integer(number @ (0 | 1)) => number == 1,
        FieldValue::Text(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "on" | "1" => true,
            "false" | "no" | "n" | "off" | "0" => false,
            _ => return None,
        },
        FieldValue::Integer(_) | FieldValue::Decimal(_) | FieldValue::Many(_) => return None,
    };
    Some(FieldValue::Boolean(truth))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Field, FieldKind, FieldValue};
    use crate::{Id, Timestamp};

    fn check(kind: FieldKind, many: bool, given: Value, stored: Option<Value>) {
        let (id, workspace) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        let field = Field { id, workspace, name: "f".into(), kind, many, created_at: Timestamp::default() };
        let value = FieldValue::from_json(&given).expect("a field value");
        assert_eq!(field.accept(value).ok().map(|value| value.to_json()), stored, "{given} in {:?}", field.kind);
    }

    #[test]
    fn a_field_has_a_name_that_can_be_seen_and_read() {
        for right in ["first_name", "Größe", "a b", &"ü".repeat(64), "Phone", "blocked"] {
            assert_eq!(Field::check_name(right), Ok(()), "{right}");
        }
        let long = "ü".repeat(65);
        for wrong in ["", &long, " a", "a ", "a\nb", "phone", "external_id", "id", "opted_out", "tags", "lists"] {
            assert!(Field::check_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_declared_field_takes_what_it_can_read_and_refuses_the_rest() {
        let choice = || FieldKind::Choice { options: vec!["Gold".into(), "Silver".into()] };
        check(FieldKind::Text, false, json!(7), Some(json!("7")));
        check(FieldKind::Text, false, json!(["a"]), None);
        check(FieldKind::Number, false, json!(" -12.5"), Some(json!(-12.5)));
        check(FieldKind::Number, false, json!("9007199254740993"), Some(json!(9_007_199_254_740_993_i64)));
        check(FieldKind::Number, false, json!("twelve"), None);
        check(FieldKind::Number, false, json!("inf"), None);
        check(FieldKind::Number, false, json!(true), None);
        check(FieldKind::Date, false, json!("2026-11-24"), Some(json!("2026-11-24")));
        check(FieldKind::Date, false, json!("2026-11-24T10:00:00+01:00"), Some(json!("2026-11-24T09:00:00Z")));
        check(FieldKind::Date, false, json!("24.11.2026"), None);
        check(FieldKind::Date, false, json!(20_261_124), None);
        check(FieldKind::Boolean, false, json!("Yes"), Some(json!(true)));
        check(FieldKind::Boolean, false, json!(0), Some(json!(false)));
        check(FieldKind::Boolean, false, json!("perhaps"), None);
        check(choice(), false, json!("gold "), Some(json!("Gold")));
        check(choice(), false, json!("bronze"), None);
        check(choice(), true, json!("gold"), Some(json!(["Gold"])));
        check(choice(), true, json!(["gold", "SILVER"]), Some(json!(["Gold", "Silver"])));
        check(FieldKind::Text, true, json!(vec!["x"; 101]), None);
    }
}
