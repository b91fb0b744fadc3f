//! Mappings as integrators write them: what becomes of a payload, and what is said when something is wrong.

use hookbox_mapping::{
    FieldSpec, IdentifierKind, IdentifierSpec, Mapped, Mapping, MappingError, MappingFault, MappingSpec, SourceSpec,
    WriteSpec,
};
use serde_json::{Value, json};

fn identified_by(field: IdentifierKind, from: &str, fields: Vec<FieldSpec>) -> MappingSpec {
    MappingSpec { identifier: IdentifierSpec { field, from: from.to_owned() }, fields }
}

fn by_phone(fields: Vec<FieldSpec>) -> MappingSpec {
    identified_by(IdentifierKind::Phone, "$.phone_number", fields)
}

fn field(name: &str, source: SourceSpec, transforms: Value) -> FieldSpec {
    let Value::Array(transforms) = transforms else { panic!("transforms are an array") };
    FieldSpec { field: name.to_owned(), source, transforms, required: false, write: WriteSpec::Overwrite }
}

fn from(path: &str) -> SourceSpec {
    SourceSpec::From(path.to_owned())
}

fn template(text: &str) -> SourceSpec {
    SourceSpec::Template(text.to_owned())
}

fn apply(spec: &MappingSpec, payload: &Value) -> Result<Mapped, MappingError> {
    Mapping::compile(spec).expect("a good mapping").apply(payload, "US")
}

/// The example of the product: what the demo's automation does.
#[test]
fn the_example_payload_becomes_john_smith() {
    let mut source = field("source", from("$.Integration"), json!([]));
    source.write = WriteSpec::FillEmpty;
    let spec = by_phone(vec![
        field("first_name", from("$.first_name"), json!(["trim", "title"])),
        field("last_name", from("$.last_name"), json!([])),
        source,
    ]);
    let payload =
        json!({"phone_number": "12155556677", "first_name": "John", "last_name": "Smith", "Integration": "Salesforce"});
    let mapped = apply(&spec, &payload).expect("mapped");
    assert_eq!(mapped.identifier, (IdentifierKind::Phone, "+12155556677".to_owned()));
    let fields: Vec<_> = mapped.fields.iter().map(|field| (&*field.name, field.value.clone(), field.write)).collect();
    assert_eq!(
        fields,
        [
            ("first_name", json!("John"), WriteSpec::Overwrite),
            ("last_name", json!("Smith"), WriteSpec::Overwrite),
            ("source", json!("Salesforce"), WriteSpec::FillEmpty),
        ]
    );
    let mapping = Mapping::compile(&spec).expect("a good mapping");
    assert_eq!(mapping.check_sample(&payload, "US"), []);
}

/// One field `f` from `$.x`; `None` if nothing is written.
fn check_transforms(transforms: Value, value: Value, expected: Result<Option<Value>, &str>) {
    let spec = by_phone(vec![field("f", from("$.x"), transforms.clone())]);
    let payload = json!({"phone_number": "+12155556677", "x": value});
    let found = apply(&spec, &payload).map(|mapped| mapped.fields.into_iter().next().map(|field| field.value));
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{transforms} of {value}"),
        (Err(error), Err(expected)) => {
            assert!(error.to_string().contains(expected), "{transforms} of {value}: {error}");
        }
        (found, expected) => panic!("{transforms} of {value}: {found:?}, not {expected:?}"),
    }
}

fn becomes(transforms: Value, value: Value, expected: Value) {
    check_transforms(transforms, value, Ok(Some(expected)));
}

