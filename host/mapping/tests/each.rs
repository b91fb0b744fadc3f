//! `each` and kept templates.

use hookbox_mapping::{Config, Each, EachError, Nothing, Scope, Settings};
use serde_json::{Map, Value, json};

fn each(path: &str) -> Each {
    Each::compile(path, &Config::default()).expect(path)
}

#[test]
fn an_element_stands_in_the_place_of_its_array() {
    let payload = json!({"shop": "Acme", "orders": [{"id": 1}, {"id": 2}]});
    let orders = each("$.orders");
    assert_eq!(orders.count(&payload), Ok(2));
    assert_eq!(orders.item(&payload, 1), Some(json!({"shop": "Acme", "orders": {"id": 2}})));
    assert_eq!(orders.item(&payload, 2), None);
    assert_eq!(each("$").item(&json!([7, 8]), 0), Some(json!(7)));
    let nested = json!([{"all orders": [1, 2]}, "rest"]);
    assert_eq!(each("$[0]['all orders']").item(&nested, 1), Some(json!([{"all orders": 2}, "rest"])));
}

#[test]
fn what_is_no_array_or_too_long_has_no_elements() {
    let code = |payload: &Value| each("$.a").count(payload).map_err(|error| error.code());
    assert_eq!(code(&json!({"a": []})), Ok(0));
    assert_eq!(code(&json!({"a": {}})), Err("each-not-array"));
    assert_eq!(code(&json!({})), Err("each-not-array"));
    assert_eq!(code(&json!({"a": vec![0; 1_001]})), Err("each-too-many"));
    assert!(matches!(each("$").count(&json!(1)), Err(EachError::NotArray { .. })));
    assert!(Each::compile("$..a", &Config::default()).is_err());
    assert!(Each::compile("$.a[*]", &Config::default()).is_err());
}

fn settings(body: &str) -> Result<Settings, String> {
    let settings: Map<String, Value> = [("body".to_owned(), json!(body))].into_iter().collect();
    let kept = |name: &str| match name {
        "notice" => Some("Hi {{payload.name}}!".to_owned()),
        "count" => Some("{{payload.n}}".to_owned()),
        "nested" => Some("{{templates.notice}}".to_owned()),
        _ => None,
    };
    Settings::compile_with(&settings, &Config::default(), &kept)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn a_kept_text_stands_where_it_is_named() {
    let payload = json!({"name": "John", "n": 5});
    let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
    for (body, rendered) in [
        ("{{templates.notice}}", r#"{"body":"Hi John!"}"#),
        ("> {{templates[\"notice\"]}} <", r#"{"body":"> Hi John! <"}"#),
        ("{{templates.count}}", r#"{"body":5}"#),
    ] {
        assert_eq!(settings(body).expect(body).render(&scope).expect(body), rendered);
    }
    for body in [
        "{{templates.other}}",
        "{{templates.nested}}",
        "{{templates.notice | trim}}",
        "{{templates}}",
        "{{templates.a.b}}",
    ] {
        let fault = settings(body).expect_err(body);
        assert!(fault.starts_with("settings.body"), "{fault}");
    }
}
