//! `date`: what senders write as dates, what it is made into, and what is refused.

use hookbox_mapping::{
    FieldSpec, IdentifierKind, IdentifierSpec, Mapping, MappingError, MappingSpec, Nothing, Scope, Settings,
    SourceSpec, WriteSpec,
};
use serde_json::{Map, Value, json};

fn with(transform: &Value) -> MappingSpec {
    let field = FieldSpec {
        field: "due".to_owned(),
        source: SourceSpec::From("$.at".to_owned()),
        transforms: vec![transform.clone()],
        required: false,
        write: WriteSpec::Overwrite,
    };
    let identifier = IdentifierSpec { field: IdentifierKind::ExternalId, from: "$.id".to_owned() };
    MappingSpec { identifier, fields: vec![field] }
}

fn date(transform: &Value, value: &Value) -> Result<Option<Value>, MappingError> {
    let mapping = Mapping::compile(&with(transform)).expect("a good mapping");
    let mapped = mapping.apply(&json!({"id": 1, "at": value}), "US")?;
    Ok(mapped.fields.into_iter().next().map(|field| field.value))
}

#[track_caller]
fn check(transform: Value, value: Value, expected: &str) {
    assert_eq!(date(&transform, &value), Ok(Some(json!(expected))), "{transform} of {value}");
}

#[track_caller]
fn refused(transform: Value, value: Value, expected: &str) {
    let error = date(&transform, &value).expect_err("no date").to_string();
    assert!(error.starts_with("due: transform date failed on the value of `$.at`: "), "{error}");
    assert!(error.contains(expected), "{transform} of {value}: {error}");
}

