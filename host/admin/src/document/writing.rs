//! Documents as text again, such that reading the text gives the same document.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::tree::Tree;

/// The value in YAML, its keys in the order in which JSON has them: that of its type, and within a sample that of whoever wrote it.
/// Texts that look like numbers are quoted.
pub(crate) fn yaml<T: Serialize>(value: &T) -> Result<String, String> {
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    written(&tree(&json)?)
}

/// A document that may be unfinished or wrong, given in JSON, in YAML: its keys in the order that a finished one has.
pub(crate) fn draft_yaml(json: &str) -> Result<String, String> {
    written(&Draft(&tree(json)?))
}

fn tree(json: &str) -> Result<Tree, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn written<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}

/// The keys of documents in their order, which is the same wherever two of them meet.
const ORDER: [&str; 41] = [
    "name",
    "inbox",
    "order",
    "trigger",
    "webhook",
    "sample",
    "identifier",
    "map",
    "body_bytes_max",
    "each",
    "signature",
    "allow",
    "rate",
    "per_second",
    "burst",
    "field",
    "days",
    "from",
    "to",
    "value",
    "template",
    "transforms",
    "required",
    "write",
    "steps",
    "when",
    "action",
    "settings",
    "retry",
    "attempts",
    "delay",
    "factor",
    "delay_max",
    "continue_on_failure",
    "wait",
    "stop",
    "until",
    "before",
    "after",
    "zone",
    "hours",
];

/// What under these keys is nobody's order but that of whoever wrote it.
const FREE: [&str; 4] = ["sample", "settings", "value", "transforms"];

/// A part of a document that writes its keys in order.
struct Draft<'t>(&'t Tree);

impl Serialize for Draft<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Members(members) => {
                let mut members: Vec<&(String, Tree)> = members.iter().collect();
                members.sort_by_key(|(name, _)| ORDER.iter().position(|key| key == name).unwrap_or(ORDER.len()));
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    if FREE.contains(&name.as_str()) {
                        map.serialize_entry(name, value)?;
                    } else {
                        map.serialize_entry(name, &Draft(value))?;
                    }
                }
                map.end()
            }
            Tree::Items(items) => serializer.collect_seq(items.iter().map(Draft)),
            scalar @ (Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_)) => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{draft_yaml, yaml};
    use hookbox_model::Document;
    use serde_json::json;

    #[test]
    fn a_draft_that_is_finished_is_written_as_its_document_is() {
        let draft = json!({
            "name": "n", "inbox": "i", "order": "none",
            "trigger": {"webhook": {
                "sample": {"zip": "02134", "a": 1}, "identifier": {"field": "phone", "from": "$.p"},
                "map": [{"field": "f", "template": "{{payload.a}}", "transforms": [{"replace": ["a", "b"]}], "required": true, "write": "append"}],
                "body_bytes_max": 100, "each": "$.o", "signature": "required", "allow": ["203.0.113.0/24"],
                "rate": {"per_second": 1, "burst": 2},
            }},
            "steps": [
                {"name": "s", "when": "true", "action": "a", "settings": {"z": 1, "b": "02134"},
                 "retry": {"attempts": 2, "delay": "1s", "factor": 2, "delay_max": "1m"}, "continue_on_failure": true},
                {"wait": {"until": "{{payload.a}}", "before": "1m", "zone": "UTC"}},
                {"wait": {"hours": {"days": ["mon"], "from": "09:00", "to": "17:00", "zone": "UTC"}}},
                {"name": "end", "stop": "done"},
            ],
        });
        let document: Document = serde_json::from_value(draft.clone()).expect("a document");
        assert_eq!(draft_yaml(&draft.to_string()).expect("YAML"), yaml(&document).expect("YAML"));
    }

    #[test]
    fn what_is_unfinished_is_written_in_the_same_order() {
        let draft = json!({"steps": [{"settings": {}, "action": "a"}], "other": 1, "name": ""});
        let text = draft_yaml(&draft.to_string()).expect("YAML");
        let order: Vec<usize> =
            ["name", "steps", "action", "settings", "other"].map(|key| text.find(key).expect("a key")).to_vec();
        assert!(order.is_sorted(), "{text}");
    }

    #[test]
    fn a_sample_is_written_in_its_own_order() {
        let sample = r#"{"z":1,"a":{"x":18446744073709551615,"b":"02134"}}"#;
        let json = format!(
            r#"{{"trigger":{{"webhook":{{"identifier":{{"field":"phone","from":"$.z"}},"sample":{sample}}}}},"name":"n","inbox":"i","steps":[]}}"#
        );
        let document: Document = serde_json::from_str(&json).expect("a document");
        for text in [draft_yaml(&json).expect("YAML"), yaml(&document).expect("YAML")] {
            let order: Vec<usize> = ["name", "z: ", "a:\n", "x: 18446744073709551615", "b: \"02134\"", "identifier"]
                .map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}")))
                .to_vec();
            assert!(order.is_sorted(), "{text}");
        }
    }
}
