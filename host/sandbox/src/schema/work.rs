//! How much work a schema makes: the most checks that are made of any one value of the settings.
//!
//! Counted, not timed, so that the same settings are always accepted or always refused. A value is looked at by the schema at its
//! place and by all that this one joins in place (`allOf`, `anyOf`, `$ref` …). So schemas in place add up; of the schemas of
//! different properties only one can look at a value, so the largest counts. Each check looks at no more than the value's own
//! text, and checks times bytes is what all of them go through.

use serde_json::{Map, Value};

/// What matching a pattern counts as, in checks: the slowest way that patterns are matched in goes through all states of the
/// pattern at each byte.
const PATTERN: u64 = 128;

/// What comparing all items of an array with each other counts as.
const UNIQUE: u64 = 16;

/// The work of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Work {
    /// The most checks of the value that the schema is applied to.
    here: u64,
    /// The most checks of any one value in it.
    below: u64,
    /// Whether it tries one schema after the other; what is wrong with each of them is collected.
    pub(super) has_alternatives: bool,
}

impl Work {
    /// The work of `part` of `schema`, all of whose references have been followed and end.
    pub(super) fn of(schema: &Value, part: &Value) -> Self {
        let Some(keywords) = part.as_object() else { return Self { here: 1, ..Self::default() } };
        let mut work = Self::default();
        for (keyword, value) in keywords {
            work.here = work.here.saturating_add(1);
            work.add(schema, keywords, keyword, value);
        }
        work
    }

    /// The most checks of any one value.
    pub(super) fn checks(self) -> u64 {
        self.here.max(self.below)
    }

    fn add(&mut self, schema: &Value, keywords: &Map<String, Value>, keyword: &str, value: &Value) {
        let parts = || value.as_array().into_iter().flatten();
        let members = || value.as_object().into_iter().flatten();
        let named = value.as_array().map_or(0, |names| names.len() as u64);
        match keyword {
            "$ref" => {
                let target = value.as_str().and_then(|target| schema.pointer(target.strip_prefix('#')?));
                self.add_in_place(target.map(|target| Self::of(schema, target)).unwrap_or_default());
            }
            "allOf" => parts().for_each(|part| self.add_in_place(Self::of(schema, part))),
            "anyOf" | "oneOf" => {
                self.has_alternatives = true;
                parts().for_each(|part| self.add_in_place(Self::of(schema, part)));
            }
            "not" | "if" | "then" | "else" => self.add_in_place(Self::of(schema, value)),
            "dependentSchemas" | "dependencies" => {
                members().for_each(|(_, part)| self.add_in_place(Self::of(schema, part)));
            }
            "properties" => {
                self.add_here(members().count() as u64);
                self.add_below(members().map(|(_, part)| Self::of(schema, part)));
            }
            "prefixItems" => self.add_below(parts().map(|part| Self::of(schema, part))),
            "patternProperties" => {
                // Names are matched once more to tell which of them are additional.
                self.add_here(2 * PATTERN * members().count() as u64);
                members().for_each(|(_, part)| self.add_below([Self::of(schema, part)].into_iter()));
            }
            "additionalProperties" => {
                let properties = keywords.get("properties").and_then(Value::as_object).map_or(0, Map::len);
                self.add_here(properties as u64);
                self.add_below([Self::of(schema, value)].into_iter());
            }
            "items" | "contains" | "propertyNames" => self.add_below([Self::of(schema, value)].into_iter()),
            "pattern" => self.add_here(PATTERN),
            "uniqueItems" => self.add_here(UNIQUE),
            "enum" | "required" => self.add_here(named),
            "dependentRequired" => {
                members()
                    .for_each(|(_, names)| self.add_here(1 + names.as_array().map_or(0, |names| names.len() as u64)));
            }
            // One check of the value itself, or a word for people.
            _ => {}
        }
    }

    fn add_here(&mut self, checks: u64) {
        self.here = self.here.saturating_add(checks);
    }

    fn add_in_place(&mut self, other: Self) {
        self.here = self.here.saturating_add(other.here);
        self.below = self.below.saturating_add(other.below);
        self.has_alternatives |= other.has_alternatives;
    }

    /// Adds schemas of values below, only one of which looks at any one value.
    fn add_below(&mut self, others: impl Iterator<Item = Self>) {
        let mut most = 0;
        for other in others {
            most = most.max(other.checks());
            self.has_alternatives |= other.has_alternatives;
        }
        self.below = self.below.saturating_add(most);
    }
}

#[cfg(test)]
mod tests {
    use super::{PATTERN, Work};
    use serde_json::{Value, json};

    fn checks(schema: &Value) -> u64 {
        Work::of(schema, schema).checks()
    }

    #[test]
    fn schemas_in_place_add_up_and_those_of_different_properties_do_not() {
        let text = json!({ "type": "string", "pattern": "^a" });
        assert_eq!(checks(&text), PATTERN + 2);
        let object = json!({ "properties": { "a": text, "b": text, "c": { "items": text } } });
        assert_eq!(checks(&object), PATTERN + 2);
        assert_eq!(checks(&json!({ "allOf": [text, text, text] })), 1 + 3 * (PATTERN + 2));
        let twice = json!({ "allOf": [{ "$ref": "#/$defs/o" }, { "$ref": "#/$defs/o" }], "$defs": { "o": object } });
        assert_eq!(checks(&twice), 2 * (PATTERN + 2));
        assert_eq!(checks(&json!({ "patternProperties": { "a": text, "b": text } })), 1 + 4 * PATTERN);
        assert!(Work::of(&json!(true), &json!({ "items": { "anyOf": [true] } })).has_alternatives);
    }
}