#[test]
fn transforms_do_what_the_reference_says() {
    becomes(json!([]), json!("  as it is "), json!("  as it is "));
    becomes(json!([]), json!(-3), json!(-3));
    becomes(json!([]), json!(9007199254740993_i64), json!(9007199254740993_i64));
    becomes(json!([]), json!(true), json!(true));
    becomes(json!(["trim"]), json!(" \u{a0}a b\n"), json!("a b"));
    becomes(json!(["trim"]), json!(7), json!("7"));
    becomes(json!(["lower"]), json!("ÄB"), json!("äb"));
    becomes(json!(["upper"]), json!("straße"), json!("STRASSE"));
    becomes(json!(["title"]), json!("JOHN o'NEIL-smith it's 3rd"), json!("John O'Neil-Smith It's 3rd"));
    becomes(json!(["title"]), json!("élodie ångström"), json!("Élodie Ångström"));
    becomes(json!(["e164"]), json!("(215) 555-6677"), json!("+12155556677"));
    becomes(json!([{"e164": "DE"}]), json!("030 901820"), json!("+4930901820"));
    becomes(json!([{"e164": ["DE"]}]), json!(4930901820_i64), json!("+4930901820"));
    becomes(json!(["number"]), json!(" -12.50 "), json!(-12.5));
    becomes(json!(["number"]), json!("+007"), json!(7));
    becomes(json!(["number"]), json!("1e3"), json!(1000.0));
    becomes(json!(["number"]), json!(5), json!(5));
    becomes(json!(["boolean"]), json!("Yes"), json!(true));
    becomes(json!(["boolean"]), json!("off"), json!(false));
    becomes(json!(["boolean"]), json!(1), json!(true));
    becomes(json!([{"default": "there"}]), json!(null), json!("there"));
    becomes(json!([{"default": 3}]), json!(""), json!(3));
    becomes(json!(["trim", {"default": "there"}]), json!("  "), json!("there"));
    becomes(json!([{"default": "there"}]), json!(0), json!(0));
    becomes(json!([{"default": "x"}, "upper"]), json!(null), json!("X"));
    becomes(json!([{"replace": ["-", ""]}]), json!("a-b-c"), json!("abc"));
    becomes(json!([{"replace": ["a", "aa"]}]), json!("aXa"), json!("aaXaa"));
    becomes(json!([{"replace": [1, 2]}]), json!("112"), json!("222"));
    becomes(json!([{"split": ","}, "last", "trim"]), json!("a, b, c"), json!("c"));
    becomes(json!([{"split": " "}, "first"]), json!("John Smith"), json!("John"));
    becomes(json!([{"split": ","}, {"join": " + "}]), json!("a,b"), json!("a + b"));
    becomes(json!([{"join": ", "}]), json!(["a", 1, null, true]), json!("a, 1, true"));
    becomes(json!([{"join": ", "}]), json!("alone"), json!("alone"));
    becomes(json!(["first"]), json!([{"deep": 1}, 2]).as_array().map(|a| json!([a[1]])).expect("array"), json!(2));
    becomes(json!(["first", "upper"]), json!("élan"), json!("É"));
}

#[test]
fn nothing_is_written_when_there_is_nothing() {
    for transforms in [json!([]), json!(["trim", "title"]), json!(["number"]), json!([{"split": ","}, "first"])] {
        check_transforms(transforms, json!(null), Ok(None));
    }
    for transform in ["number", "boolean", "e164"] {
        check_transforms(json!([transform]), json!("  "), Ok(None));
    }
    check_transforms(json!(["first"]), json!([]), Ok(None));
    check_transforms(json!(["last"]), json!(""), Ok(None));
    check_transforms(json!(["first"]), json!([null]), Ok(None));
    let spec =
        by_phone(vec![field("f", from("$.not.there"), json!([])), field("g", template("{{payload.no}}"), json!([]))]);
    assert_eq!(apply(&spec, &json!({"phone_number": "+12155556677"})).expect("mapped").fields, []);
}

