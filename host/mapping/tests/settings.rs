//! Settings as admins write them: what templates render to, and what they may not contain.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookbox_mapping::{Config, Datum, Lookup, Nothing, Scope, Settings, StepOutputs};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

fn render(settings: Value, payload: &Value) -> Result<String, String> {
    let contact = object(json!({"first_name": "Ann", "age": 41, "tags": ["a", "b"], "nick name": "A \"N\" N"}));
    let outputs =
        [("tell them".to_owned(), r#"{"sent":[{"id":7}],"ok":true}"#.to_owned()), ("bad".to_owned(), "{".to_owned())];
    let scope = Scope { payload, contact: &contact, steps: &StepOutputs(&outputs) };
    let settings = Settings::compile(&object(settings)).expect("good settings");
    settings.render(&scope).map(Cow::into_owned).map_err(|error| error.to_string())
}

fn check(template: &str, expected: Value) {
    let payload = json!({
        "n": 5, "f": 1.5, "yes": true, "null": null, "text": " Hi \"you\" \\ \n", "empty": "",
        "list": ["x", "y"], "deep": {"a b": {"0": "zero"}}, "items": [{"id": 1}, {"id": 2}], "if": "kept",
    });
    let found = render(json!({"s": template}), &payload).expect(template);
    let found: Value = serde_json::from_str(&found).expect("settings are JSON");
    assert_eq!(found["s"], expected, "{template}");
}

#[test]
fn templates_render_what_their_paths_find() {
    check("Hi {{contact.first_name}}, your order has shipped.", json!("Hi Ann, your order has shipped."));
    check("{{ payload.text | trim }}!", json!("Hi \"you\" \\!"));
    check("n={{payload.n}} f={{payload.f}} yes={{payload.yes}}", json!("n=5 f=1.5 yes=true"));
    check("[{{payload.null}}{{payload.nope}}{{contact.nope}}{{steps.nope.x}}{{steps.bad.x}}]", json!("[]"));
    check("list: {{payload.list}}", json!("list: [\"x\",\"y\"]"));
    check("{{payload.list | join(' and ')}}.", json!("x and y."));
    check("{{payload.items[1].id}}{{payload.items.0.id}}{{payload.items[9].id}}.", json!("21."));
    check("{{payload.deep[\"a b\"]['0']}}.", json!("zero."));
    check("{{payload.if}}.", json!("kept."));
    check("{{steps[\"tell them\"].sent[0].id}}.", json!("7."));
    check("{{contact[\"nick name\"]}}.", json!("A \"N\" N."));
    check("{{contact.tags[1]}}.", json!("b."));
    check("Dear {{payload.empty | default(\"friend\")}},", json!("Dear friend,"));
    check("{{payload.nope | default(-1)}}.", json!("-1."));
    check("{{contact.first_name | upper | replace(\"N\", \"{{x}}\") | last}}.", json!("}."));
    check("{{payload.nope | default('030 901820') | e164('DE')}}", json!("+4930901820"));
    check("line\n{{payload.n}}\n", json!("line\n5\n"));
}

/// Makes an object for every look-up and counts them.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Lookup for Counted {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Datum::from_value(json!({"id": name}))
    }
}

