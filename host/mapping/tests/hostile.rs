//! Values from outside are values: they are never read as templates, never break their JSON, never make anything panic.

use hookbox_mapping::{
    FieldSpec, IdentifierKind, IdentifierSpec, Mapping, MappingSpec, Nothing, Scope, Settings, SourceSpec, WriteSpec,
    email, phone,
};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};
use serde_json::{Map, Value, json};

/// Texts that look like templates, JSON, numbers or trouble.
fn hostile_text() -> impl Strategy<Value = String> {
    let snippet = prop_oneof![
        Just("{{payload.x}}".to_owned()),
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just("{% for x in payload %}".to_owned()),
        Just("{% raw %}".to_owned()),
        Just("{# #}".to_owned()),
        Just("\",\"admin\":true,\"".to_owned()),
        Just("\\u0000\\".to_owned()),
        Just("<script>&amp;".to_owned()),
        Just("$.x".to_owned()),
        Just("+12155556677".to_owned()),
        any::<String>(),
        "[-+0-9. ()/@]{0,24}",
    ];
    prop::collection::vec(snippet, 0..4).prop_map(|snippets| snippets.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        hostile_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof!["[a-c]", hostile_text()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_transform() -> impl Strategy<Value = Value> {
    let known = ["trim", "lower", "upper", "title", "e164", "number", "boolean", "first", "last"];
    prop_oneof![
        prop::sample::select(known.map(Value::from).to_vec()),
        hostile_text().prop_map(|x| json!({"default": x})),
        (hostile_text(), hostile_text()).prop_map(|(a, b)| json!({"replace": [a, b]})),
        ".{0,2}".prop_map(|x| json!({"split": x})),
        ".{0,2}".prop_map(|x| json!({"join": x})),
        any_json(),
    ]
}

fn any_field() -> impl Strategy<Value = FieldSpec> {
    let path = prop_oneof![r"\$(\.[a-c]|\[[0-2]\]|\.\.[a-c]|\[\*\]|\['a','b'\]|\[\?@\.a\]){0,4}", hostile_text(),];
    let template = prop_oneof![
        r"(x|\{\{payload(\.[a-c]|\[[0-2]\]){0,3}( \| (trim|upper|first|last|default\('d'\)|join\(','\)))?\}\}){0,3}",
        hostile_text(),
    ];
    let source = prop_oneof![
        path.prop_map(SourceSpec::From),
        any_json().prop_map(SourceSpec::Value),
        template.prop_map(SourceSpec::Template),
    ];
    (
        prop_oneof!["[a-z]{1,5}", "phone|email|external_id", hostile_text()],
        source,
        prop::collection::vec(any_transform(), 0..4),
    )
        .prop_map(|(field, source, transforms)| FieldSpec {
            field,
            source,
            transforms,
            required: false,
            write: WriteSpec::Overwrite,
        })
}

fn any_kind() -> impl Strategy<Value = IdentifierKind> {
    prop::sample::select(vec![IdentifierKind::Phone, IdentifierKind::Email, IdentifierKind::ExternalId])
}

proptest! {
    #[test]
    fn mapping_never_panics_and_gives_scalars(
        kind in any_kind(),
        fields in prop::collection::vec(any_field(), 0..4),
        payload in any_json(),
        country in "US|DE||[A-Z]{2}",
    ) {
        let spec = |fields| MappingSpec { identifier: IdentifierSpec { field: kind, from: "$.a".to_owned() }, fields };
        let good = fields.into_iter().filter(|field| Mapping::compile(&spec(vec![field.clone()])).is_ok()).collect();
        let mapping = Mapping::compile(&spec(good)).expect("each field compiles alone");
        mapping.check_sample(&payload, &country);
        if let Ok(mapped) = mapping.apply(&payload, &country) {
            for field in mapped.fields {
                prop_assert!(field.value.is_string() || field.value.is_boolean() || field.value.is_i64() || field.value.is_f64());
            }
        }
    }

    #[test]
    fn a_hostile_value_renders_as_itself(text in hostile_text(), before in "[a-z{}%\" ]{0,3}", nested in any_json()) {
        let payload = json!({"x": text, "nested": nested});
        let contact: Map<String, Value> = [("x".to_owned(), json!(text))].into_iter().collect();
        let settings = json!({
            "whole": "{{payload.x}}", "contact": "{{contact.x}}", "inside": "a {{payload.x}} b {{contact.x}}", "nested": "{{payload.nested}}",
            "filtered": "{{payload.x | replace('\u{1}\u{2}\u{3}', '{{')}}", "constant": before.replace("{{", "").replace("{%", ""),
        });
        let settings = settings.as_object().expect("an object");
        let compiled = Settings::compile(settings).expect("good settings");
        let rendered = compiled.render(&Scope { payload: &payload, contact: &contact, steps: &Nothing }).expect("short");
        let rendered: Value = serde_json::from_str(&rendered).expect("settings are JSON");
        prop_assert_eq!(rendered.as_object().expect("an object").len(), settings.len());
        prop_assert_eq!(&rendered["whole"], &json!(text));
        prop_assert_eq!(&rendered["contact"], &json!(text));
        prop_assert_eq!(&rendered["inside"], &json!(format!("a {text} b {text}")));
        prop_assert_eq!(&rendered["filtered"], &json!(text));
        prop_assert_eq!(&rendered["constant"], &settings["constant"]);
        let nested = if nested.is_null() { json!("") } else { nested };
        prop_assert_eq!(rendered["nested"].to_string(), nested.to_string());
    }

    #[test]
    fn settings_never_panic(settings in any_json(), payload in any_json()) {
        if let Value::Object(settings) = settings
            && let Ok(settings) = Settings::compile(&settings)
        {
            let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
            let rendered = settings.render(&scope).expect("short");
            serde_json::from_str::<Value>(&rendered).expect("settings are JSON");
        }
    }

    #[test]
    fn stored_forms_are_looked_up_as_themselves(text in hostile_text(), country in "US|DE|IT|AR|MX|BR|GB||[A-Z]{2}") {
        if let Ok(stored) = phone::e164(&text, &country) {
            prop_assert_eq!(phone::e164(&stored, &country), Ok(stored.clone()));
            prop_assert!(stored.starts_with('+') && stored[1..].bytes().all(|byte| byte.is_ascii_digit()) && stored.len() <= 16);
        }
        if let Ok(stored) = email::email(&text) {
            prop_assert_eq!(email::email(&stored), Ok(stored.clone()));
        }
    }

    #[test]
    fn digits_of_any_length_are_a_number_or_none(text in "[+]?[0-9]{1,16}", country in "US|DE|IT|AR|MX|BR|GB|CN|RU") {
        if let Ok(stored) = phone::e164(&text, &country) {
            prop_assert_eq!(phone::e164(&stored, ""), Ok(stored.clone()), "{} in {}", text, country);
        }
    }

    #[test]
    fn emails_have_one_stored_form(text in r"\PC{1,10}@[a-zßİΣ]{1,5}\.\PC{1,5}") {
        if let Ok(stored) = email::email(&text) {
            prop_assert_eq!(email::email(&stored), Ok(stored.clone()));
        }
    }
}