#[test]
fn values_that_do_not_fit_are_errors_that_name_field_and_path() {
    let refused = |transforms: Value, value: Value, expected: &str| check_transforms(transforms, value, Err(expected));
    refused(json!([]), json!([1]), "f: the value of `$.x` is an array; a field holds a text");
    refused(json!([]), json!({"a": 1}), "`$.x` is an object");
    refused(json!([]), json!(18446744073709551615_u64), "past 64 bits");
    refused(
        json!(["trim", "number"]),
        json!("12,5"),
        "f: transform number failed on the value of `$.x`: this is not a number",
    );
    refused(json!(["number"]), json!("inf"), "not a number");
    refused(json!(["number"]), json!("1e999"), "not a number");
    refused(json!(["number"]), json!("9223372036854775808"), "keep it as a text");
    refused(json!(["number"]), json!(true), "not a number");
    refused(json!(["boolean"]), json!("maybe"), "neither true");
    refused(json!(["boolean"]), json!(2), "neither true");
    refused(json!(["upper"]), json!([1]), "works on texts and this is an array");
    refused(json!(["first"]), json!({"a": 1}), "works on arrays and texts and this is an object");
    refused(json!([{"join": ","}]), json!([[1]]), "one element is an array");
    refused(json!(["e164"]), json!("12"), "not a valid phone number");
    refused(json!([{"replace": ["a", "b".repeat(1000)]}]), json!("a".repeat(100)), "more than 65536 bytes");
    refused(json!(["trim"]), json!("a".repeat(65_537)), "no text of more than 65536 bytes");
    refused(json!([{"split": ","}, "first"]), json!(",".repeat(10_000)), "more than 10000 pieces");
}

#[test]
fn many_transforms_of_long_texts_are_too_much_work() {
    let payload = json!({"phone_number": "+12155556677", "x": "a".repeat(60_000)});
    let fields = |count: usize| {
        let one = |n: usize| field(&n.to_string(), from("$.x"), json!(["trim", "trim", "trim", "trim", "first"]));
        by_phone((0..count).map(one).collect())
    };
    assert_eq!(apply(&fields(13), &payload).map(|mapped| mapped.fields.len()), Ok(13));
    let error = apply(&fields(14), &payload).expect_err("too much");
    assert_eq!(error.code(), "too-much-work");
    assert!(error.to_string().starts_with("13: ") && error.to_string().contains("4194304 bytes"), "{error}");
    let templates = (0..80).map(|n| field(&n.to_string(), template("{{payload.x | first}}"), json!([])));
    assert_eq!(apply(&by_phone(templates.collect()), &payload).expect_err("too much").code(), "too-much-work");
    let nulls = json!({"phone_number": "+12155556677", "x": vec![Value::Null; 40_000]});
    let joins = (0..120).map(|n| field(&n.to_string(), from("$.x"), json!([{"join": ""}])));
    assert_eq!(apply(&by_phone(joins.collect()), &nulls).expect_err("too much").code(), "too-much-work");
}

#[test]
fn a_message_does_not_show_the_value() {
    let spec = by_phone(vec![]);
    let error = apply(&spec, &json!({"phone_number": "secret@example.com"})).expect_err("not a phone");
    assert!(!error.to_string().contains("secret"), "{error}");
}

fn check_identifier(kind: IdentifierKind, value: Value, expected: Result<&str, (&str, &str)>) {
    let found = apply(&identified_by(kind, "$.id", vec![]), &json!({"id": value}));
    match (found, expected) {
        (Ok(mapped), Ok(expected)) => assert_eq!(mapped.identifier, (kind, expected.to_owned())),
        (Err(error), Err((code, message))) => {
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(message), "{error}");
        }
        (found, expected) => panic!("{value}: {found:?}, not {expected:?}"),
    }
}

#[test]
fn identifiers_have_their_stored_form_or_an_error_with_the_field_and_path() {
    use IdentifierKind::{Email, ExternalId, Phone};
    check_identifier(Phone, json!(12155556677_i64), Ok("+12155556677"));
    check_identifier(Phone, json!("(215) 555-6677"), Ok("+12155556677"));
    check_identifier(Email, json!(" John@Example.com"), Ok("john@example.com"));
    check_identifier(ExternalId, json!(" C-17 "), Ok("C-17"));
    check_identifier(ExternalId, json!(17), Ok("17"));
    check_identifier(
        Phone,
        json!(null),
        Err(("identifier-missing", "identifier phone is missing: `$.id` finds nothing")),
    );
    check_identifier(Phone, json!(" "), Err(("identifier-missing", "phone is missing")));
    check_identifier(Phone, json!("12"), Err(("invalid-phone", "phone: the value of `$.id` is not a phone number")));
    check_identifier(Phone, json!(1.5), Err(("invalid-identifier", "a fraction cannot be an identifier")));
    check_identifier(Phone, json!(true), Err(("invalid-identifier", "a boolean cannot be")));
    check_identifier(Email, json!(["a@b.example"]), Err(("invalid-identifier", "an array cannot be")));
    check_identifier(Email, json!("john"), Err(("invalid-email", "exactly one `@`")));
    check_identifier(ExternalId, json!("a\nb"), Err(("invalid-identifier", "not an id")));
    check_identifier(ExternalId, json!("x".repeat(257)), Err(("invalid-identifier", "1 to 256 bytes")));
    let several = identified_by(Phone, "$.p[*]", vec![]);
    let error = apply(&several, &json!({"p": ["+12155556677", "+12155556678"]})).expect_err("two numbers");
    assert_eq!(error.to_string(), "phone: `$.p[*]` finds 2 values in the payload and exactly one is wanted");
}

