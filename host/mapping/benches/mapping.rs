//! What the language costs a run: the example's mapping, its message, conditions, dates, and phone numbers alone, in
//! microseconds: the median of many batches, so that what else the machine does in between counts for little.
//!
//! `cargo bench -p hookbox-mapping`; prints a table, asserts nothing.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use hookbox_mapping::{
    Condition, Config, FieldSpec, IdentifierKind, IdentifierSpec, Mapping, MappingSpec, Nothing, Scope, Settings,
    SourceSpec, WriteSpec, phone, suggest,
};
use serde_json::{Map, Value, json};

const BATCHES: usize = 101;
const TURNS: u32 = 2_000;

fn main() {
    let begun = Instant::now();
    phone::warm("US");
    print(&format!("phone::warm(\"US\"), once: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3));

    let payload =
        json!({"phone_number": "12155556677", "first_name": "John", "last_name": "Smith", "Integration": "Salesforce"});
    let mapping = Mapping::compile(&example()).expect("the example is good");
    let body = settings("Hi {{contact.first_name}}, your order has shipped.");
    let constant = settings("front-desk");
    let contact: Map<String, Value> = [("first_name".to_owned(), json!("John"))].into_iter().collect();
    let scope = Scope { payload: &payload, contact: &contact, steps: &Nothing };

    measure("mapping: phone and 3 fields", || mapping.apply(&payload, "US").expect("mapped").fields.len());
    measure("settings: one template", || body.render(&scope).expect("rendered").len());
    measure("settings: no template", || constant.render(&scope).expect("rendered").len());
    measure("both, as a run does", || {
        let mapped = mapping.apply(&payload, "US").expect("mapped");
        mapped.fields.len() + body.render(&scope).expect("rendered").len()
    });
    conditions();
    dates();
    measure("suggest: the example", || suggest(&payload, &["source", "birthday"]).map.len());
    for (text, country) in
        [("12155556677", "US"), ("+12155556677", "US"), ("(215) 555-6677", "US"), ("4930901820", "US"), ("hello", "US")]
    {
        measure(&format!("e164: {text} in {country}"), || phone::e164(text, country).map_or(0, |number| number.len()));
    }
}

fn conditions() {
    let payload = json!({
        "total": 120, "Integration": "Salesforce", "items": [{"sku": "a"}, {"sku": "b"}], "note": "x".repeat(10_000),
    });
    let contact: Map<String, Value> = [("email".to_owned(), json!("john@example.com"))].into_iter().collect();
    let scope = Scope { payload: &payload, contact: &contact, steps: &Nothing };
    for when in [
        "payload.total > 100 && has(contact.email)",
        "payload.Integration == \"Salesforce\"",
        "payload.items.exists(item, item.sku == 'b')",
        "now > timestamp('2026-01-01T00:00:00Z')",
    ] {
        let condition = Condition::compile(when, &Config::default()).expect("the example is good");
        assert_eq!(condition.evaluate(&scope, 1_795_510_800_000), Ok(true), "{when}");
        measure(&format!("when: {when}"), || usize::from(condition.evaluate(&scope, 1_795_510_800_000) == Ok(true)));
    }
}

fn dates() {
    let payload = json!({"at": "2026-11-24T09:00:00Z"});
    let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
    for filter in ["date", "date(\"%e %B, %H:%M\", \"Europe/Berlin\")"] {
        let body = settings(&format!("See you {{{{payload.at | {filter}}}}}."));
        measure(&format!("settings: {filter}"), || body.render(&scope).expect("rendered").len());
    }
}

fn measure(what: &str, mut turn: impl FnMut() -> usize) {
    let mut batch = || {
        let begun = Instant::now();
        for _ in 0..TURNS {
            black_box(turn());
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(TURNS)
    };
    batch();
    let mut batches: Vec<_> = (0..BATCHES).map(|_| batch()).collect();
    batches.sort_by(f64::total_cmp);
    print(&format!("{what}: {:.2} us", batches[BATCHES / 2]));
}

fn print(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("stdout is open");
}

fn settings(body: &str) -> Settings {
    let settings: Map<String, Value> = [("body".to_owned(), json!(body))].into_iter().collect();
    Settings::compile(&settings).expect("the example is good")
}

fn example() -> MappingSpec {
    let field = |name: &str, from: &str, transforms: &[&str], write| FieldSpec {
        field: name.to_owned(),
        source: SourceSpec::From(from.to_owned()),
        transforms: transforms.iter().map(|name| json!(name)).collect(),
        required: false,
        write,
    };
    MappingSpec {
        identifier: IdentifierSpec { field: IdentifierKind::Phone, from: "$.phone_number".to_owned() },
        fields: vec![
            field("first_name", "$.first_name", &["trim", "title"], WriteSpec::Overwrite),
            field("last_name", "$.last_name", &[], WriteSpec::Overwrite),
            field("source", "$.Integration", &[], WriteSpec::FillEmpty),
        ],
    }
}
