//! Where in the settings a schema wants the names of secrets: found once for each component.

use serde_json::Value;

/// The names of properties that lead to a secret.
type Path = Vec<String>;

/// The places of secrets in settings. Looked for along `properties`, local references and `allOf`, `anyOf`, `oneOf`; not in the
/// items of lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SecretPlaces(Vec<Path>);

impl SecretPlaces {
    /// The places in settings of this schema, which was compiled: it is JSON and does not refer to itself.
    pub(crate) fn of(schema: &str) -> Self {
        let schema: Value = serde_json::from_str(schema).expect("a compiled schema is JSON");
        let mut places = Self::default();
        places.find(&schema, &schema, &mut Vec::new());
        places
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls `see` for each name in `settings`, with its place (`/more/key`). What is absent or no text is passed over.
    pub(super) fn visit(&self, settings: &mut Value, see: &mut dyn FnMut(&str, &mut String)) {
        for path in &self.0 {
            let place: String =
                path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect();
            if let Some(Value::String(name)) = settings.pointer_mut(&place) {
                see(&place, name);
            }
        }
    }

    fn find(&mut self, schema: &Value, part: &Value, path: &mut Path) {
        let Value::Object(part) = part else { return };
        if part.get("format").is_some_and(|format| format == "secret") && !path.is_empty() && !self.0.contains(path) {
            self.0.push(path.clone());
        }
        let referred = part.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        if let Some(referred) = referred.and_then(|pointer| schema.pointer(pointer)) {
            self.find(schema, referred, path);
        }
        for combined in ["allOf", "anyOf", "oneOf"] {
            let parts = part.get(combined).and_then(Value::as_array);
            parts.into_iter().flatten().for_each(|part| self.find(schema, part, path));
        }
        for (name, property) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
            path.push(name.clone());
            self.find(schema, property, path);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SecretPlaces;

    #[test]
    fn secrets_are_found_wherever_a_property_can_be() {
        let schema = json!({
            "properties": {
                "plain": {"type": "string", "format": "uri"},
                "key": {"type": "string", "format": "secret"},
                "optional": {"anyOf": [{"$ref": "#/$defs/secret"}, {"type": "null"}]},
                "a/b": {"$ref": "#/$defs/login"},
                "items": {"items": {"format": "secret"}},
            },
            "allOf": [{"properties": {"key": {"format": "secret"}, "late": {"format": "secret"}}}],
            "$defs": {
                "secret": {"type": "string", "format": "secret"},
                "login": {"properties": {"token": {"$ref": "#/$defs/secret"}}},
            },
        });
        let mut settings = json!({"plain": "0", "key": "1", "optional": null, "a/b": {"token": "2"}, "late": 3});
        let mut seen = Vec::new();
        let places = SecretPlaces::of(&schema.to_string());
        places.visit(&mut settings, &mut |place, name| seen.push((place.to_owned(), std::mem::take(name))));
        seen.sort();
        assert_eq!(seen, [("/a~1b/token".to_owned(), "2".to_owned()), ("/key".to_owned(), "1".to_owned())]);
        assert_eq!(settings["a/b"]["token"], Value::String(String::new()));
        assert!(SecretPlaces::of(r#"{"properties": {"format": {"type": "string"}}}"#).is_empty());
    }
}