#[test]
fn fields_that_contacts_are_found_by_have_the_form_they_are_found_by() {
    let spec = by_phone(vec![
        field("email", from("$.mail"), json!([])),
        field("external_id", from("$.id"), json!([])),
        field("phone", template("{{payload.cc}}{{payload.national}}"), json!([])),
    ]);
    let payload =
        json!({"phone_number": "+12155556677", "mail": "A@B.example", "id": 5, "cc": "+49", "national": "30901820"});
    let values: Vec<_> = apply(&spec, &payload).expect("mapped").fields.into_iter().map(|field| field.value).collect();
    assert_eq!(values, [json!("a@b.example"), json!("5"), json!("+4930901820")]);
    let error = apply(&spec, &json!({"phone_number": "+12155556677", "mail": "nobody"})).expect_err("bad email");
    assert_eq!(error.code(), "invalid-email");
}

#[test]
fn constants_templates_and_searching_paths_are_sources_too() {
    let spec = by_phone(vec![
        field("source", SourceSpec::Value(json!("web")), json!(["upper"])),
        field("full", template("{{payload.a}} {{payload.b | default('?')}}"), json!(["trim"])),
        field("count", template("{{ payload.items[1].n }}"), json!([])),
        field("home", from("$.phones[?@.kind=='home'].number"), json!([])),
    ]);
    let payload = json!({
        "phone_number": "+12155556677", "a": "A", "items": [0, {"n": 4}],
        "phones": [{"kind": "work", "number": 1}, {"kind": "home", "number": 2}],
    });
    let values: Vec<_> = apply(&spec, &payload).expect("mapped").fields.into_iter().map(|field| field.value).collect();
    assert_eq!(values, [json!("WEB"), json!("A ?"), json!(4), json!(2)]);
}

#[test]
fn a_payload_without_a_required_field_is_refused() {
    let required = |name: &str, source: SourceSpec, transforms: Value| {
        let mut field = field(name, source, transforms);
        field.required = true;
        by_phone(vec![field])
    };
    let first_name = required("first_name", from("$.name"), json!([]));
    for value in [json!(null), json!(""), json!("  ")] {
        let error = apply(&first_name, &json!({"phone_number": "+12155556677", "name": value})).expect_err("no name");
        assert_eq!(error.code(), "field-missing");
        assert!(error.to_string().starts_with("first_name is required and `$.name` gives nothing"), "{error}");
    }
    for payload in [json!({"name": "John"}), json!({"name": 0}), json!({"name": false})] {
        let mut payload = payload;
        payload["phone_number"] = json!("+12155556677");
        assert_eq!(apply(&first_name, &payload).expect("a name").fields[0].value, payload["name"]);
    }
    let nothing = json!({"phone_number": "+12155556677"});
    let defaulted = required("first_name", from("$.name"), json!([{"default": "there"}]));
    assert_eq!(apply(&defaulted, &nothing).expect("a default").fields[0].value, json!("there"));
    for (name, source) in [("email", from("$.mail")), ("full_name", template("{{payload.a}} {{payload.b}}"))] {
        let spec = required(name, source, json!([]));
        assert_eq!(apply(&spec, &nothing).expect_err("nothing").code(), "field-missing");
        let faults = Mapping::compile(&spec).expect("a good mapping").check_sample(&nothing, "US");
        assert!(faults.len() == 1 && faults[0].message.contains("is required"), "{faults:?}");
    }
}

