//! Values from outside are values: they are never read as templates, never break their JSON, never make anything panic.

use hookbox_mapping::{
    Condition, ConditionError, Config, Each, FieldSpec, IdentifierKind, IdentifierSpec, Mapping, MappingSpec, Nothing,
    Scope, Settings, SourceSpec, WriteSpec, email, phone, suggest,
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
        (date_format(), zone(), date_format())
            .prop_map(|(format, zone, read_as)| json!({"date": [format, zone, read_as]})),
        any_json(),
    ]
}

/// Formats of dates, good and bad.
fn date_format() -> impl Strategy<Value = String> {
    let piece = prop_oneof!["%[-_0^#]?[0-9]{0,3}:{0,4}\\.?[0-9]?[A-Za-z%é]", "[ .:T/-]", "%", any::<String>()];
    prop_oneof![
        Just(String::new()),
        Just("%Y-%m-%dT%H:%M:%S%:z".to_owned()),
        Just("%d.%m.%Y".to_owned()),
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
    ]
}

fn zone() -> impl Strategy<Value = String> {
    prop_oneof!["|UTC|Europe/Berlin|America/New_York|Pacific/Apia", hostile_text()]
}

/// Texts that look like dates.
fn date_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+]?[0-9]{1,6}-?[0-9]{1,2}-?[0-9]{1,2}([T ][0-9]{1,2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,10})?)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?(\\[[A-Za-z/]{0,15}\\])?",
        "((Mon|Tue|[A-Z]), )?[0-9]{1,2} (Jan|Feb|Nov) [0-9]{2,4} [0-9]{2}:[0-9]{2}(:[0-9]{2})? ([-+][0-9]{4}|GMT|EST|\\(.*)",
        "[-+]?[0-9]{1,20}(\\.[0-9]{0,10})?",
        "[0-9]{4}-?W[0-9]{2}-?[0-9]",
        "[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}",
        hostile_text(),
    ]
}

/// Conditions, most of which compile.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        r"payload(\.[a-c]|\['[a-c]'\]|\[[0-2]\]){0,3}",
        "contact\\.[a-c]|steps\\.[a-c]|now|payload",
        "-?[0-9]{1,19}(u|\\.[0-9]{1,3})?|true|false|null|'[a-z ]{0,8}'|\\[1, 'a'\\]|\\{'a': 1\\}|x",
        hostile_text().prop_map(|text| format!("{text:?}")),
    ];
    let operator = prop::sample::select(vec!["==", "!=", "<", ">=", "&&", "||", "+", "-", "*", "/", "%", "in"]);
    let function = prop::sample::select(vec![
        "size",
        "int",
        "uint",
        "double",
        "string",
        "bool",
        "timestamp",
        "duration",
        "dyn",
        "has",
        "!",
        "-",
        "type",
    ]);
    let method =
        prop::sample::select(vec!["contains", "startsWith", "getHours", "size", "exists", "all", "map", "filter"]);
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            (inner.clone(), operator.clone(), inner.clone())
                .prop_map(|(one, operator, other)| format!("({one} {operator} {other})")),
            (function.clone(), inner.clone()).prop_map(|(function, of)| format!("{function}({of})")),
            (inner.clone(), method.clone(), inner.clone()).prop_map(|(on, method, of)| match method {
                "exists" | "all" | "map" | "filter" => format!("{on}.{method}(x, {of})"),
                "getHours" | "size" => format!("{on}.{method}()"),
                _ => format!("{on}.{method}({of})"),
            }),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