#[test]
fn an_output_is_made_once_for_all_the_settings_of_a_step() {
    let texts: Vec<Value> = (0..60).map(|_| json!("{{steps.a.id}} {{steps.b.id}} {{contact.c.id}}")).collect();
    let settings = Settings::compile(&object(json!({"texts": texts}))).expect("good settings");
    let (contact, steps) = (Counted::default(), Counted::default());
    let rendered = settings.render(&Scope { payload: &Value::Null, contact: &contact, steps: &steps });
    assert!(rendered.expect("texts").contains("\"a b c\""));
    assert_eq!((contact.0.into_inner(), steps.0.into_inner()), (1, 2));
    assert_eq!(settings.reads().steps.iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn text_outside_double_braces_is_text() {
    for text in ["<b>&amp;</b> \"q\" {x} }} {# kept #} 100% # { ", "ünïcode \u{1F600}\u{0}\u{1f}\\u0041"] {
        check(text, json!(text));
        check(&format!("{text}{{{{payload.n}}}} {text}"), json!(format!("{text}5 {text}")));
    }
    check("{% raw %}{{payload.n}}{% endraw %}", json!("{{payload.n}}"));
}

#[test]
fn a_setting_that_is_one_expression_keeps_the_type_of_its_value() {
    check("{{payload.n}}", json!(5));
    check("{{ payload.yes }}", json!(true));
    check("{{payload.list}}", json!(["x", "y"]));
    check("{{contact.age}}", json!(41));
    check("{{steps[\"tell them\"].ok}}", json!(true));
    check("{{payload.items | last}}", json!({"id": 2}));
    check("{{payload.n | trim}}", json!("5"));
    check("{{payload.nope}}", json!(""));
    check("{{payload.null}}", json!(""));
    check("{{payload.nope | default(3)}}", json!(3));
    check(" {{payload.n}}", json!(" 5"));
}

#[test]
fn settings_keep_their_shape_around_templates() {
    let settings = json!({
        "body": "Hi {{payload.name}}", "n": 1.0, "none": null, "on": true,
        "buttons": [{"title": "{{payload.name}}", "url": "https://example.com"}, [], {}], "{{key}}": "a key is no template",
    });
    let found = render(settings.clone(), &json!({"name": "x\",\"admin\":true,\"y\":\""})).expect("rendered");
    let mut expected = settings;
    expected["body"] = json!("Hi x\",\"admin\":true,\"y\":\"");
    expected["buttons"][0]["title"] = json!("x\",\"admin\":true,\"y\":\"");
    assert_eq!(serde_json::from_str::<Value>(&found).expect("JSON"), expected);
}

#[test]
fn settings_without_templates_cost_nothing_to_render() {
    let settings = Settings::compile(&object(json!({"list": "customers", "n": [1, {"a": null}]}))).expect("good");
    let scope = Scope { payload: &Value::Null, contact: &Nothing, steps: &Nothing };
    let Ok(Cow::Borrowed(json)) = settings.render(&scope) else { panic!("serialised when compiled") };
    assert_eq!(json, r#"{"list":"customers","n":[1,{"a":null}]}"#);
    let Ok(Cow::Borrowed("{}")) = Settings::compile(&Map::new()).expect("good").render(&scope) else { panic!("empty") };
}

fn check_fault(template: &str, expected: &str) {
    let faults = Settings::compile(&object(json!({"a": [{"b c": template}]}))).expect_err(template);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].place, "settings.a[0][\"b c\"]");
    assert!(faults[0].message.contains(expected), "{template}: {}", faults[0].message);
}

#[test]
fn anything_but_a_path_with_filters_is_refused() {
    let only = "only {{path | filter}} is allowed here; found ";
    for (template, found) in [
        ("{% for x in payload.items %}{{x}}{% endfor %}", "{% for %}"),
        ("{% if payload.x %}a{% endif %}", "{% if %}"),
        ("{% set x = 1 %}", "{% set %}"),
        ("{% include 'x' %}", "{% include %}"),
        ("{% macro m() %}{% endmacro %}", "{% macro %}"),
        ("{%- do x() %}", "{% do %}"),
        ("{{ payload.x() }}", "a function call"),
        ("{{ range(10) }}", "a function call"),
        ("{{ payload.x.upper() }}", "a function call"),
        ("{{ payload.a + payload.b }}", "an operator"),
        ("{{ payload.a * 1000000 }}", "an operator"),
        ("{{ payload.a ~ 'x' }}", "an operator"),
        ("{{ not payload.a }}", "an operator"),
        ("{{ -payload.a }}", "an operator"),
        ("{{ payload.a == 1 }}", "an operator"),
        ("{{ payload.a < 1 < payload.b }}", "an operator"),
        ("{{ payload.a in payload.b }}", "an operator"),
        ("{{ payload.a and payload.b }}", "an operator"),
        ("{{ 'x' if payload.a else 'y' }}", "an if"),
        ("{{ payload.a is defined }}", "a test"),
        ("{{ payload.a[1:2] }}", "a slice"),
        ("{{ payload[payload.key] }}", "a computed index"),
        ("{{ payload[-1] }}", "a computed index"),
        ("{{ payload[1.5] }}", "an index that is neither"),
        ("{{ [1, 2] }}", "a list"),
        ("{{ {'a': 1} }}", "a map"),
        ("{{ 'constant' }}", "a constant"),
        ("{{ (payload.a | trim).b }}", "a filter"),
        ("{{ payload.a | default(payload.b) }}", "a path as an argument"),
        ("{{ payload.a | default(1 + 1) }}", "an operator as an argument"),
        ("{{ payload.a | default(value='x') }}", "the named argument value"),
        ("{{ payload.a | default(*payload.b) }}", "`*` in the arguments"),
    ] {
        check_fault(template, &format!("{only}{found}"));
    }
    check_fault("{{ payload.a | safe }}", "there is no \"safe\"; there are trim");
    check_fault("{{ payload.a | replace('', 'x') }}", "replace takes");
    check_fault("{{ payload.a | e164 }}", "e164 needs a country in a template");
    check_fault("{{ secrets.key }}", "a path begins with payload, contact or steps; found secrets");
    check_fault("{{ contact }}", "contact needs a name");
    check_fault("{{ steps[0].x }}", "steps needs a name");
    check_fault("{{ payload.a", "the template cannot be read in line 1");
    check_fault("{{ }}", "the template cannot be read");
    check_fault("{{ payload..a }}", "the template cannot be read");
    check_fault("{{ payload.a | }}", "the template cannot be read");
    check_fault(&format!("{{{{ payload{} }}}}", ".a".repeat(30_000)), &format!("{only}an expression that is too long"));
    check_fault(&format!("{{{{ {}payload{} }}}}", "(".repeat(30_000), ")".repeat(30_000)), only);
    check_fault(&format!("{{{{ payload{} }}}}", " | trim".repeat(21)), "at most 20 filters");
    check_fault(&format!("{{{{payload}}}}{}", "x".repeat(64 * 1024)), "longer than 65536 bytes");
}

#[test]
fn a_text_that_grows_too_long_is_an_error_that_names_the_place() {
    let payload = json!({"x": "y".repeat(40_000), "list": [1]});
    for (template, expected) in [
        ("{{payload.x}}{{payload.x}}", "settings.s: it renders to more than 65536 bytes"),
        (
            "{{payload.x | replace('y', 'zz')}}",
            "settings.s: replace failed on `payload.x`: it takes and makes no text of more",
        ),
        ("{{payload.list | upper}}", "upper failed on `payload.list`: it works on texts"),
    ] {
        let message = render(json!({"s": template}), &payload).expect_err(template);
        assert!(message.contains(expected), "{template}: {message}");
    }
    let big = json!({"x": "y".repeat(65_537)});
    assert!(render(json!({"s": "{{payload.x}}"}), &big).expect_err("too long").contains("more than 65536"));
    let many = json!({"s": vec!["{{payload.x}}"; 30]});
    assert_eq!(render(many, &payload), Err("the settings render to more than 1048576 bytes".to_owned()));
}

#[test]
fn the_filters_of_one_step_go_through_so_much_text_in_all() {
    let payload = json!({"x": "y".repeat(60_000)});
    let settings = |count: usize| json!({"s": vec!["{{payload.x | trim | trim | first}}"; count]});
    assert!(render(settings(23), &payload).is_ok());
    assert_eq!(
        render(settings(24), &payload),
        Err("settings.s[23]: the filters of all settings together may go through 4194304 bytes of text and were given more"
            .to_owned())
    );
    let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
    let compiled = Settings::compile(&object(settings(24))).expect("good");
    assert_eq!(compiled.render(&scope).expect_err("too much").code(), "too-much-work");
}

#[test]
fn a_step_has_so_many_expressions_in_all() {
    let settings =
        |count: usize| object(json!({"a": vec!["{{payload.x}} {{payload.y}}"; count], "b": "{{payload.x}}"}));
    assert!(Settings::compile(&settings(99)).is_ok());
    let faults = Settings::compile(&settings(100)).expect_err("too many");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].place, "settings");
    assert!(faults[0].message.contains("at most 200 expressions, these are 201"), "{}", faults[0].message);
}

#[test]
fn limits_are_configuration() {
    let config = Config { template_bytes_max: 4, ..Config::default() };
    let settings = Settings::compile_within(&object(json!({"s": "{{payload}}"})), &config).expect("good");
    let payload = json!("12345");
    let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
    assert!(settings.render(&scope).expect_err("too long").to_string().contains("more than 4 bytes"));
}

#[test]
fn a_sample_shows_templates_that_find_nothing_in_it() {
    let settings = json!({"a": "{{payload.a}} {{payload.b}} {{contact.x}}", "b": "{{payload.c | default('')}}", "d": "{{payload.a | upper}}"});
    let settings = Settings::compile(&object(settings)).expect("good");
    let faults: Vec<String> = settings
        .check_sample(&json!({"a": [1]}))
        .into_iter()
        .map(|fault| fault.within("steps[0]").to_string())
        .collect();
    assert_eq!(
        faults,
        [
            "steps[0].settings.a: `payload.b` finds nothing in the sample; mend it, or add a default",
            "steps[0].settings.d: with the sample: upper failed on `payload.a`: it works on texts and this is an array",
        ]
    );
    assert_eq!(settings.check_sample(&Value::Null), []);
}
