//! Suggestions: what is proposed for samples of the kinds that senders send, and what is never proposed.

use hookbox_mapping::{Config, Each, Mapping, MappingSpec, suggest};
use serde_json::{Value, json};

/// The proposal is this, word for word, and what it says can be saved and fits the sample.
#[track_caller]
fn check(sample: Value, fields: &[&str], expected: Value) {
    let proposed = serde_json::to_value(suggest(&sample, fields)).expect("a suggestion is JSON");
    assert_eq!(proposed, expected, "{sample:#}");
    if proposed.get("identifier").is_some() {
        let spec: MappingSpec = serde_json::from_value(proposed.clone()).expect("the document's words");
        let mapping = Mapping::compile(&spec).expect("a proposal can be saved");
        let sample = match proposed["each"].as_str() {
            None => sample,
            Some(each) => {
                let each = Each::compile(each, &Config::default()).expect("a proposal can be saved");
                each.item(&sample, 0).expect("there is an element")
            }
        };
        assert_eq!(mapping.check_sample(&sample, "US"), []);
    }
}

#[test]
fn the_example_of_the_product_is_mapped_by_its_names() {
    check(
        json!({"phone_number": "12155556677", "first_name": "John", "last_name": "Smith", "Integration": "Salesforce"}),
        &["integration"],
        json!({
            "identifier": {"field": "phone", "from": "$.phone_number"},
            "map": [
                {"field": "first_name", "from": "$.first_name"},
                {"field": "last_name", "from": "$.last_name"},
                {"field": "integration", "from": "$.Integration"},
            ],
        }),
    );
}

#[test]
fn many_names_mean_a_phone_an_email_or_a_name() {
    for name in "phone, Phone, phone_number, phoneNumber, PHONE-NUMBER, Phone Number, mobile, mobilePhone, cell, tel, telephone, msisdn, homePhone, work_phone, customer_phone, customerMobileNumber".split(", ") {
        check(
            json!({name: "12155556677", "x": "12155556678"}),
            &[],
            json!({"identifier": {"field": "phone", "from": path(name)}, "map": []}),
        );
    }
    for name in "email, E-Mail, emailAddress, email_address, contactEmail, mail".split(", ") {
        check(
            json!({name: "a@b.example"}),
            &[],
            json!({"identifier": {"field": "email", "from": path(name)}, "map": []}),
        );
    }
    for name in
        "first_name, firstName, FirstName, first-name, given_name, forename, fname, customerFirstName".split(", ")
    {
        check(json!({name: "John"}), &[], json!({"map": [{"field": "first_name", "from": path(name)}]}));
    }
    for name in "last_name, lastName, LASTNAME, surname, family name, lname".split(", ") {
        check(json!({name: "Smith"}), &[], json!({"map": [{"field": "last_name", "from": path(name)}]}));
    }
    for name in "external_id, externalId, customerId, user_id".split(", ") {
        check(
            json!({name: 17, "id": 18}),
            &[],
            json!({"identifier": {"field": "external_id", "from": path(name)}, "map": []}),
        );
    }
}

fn path(name: &str) -> String {
    if name.contains(['-', ' ']) { format!("$['{name}']") } else { format!("$.{name}") }
}

#[test]
fn objects_are_looked_into_and_name_what_they_hold() {
    check(
        json!({
            "store": {"phone": "12155550000", "email": "shop@b.example"},
            "data": {"buyer": {"id": "C-1", "name": {"first": "JOHN", "last": " Smith "}, "phone": {"kind": "mobile", "number": 12155556677_u64}}},
            "meta": {"mail": "a@b.example"},
            "order": {"id": 7, "total": 12.5, "paid": true},
        }),
        &["order_id", "total", "Paid", "missing", "order_id", "phone"],
        json!({
            "identifier": {"field": "phone", "from": "$.data.buyer.phone.number"},
            "map": [
                {"field": "first_name", "from": "$.data.buyer.name.first", "transforms": ["title"]},
                {"field": "last_name", "from": "$.data.buyer.name.last", "transforms": ["trim"]},
                {"field": "order_id", "from": "$.order.id"},
                {"field": "total", "from": "$.order.total"},
                {"field": "Paid", "from": "$.order.paid"},
                {"field": "email", "from": "$.meta.mail"},
            ],
        }),
    );
}