/// Payloads whose members have the names that senders give them.
fn named_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "phone|phoneNumber|mobile|email|E-Mail|first_name|lastName|user_id|name|id|number|contact|orders|a|b b|c'c",
        hostile_text(),
    ];
    let value = prop_oneof![Just(json!("12155556677")), Just(json!("a@b.example")), Just(json!(" John ")), any_json(),];
    value.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            3 => prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
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
        any::<bool>(),
    )
        .prop_map(|(field, source, transforms, required)| FieldSpec {
            field,
            source,
            transforms,
            required,
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
    fn any_document_is_a_mapping_or_is_refused(
        identifier in any_json(), map in any_json(), payload in any_json(), kind in any_kind(), path in r"\$(\.[a-c]){0,2}",
    ) {
        let written = json!({"identifier": identifier, "map": map});
        let likely = json!({"identifier": {"field": kind.field(), "from": path}, "map": [map]});
        for document in [written, likely, payload.clone()] {
            if let Ok(spec) = serde_json::from_value::<MappingSpec>(document)
                && let Ok(mapping) = Mapping::compile(&spec)
            {
                drop(mapping.apply(&payload, "US"));
            }
        }
        for each in ["$", "$.a", "$.a.b", "$[0].a"] {
            let each = Each::compile(each, &Config::default()).expect("a plain path");
            let count = each.count(&payload).unwrap_or(0);
            prop_assert_eq!((0..=count).filter(|index| each.item(&payload, *index).is_some()).count(), count);
        }
    }

    #[test]
    fn a_proposal_for_any_sample_can_be_saved_and_fits_it(
        sample in named_json(), fields in prop::collection::vec(prop_oneof!["a|b_b|cc|Mobile|first_name|phone|number", hostile_text()], 0..6),
    ) {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let proposed = suggest(&sample, &fields);
        prop_assert_eq!(&proposed, &suggest(&sample, &fields));
        let mut names: Vec<_> = proposed.map.iter().map(|field| field.field.as_str()).collect();
        names.extend(proposed.identifier.iter().map(|identifier| identifier.field.field()));
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), proposed.map.len() + usize::from(proposed.identifier.is_some()));
        if proposed.identifier.is_some() {
            let spec: MappingSpec = serde_json::from_value(serde_json::to_value(&proposed).expect("JSON")).expect("a mapping");
            // Whether the name of a field may be declared is for the workspace to say.
            let names_are_good = spec.fields.iter().all(|field| field.field.trim() == field.field && field.field.len() <= 64 && !field.field.contains(char::is_control));
            if names_are_good {
                let mapping = Mapping::compile(&spec).expect("a proposal can be saved");
                let payload = match &proposed.each {
                    Some(each) => Each::compile(each, &Config::default()).expect("a plain path").item(&sample, 0).expect("an element"),
                    None => sample,
                };
                for fault in mapping.check_sample(&payload, "US") {
                    prop_assert!(fault.message.contains("not a valid phone number"), "{}", fault);
                }
            }
        }
    }

    #[test]
    fn conditions_compile_or_not_and_are_true_false_or_an_error(
        text in prop_oneof![9 => condition(), 1 => hostile_text()], payload in any_json(), contact in any_json(),
    ) {
        let within = |condition_work_bytes_max| Config { condition_work_bytes_max, ..Config::default() };
        let Ok(condition) = Condition::compile(&text, &within(usize::MAX)) else { return Ok(()) };
        let contact = Map::from_iter([("a".to_owned(), contact)]);
        let scope = Scope { payload: &payload, contact: &contact, steps: &contact };
        let unbounded = condition.evaluate(&scope, 1_790_000_000_123);
        for bytes_max in [0, 100, 10_000] {
            let bounded = Condition::compile(&text, &within(bytes_max)).expect("the same text").evaluate(&scope, 1_790_000_000_123);
            let gave_up = bounded == Err(ConditionError::TooMuchWork { bytes_max });
            prop_assert!(gave_up || bounded == unbounded, "{}: {:?}, {:?}", text, bounded, unbounded);
        }
    }

    #[test]
    fn a_date_is_read_or_refused_whatever_the_text_and_the_format(
        value in prop_oneof![3 => date_text().prop_map(Value::from), 1 => any_json()],
        arguments in (date_format(), zone(), prop_oneof![3 => Just(String::new()), 1 => date_format()]),
    ) {
        let spec = |transform: Value| MappingSpec {
            identifier: IdentifierSpec { field: IdentifierKind::ExternalId, from: "$.id".to_owned() },
            fields: vec![FieldSpec {
                field: "f".to_owned(),
                source: SourceSpec::From("$.at".to_owned()),
                transforms: vec![transform],
                required: false,
                write: WriteSpec::Overwrite,
            }],
        };
        let payload = json!({"id": 1, "at": value});
        let (format, zone, read_as) = arguments;
        if let Ok(mapping) = Mapping::compile(&spec(json!({"date": [format, zone, read_as]})))
            && let Ok(mapped) = mapping.apply(&payload, "US")
        {
            for field in mapped.fields {
                prop_assert!(field.value.as_str().is_some_and(|text| text.len() <= 200 * 30), "{}", field.value);
            }
        }
        let mapping = Mapping::compile(&spec(json!("date"))).expect("date takes no arguments");
        for field in mapping.apply(&payload, "US").map(|mapped| mapped.fields).unwrap_or_default() {
            let text = field.value.as_str().expect("a text");
            let stored = text.parse::<jiff::Timestamp>().map(|moment| moment.to_string());
            let stored = stored.or_else(|_| text.parse::<jiff::civil::Date>().map(|day| day.to_string()));
            prop_assert_eq!(stored.as_deref().ok(), Some(text), "a field that holds dates stores what it is given");
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