#[test]
fn without_arguments_a_moment_is_in_utc_and_a_day_stays_a_day() {
    for (value, expected) in [
        // RFC 3339 and ISO 8601
        ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
        (" 2026-11-24T09:00:00Z ", "2026-11-24T09:00:00Z"),
        ("2026-11-24t09:00:00z", "2026-11-24T09:00:00Z"),
        ("2026-11-24 10:00:00+01:00", "2026-11-24T09:00:00Z"),
        ("2026-11-24T09:00:00.123Z", "2026-11-24T09:00:00.123Z"),
        ("2026-11-24T09:00-05:30", "2026-11-24T14:30:00Z"),
        ("20261124T090000Z", "2026-11-24T09:00:00Z"),
        ("2026-11-24T23:59:60Z", "2026-11-24T23:59:59Z"),
        ("2026-11-24T10:00:00", "2026-11-24T10:00:00Z"),
        ("2026-11-24 10:00", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00[Europe/Berlin]", "2026-11-24T09:00:00Z"),
        ("2026-11-24T10:00+01:00[Europe/Berlin]", "2026-11-24T09:00:00Z"),
        ("2026-11-24", "2026-11-24"),
        ("20261124", "2026-11-24"),
        ("2026-W48-2", "2026-11-24"),
        // RFC 2822
        ("Tue, 24 Nov 2026 10:00:00 +0100", "2026-11-24T09:00:00Z"),
        ("24 Nov 2026 09:00 GMT", "2026-11-24T09:00:00Z"),
        // digits
        ("1795510800", "2026-11-24T09:00:00Z"),
        ("1795510800123", "2026-11-24T09:00:00.123Z"),
        ("1795510800.5", "2026-11-24T09:00:00.5Z"),
    ] {
        check(json!("date"), json!(value), expected);
    }
    check(json!("date"), json!(1795510800), "2026-11-24T09:00:00Z");
    check(json!("date"), json!(1795510800123_i64), "2026-11-24T09:00:00.123Z");
    check(json!("date"), json!(1795510800.123), "2026-11-24T09:00:00.123Z");
    check(json!("date"), json!(0), "1970-01-01T00:00:00Z");
    check(json!("date"), json!(-1), "1969-12-31T23:59:59Z");
    check(json!("date"), json!(99_999_999_999_i64), "5138-11-16T09:46:39Z");
    check(json!("date"), json!(100_000_000_000_i64), "1973-03-03T09:46:40Z");
    check(json!("date"), json!(20261124), "2026-11-24");
    assert_eq!(date(&json!("date"), &json!(" ")), Ok(None));
    assert_eq!(date(&json!("date"), &json!(null)), Ok(None));
}

#[test]
fn a_format_and_a_zone_say_how_it_is_written() {
    let berlin = |format: &str| json!({"date": [format, "Europe/Berlin"]});
    check(berlin("%e %B, %H:%M"), json!("2026-11-04T09:00:00Z"), " 4 November, 10:00");
    check(berlin("%-d.%-m.%y %H:%M %Z"), json!("2026-07-04T09:00:00Z"), "4.7.26 11:00 CEST");
    check(berlin("%A, %b %d at %-I:%M %p"), json!(1795510800), "Tuesday, Nov 24 at 10:00 AM");
    check(berlin("%Y-%m-%dT%H:%M:%S%:z"), json!("2026-11-24T09:00:00Z"), "2026-11-24T10:00:00+01:00");
    check(berlin("%d.%m.%Y"), json!("2026-11-24T23:30:00Z"), "25.11.2026");
    check(berlin("Größe %H"), json!("2026-11-24T09:00:00Z"), "Größe 10");
    check(berlin("%d.%m.%Y"), json!("2026-11-24"), "24.11.2026");
    check(json!({"date": "%H:%M"}), json!("2026-11-24T10:00:00+01:00"), "09:00");
    check(json!({"date": ["", "America/New_York"]}), json!(1795510800), "2026-11-24T04:00:00-05:00");
    check(json!({"date": ["", "America/New_York"]}), json!("2026-11-24"), "2026-11-24");
    // A clock without an offset is read where it is written.
    check(berlin("%H:%M"), json!("2026-11-24T10:00:00"), "10:00");
    check(json!({"date": ["", "Europe/Berlin"]}), json!("2026-11-24T10:00:00"), "2026-11-24T10:00:00+01:00");
    // 02:30 was skipped in this night and 02:30 was there twice in that one: the later and the earlier moment.
    check(json!({"date": ["", "Europe/Berlin"]}), json!("2026-03-29T02:30:00"), "2026-03-29T03:30:00+02:00");
    check(json!({"date": ["", "Europe/Berlin"]}), json!("2026-10-25T02:30:00"), "2026-10-25T02:30:00+02:00");
    check(json!({"date": "%y"}), json!("2126-11-24"), "26");
    check(json!({"date": "%s"}), json!("2026-11-24T09:00:00Z"), "1795510800");
}

#[test]
fn a_third_argument_says_how_it_is_read() {
    let read_as = |format: &str| json!({"date": ["", "", format]});
    check(read_as("%d.%m.%Y"), json!("24.11.2026"), "2026-11-24");
    check(read_as("%m/%d/%Y"), json!("11/24/2026"), "2026-11-24");
    check(read_as("%d.%m.%Y %H:%M"), json!("24.11.2026 10:00"), "2026-11-24T10:00:00Z");
    check(
        json!({"date": ["", "Europe/Berlin", "%d.%m.%Y %H:%M"]}),
        json!("24.11.2026 10:00"),
        "2026-11-24T10:00:00+01:00",
    );
    check(read_as("%b %d, %Y %I:%M %p"), json!("nov 24, 2026 10:00 pm"), "2026-11-24T22:00:00Z");
    check(read_as("%Y%m%d%H%M%S"), json!(20261124100000_i64), "2026-11-24T10:00:00Z");
    check(read_as("%d/%b/%Y:%H:%M:%S %z"), json!("24/Nov/2026:10:00:00 +0100"), "2026-11-24T09:00:00Z");
    check(read_as("%F %T %Q"), json!("2026-11-24 10:00:00 Europe/Berlin"), "2026-11-24T09:00:00Z");
    check(read_as("%s"), json!("12"), "1970-01-01T00:00:12Z");
    check(json!({"date": ["%d %B", "", "%Y%m%d"]}), json!(20261124), "24 November");
    refused(read_as("%d.%m.%Y"), json!("2026-11-24"), "not a date written as `%d.%m.%Y`");
    refused(read_as("%d.%m.%Y"), json!("24.11.2026 10:00"), "not a date written as");
    refused(read_as("%d.%m.%Y"), json!("31.11.2026"), "not a date written as");
    refused(read_as("%F %T %Q"), json!("2026-11-24 10:00:00 Mars/Olympus"), "not a date written as");
}

#[test]
fn what_is_no_date_is_an_error_that_does_not_show_it() {
    for value in [
        json!("tomorrow"),
        json!("24.11.2026"),
        json!("11/24/2026"),
        json!("2026-02-30"),
        json!("2026-13-01T00:00:00Z"),
        json!("10:00"),
        json!("2026"),
        json!("12345"),
        json!("99999999999999999999"),
        json!("20261124100000"),
        json!("1.795.510.800"),
        json!("123456789.1.1"),
        json!("2026-11-24T10:00[Mars/Olympus]"),
        json!("x".repeat(60_000)),
        json!(10_000_000_000_000_i64),
        json!(u64::MAX),
        json!(-1e300),
        json!(true),
    ] {
        refused(json!("date"), value, "this is no date in a form that is known");
    }
    refused(json!("date"), json!([1]), "works on texts and this is an array");
    refused(json!({"date": "%H:%M"}), json!("2026-11-24"), "this is a day without a time and `%H:%M` writes one");
    refused(json!({"date": "%F %Z"}), json!("2026-11-24"), "this is a day without a time");
    let error = date(&json!("date"), &json!("secret day")).expect_err("no date");
    assert!(error.code() == "transform-failed" && !error.to_string().contains("secret"), "{error}");
}

#[test]
fn formats_and_zones_are_checked_when_a_mapping_is_saved() {
    for (transform, expected) in [
        (json!({"date": "%K"}), "is no format of date"),
        (json!({"date": "%"}), "is no format of date"),
        (json!({"date": "%099999999d"}), "is no format of date"),
        (json!({"date": "%-"}), "is no format of date"),
        (json!({"date": "%c"}), "differs from country to country"),
        (json!({"date": "%_5X"}), "differs from country to country"),
        (json!({"date": "%d".repeat(101)}), "at most 200 bytes"),
        (json!({"date": ["%d", "Mars/Olympus"]}), "\"Mars/Olympus\" is no time zone"),
        (json!({"date": ["%d", "../../etc/passwd"]}), "is no time zone"),
        (json!({"date": ["", "", "%d.%m."]}), "cannot be read back"),
        (json!({"date": ["", "", "%H:%M"]}), "cannot be read back"),
        (json!({"date": ["", "", "%F %Z"]}), "cannot be read back"),
        (json!({"date": ["", "", "%K"]}), "is no format of date"),
        (json!({"date": 5}), "up to three texts"),
        (json!({"date": ["%d", "UTC", "%F", "x"]}), "up to three texts"),
        (json!({"date": {"format": "%d"}}), "up to three texts"),
    ] {
        let faults = Mapping::compile(&with(&transform)).expect_err("a bad mapping");
        assert_eq!(faults[0].place, "trigger.webhook.map[0].transforms[0]");
        assert!(faults[0].message.contains(expected), "{transform}: {}", faults[0].message);
    }
    let wide = json!({"date": "%255d".repeat(40)});
    let text = date(&wide, &json!("2026-11-24")).expect("a date").expect("a value");
    assert!(text.as_str().is_some_and(|text| text.len() <= 40 * 30), "padding is bounded");
}

#[test]
fn a_message_says_when_in_the_words_of_its_reader() {
    let render = |body: &str, at: Value| {
        let settings: Map<String, Value> = [("body".to_owned(), json!(body))].into_iter().collect();
        let payload = json!({"at": at});
        let settings = Settings::compile(&settings).map_err(|faults| faults[0].to_string())?;
        let scope = Scope { payload: &payload, contact: &Nothing, steps: &Nothing };
        settings.render(&scope).map(|json| json.into_owned()).map_err(|error| error.to_string())
    };
    let body = r#"See you {{payload.at | date("%e %B, %H:%M", "Europe/Berlin")}}."#;
    assert_eq!(render(body, json!("2026-11-24T09:00:00Z")).as_deref(), Ok(r#"{"body":"See you 24 November, 10:00."}"#));
    assert_eq!(render(body, json!(null)).as_deref(), Ok(r#"{"body":"See you ."}"#));
    let error = render(body, json!("soon")).expect_err("no date");
    assert!(error.contains("body") && error.contains("date failed on `payload.at`: this is no date"), "{error}");
    let error = render(r#"{{payload.at | date("%e", "Berlin")}}"#, json!(1)).expect_err("no zone");
    assert!(error.contains("settings.body") && error.contains("\"Berlin\" is no time zone"), "{error}");
}