#[test]
fn the_better_name_and_the_shallower_place_win() {
    let identifier = |sample: Value| suggest(&sample, &[]).identifier.map(|identifier| identifier.from);
    let number = "12155556677";
    assert_eq!(identifier(json!({"mobile": number, "phone": number})).as_deref(), Some("$.phone"));
    assert_eq!(identifier(json!({"a": {"phone": number}, "tel": number})).as_deref(), Some("$.tel"));
    assert_eq!(
        identifier(json!({"a": {"phone": number}, "contact": {"phone": number}})).as_deref(),
        Some("$.contact.phone")
    );
    assert_eq!(
        identifier(json!({"email": "a@b.example", "user": {"mobile": number}})).as_deref(),
        Some("$.user.mobile")
    );
    assert_eq!(
        identifier(json!({"phone": "n/a", "mobile": number})).as_deref(),
        Some("$.mobile"),
        "a phone is a phone"
    );
    assert_eq!(identifier(json!({"company": {"phone": number}})), None, "somebody else's phone");
}

#[test]
fn a_name_that_is_declared_is_that_field() {
    check(
        json!({"Loyalty-Level": " gold ", "loyalty_level": "silver", "mobile": "12155556677", "First Name": "John"}),
        &["loyalty_level", "mobile", "First Name"],
        json!({
            "identifier": {"field": "phone", "from": "$.mobile"},
            "map": [
                {"field": "loyalty_level", "from": "$.loyalty_level"},
                {"field": "mobile", "from": "$.mobile"},
                {"field": "First Name", "from": "$['First Name']"},
            ],
        }),
    );
    check(
        json!({"LoyaltyLevel": " gold "}),
        &["loyalty_level"],
        json!({"map": [{"field": "loyalty_level", "from": "$.LoyaltyLevel", "transforms": ["trim"]}]}),
    );
}

#[test]
fn an_array_of_contacts_makes_one_run_for_each() {
    check(
        json!({"source": "shop", "orders": [{"buyer": {"phone": "12155556677"}, "first_name": "John"}], "tags": ["phone"]}),
        &["source"],
        json!({
            "each": "$.orders",
            "identifier": {"field": "phone", "from": "$.orders.buyer.phone"},
            "map": [{"field": "first_name", "from": "$.orders.first_name"}, {"field": "source", "from": "$.source"}],
        }),
    );
    check(
        json!([{"email": "a@b.example"}, {"email": "c@d.example"}]),
        &[],
        json!({"each": "$", "identifier": {"field": "email", "from": "$.email"}, "map": []}),
    );
    check(
        json!({"phone": "12155556677", "contacts": [{"phone": "12155556678"}]}),
        &[],
        json!({"identifier": {"field": "phone", "from": "$.phone"}, "map": []}),
    );
    check(
        json!({"a": [{"email": "a@b.example"}], "b": [{"phone": "12155556677"}]}),
        &[],
        json!({"each": "$.b", "identifier": {"field": "phone", "from": "$.b.phone"}, "map": []}),
    );
}

#[test]
fn what_does_not_fit_or_says_nothing_is_not_proposed() {
    let nothing = json!({"map": []});
    for sample in [
        json!(null),
        json!("12155556677"),
        json!({}),
        json!([]),
        json!([[{"phone": "12155556677"}]]),
        json!({"phone": null, "email": "", "first_name": "  ", "last_name": "17"}),
        json!({"phone": "hello", "email": "a@b", "first_name": true, "user_id": "a\nb"}),
        json!({"phone": 1.5, "mobile": true, "cell": "123", "tel": {"a": 1}}),
        json!({"phone'\"": "12155556677", "pho\\ne": "12155556677", "ph\u{0}one": "12155556677"}),
        json!({"a": {"b": {"c": {"d": {"e": {"phone": "12155556677"}}}}}}),
        json!({"points": 18446744073709551615_u64}),
    ] {
        check(sample, &["points", "", "--", "''"], nothing.clone());
    }
}

#[test]
fn a_huge_sample_is_looked_at_in_part() {
    let mut members: serde_json::Map<String, Value> =
        (0..100_000).map(|n| (format!("a{n}"), json!({"phone": n}))).collect();
    members.insert("Phone".to_owned(), json!("12155556677"));
    let proposed = suggest(&Value::Object(members), &["phone"; 5_000]);
    assert_eq!(proposed.identifier.map(|found| found.from).as_deref(), Some("$.Phone"));
    assert_eq!(proposed.map, []);
    let long = json!({"a".repeat(1_000_000): 1, "phone": "12155556677"});
    assert_eq!(suggest(&long, &[]).identifier.map(|found| found.from).as_deref(), Some("$.phone"));
}
