//! Templates in settings: a text in the first line (`\n` in it for a line break), a payload behind it.
//!
//! What settings render to is JSON of their shape, within its limit, and a value in it is never read as a template.

use hookbox_mapping::{Config, Scope, Settings};
use serde_json::{Map, Value, json};

use super::lines::split;
use super::payloads::{members, payload};

pub(crate) fn try_on(input: &[u8]) {
    let ([text], rest) = split(input);
    let Some(payload) = payload(rest) else { return };
    let text = text.replace("\\n", "\n");
    values_stay_values(&payload);
    let settings = settings(json!({"body": text, "more": [{"text": text}, 1, null]}));
    let templates =
        |name: &str| (name == "greeting").then(|| "Hello {{contact.first_name | default('you')}}".to_owned());
    let Ok(compiled) = Settings::compile_with(&settings, &Config::default(), &templates) else { return };
    compiled.check_sample(&payload);
    let (contact, steps) = (members(&payload, "contact"), members(&payload, "steps"));
    let scope = Scope { payload: &payload, contact: &contact, steps: &steps };
    let rendered = compiled.render(&scope);
    assert_eq!(compiled.render(&scope), rendered, "the same again");
    let Ok(rendered) = rendered else { return };
    assert!(rendered.len() <= Config::default().settings_bytes_max, "{} bytes", rendered.len());
    let Value::Object(rendered) = serde_json::from_str(&rendered).expect("settings are JSON") else {
        panic!("settings are an object");
    };
    assert!(rendered.keys().eq(["body", "more"]), "no value breaks out of its place");
    assert_eq!(rendered["more"][0]["text"], rendered["body"], "one text says one thing");
    if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
        assert_eq!(rendered["body"], text, "a text without a template stays as it is");
    }
}

/// A text of the payload is put in as it is, whatever stands in it.
fn values_stay_values(payload: &Value) {
    let Some(said) = payload["said"].as_str() else { return };
    let settings = settings(json!({"whole": "{{payload.said}}", "part": "<{{payload.said}}>"}));
    let compiled = Settings::compile(&settings).expect("these are templates");
    let nothing = Map::new();
    let rendered = compiled.render(&Scope { payload, contact: &nothing, steps: &nothing });
    let Ok(rendered) = rendered else {
        assert!(said.len() + 2 > Config::default().template_bytes_max, "refused for its length only");
        return;
    };
    let rendered: Value = serde_json::from_str(&rendered).expect("settings are JSON");
    assert_eq!(rendered["whole"], said);
    assert_eq!(rendered["part"], format!("<{said}>"));
}

fn settings(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