fn check_faults(found: &[MappingFault], expected: &[(&str, &str)]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (fault, (place, message)) in found.iter().zip(expected) {
        assert_eq!(fault.place, *place, "{fault}");
        assert!(fault.message.contains(message), "{fault}");
    }
}

#[test]
fn every_fault_is_reported_at_once_with_its_place() {
    let spec = identified_by(
        IdentifierKind::Phone,
        "phone_number",
        vec![
            field("ok", from("$.x"), json!(["trim"])),
            field("f", from("$.["), json!(["trim", "shout", {"replace": ["", "b"]}])),
            field("f", SourceSpec::Value(json!(null)), json!([{"date": "%K"}])),
            field("f", template("{{contact.first_name}}"), json!([{"trim": 1}, {"split": ""}, 7])),
            field(
                "f",
                template("{% for x in payload %}{% endfor %}"),
                json!([{"e164": "XX"}, {"a": 1, "b": 2}, {"default": null}]),
            ),
        ],
    );
    let faults = Mapping::compile(&spec).expect_err("many faults");
    check_faults(
        &faults,
        &[
            ("trigger.webhook.identifier.from", "is not a JSONPath"),
            ("trigger.webhook.map[1].from", "is not a JSONPath"),
            ("trigger.webhook.map[1].transforms[1]", "there is no \"shout\"; there are trim, lower, upper, title"),
            ("trigger.webhook.map[1].transforms[2]", "replace takes what to look for"),
            ("trigger.webhook.map[2].value", "a constant is a text"),
            ("trigger.webhook.map[2].transforms[0]", "is no format of date"),
            ("trigger.webhook.map[3].template", "a path begins with payload here; found contact"),
            ("trigger.webhook.map[3].transforms[0]", "trim takes no arguments"),
            ("trigger.webhook.map[3].transforms[1]", "split takes the separator"),
            ("trigger.webhook.map[3].transforms[2]", "a transform is a name"),
            ("trigger.webhook.map[4].template", "found {% for %}"),
            ("trigger.webhook.map[4].transforms[0]", "e164 takes a country"),
            ("trigger.webhook.map[4].transforms[1]", "written with one name"),
            ("trigger.webhook.map[4].transforms[2]", "default takes one"),
        ],
    );
    let many = by_phone((0..201).map(|_| field("f", from("$.x"), json!([]))).collect());
    check_faults(&Mapping::compile(&many).expect_err("too many"), &[("trigger.webhook.map", "at most 200 fields")]);
    let searching = by_phone((0..21).map(|_| field("f", from("$..x"), json!([]))).collect());
    check_faults(&Mapping::compile(&searching).expect_err("too many"), &[("trigger.webhook.map", "at most 20 paths")]);
}

#[test]
fn a_sample_shows_what_finds_nothing_and_what_does_not_fit() {
    let spec = by_phone(vec![
        field("a", from("$.a"), json!([])),
        field("b", from("$.b"), json!([{"default": "x"}])),
        field("c", from("$.c"), json!(["trim", "number"])),
        field("d", template("{{payload.d}}/{{payload.e | default('')}}/{{payload.c}}"), json!([])),
        field("e", from("$.list[*]"), json!([])),
        field("f", from("$.list"), json!([])),
        field("g", from("$.null"), json!([])),
    ]);
    let mapping = Mapping::compile(&spec).expect("a good mapping");
    let sample = json!({"phone_number": "030 901820", "c": "three", "list": [1, 2], "null": null});
    let fields = [
        ("trigger.webhook.map[0].from", "`$.a` finds nothing in the sample"),
        ("trigger.webhook.map[2].transforms[1]", "transform number failed"),
        ("trigger.webhook.map[3].template", "`payload.d` finds nothing"),
        ("trigger.webhook.map[4].from", "finds 2 values"),
        ("trigger.webhook.map[5].from", "is an array"),
    ];
    check_faults(&mapping.check_sample(&sample, "DE"), &fields);
    let phone = ("trigger.webhook.identifier.from", "neither in US nor written internationally");
    check_faults(&mapping.check_sample(&sample, "US"), &[&[phone], &fields[..]].concat());
    assert_eq!(mapping.check_sample(&Value::Null, "US"), []);
}
