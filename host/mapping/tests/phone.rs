//! Phone numbers of many countries, as people and systems write them: what they are stored as, and what is refused.

use hookbox_mapping::phone::{PhoneError, e164, knows_country, warm};
use hookbox_mapping::{IdentifierKind, IdentifierSpec, Mapping, MappingSpec};
use serde_json::{Value, json};

/// Number, workspace's country, E.164.
const ACCEPTED: &[(&str, &str, &str)] = &[
    // North America: with and without +, with and without the country code, every way to punctuate
    ("12155556677", "US", "+12155556677"),
    ("+12155556677", "US", "+12155556677"),
    ("2155556677", "US", "+12155556677"),
    ("(215) 555-6677", "US", "+12155556677"),
    ("215.555.6677", "us", "+12155556677"),
    ("1-215-555-6677", "US", "+12155556677"),
    (" +1 (215) 555-6677 ", "DE", "+12155556677"),
    ("(+1) 215 555 6677", "DE", "+12155556677"),
    ("0012155556677", "DE", "+12155556677"),
    ("01112155556677", "US", "+12155556677"),
    ("12155556677", "", "+12155556677"),
    ("12155556677", "CA", "+12155556677"),
    ("+1\u{a0}215\u{2011}555\u{2011}6677", "US", "+12155556677"),
    ("+1215\u{200b}5556677", "US", "+12155556677"),
    ("\u{ff0b}１２１５５５５６６７７", "GB", "+12155556677"),
    ("(416) 555-0123", "CA", "+14165550123"),
    ("+1 876 210 1234", "US", "+18762101234"),
    // Germany: 493 is no American area code
    ("+49 30 901820", "US", "+4930901820"),
    ("4930901820", "US", "+4930901820"),
    ("0049 30 901820", "US", "+4930901820"),
    ("004930901820", "DE", "+4930901820"),
    ("030 901820", "DE", "+4930901820"),
    ("+49 (0)30 901820", "DE", "+4930901820"),
    ("4930901820", "DE", "+4930901820"),
    ("030/901820", "DE", "+4930901820"),
    ("0151 23456789", "DE", "+4915123456789"),
    // Great Britain, Ireland
    ("+44 20 7946 0958", "US", "+442079460958"),
    ("442079460958", "US", "+442079460958"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("+44 (0)20 7946 0958", "US", "+442079460958"),
    ("07400 123456", "GB", "+447400123456"),
    ("442079460958", "GB", "+442079460958"),
    ("087 123 4567", "IE", "+353871234567"),
    // France, Belgium, the Netherlands, Switzerland, Austria
    ("01 42 68 53 00", "FR", "+33142685300"),
    ("06.12.34.56.78", "FR", "+33612345678"),
    ("33612345678", "FR", "+33612345678"),
    ("0470 12 34 56", "BE", "+32470123456"),
    ("06 12345678", "NL", "+31612345678"),
    ("020 123 4567", "NL", "+31201234567"),
    ("078 123 45 67", "CH", "+41781234567"),
    ("0664 123456", "AT", "+43664123456"),
    // Italy keeps its zero, Spain and Portugal have none
    ("06 1234 5678", "IT", "+390612345678"),
    ("+39 06 1234 5678", "US", "+390612345678"),
    ("312 345 6789", "IT", "+393123456789"),
    ("612 34 56 78", "ES", "+34612345678"),
    ("912 345 678", "PT", "+351912345678"),
    // Scandinavia, Finland, Poland, Czechia, Greece
    ("070-123 45 67", "SE", "+46701234567"),
    ("406 12 345", "NO", "+4740612345"),
    ("+358 41 2345678", "US", "+358412345678"),
    ("512 345 678", "PL", "+48512345678"),
    ("601 123 456", "CZ", "+420601123456"),
    ("691 234 5678", "GR", "+306912345678"),
    // Latin America, where mobile numbers change their shape abroad
    ("11 2345-6789", "AR", "+541123456789"),
    ("011 15-2345-6789", "AR", "+5491123456789"),
    ("+54 9 11 2345 6789", "US", "+5491123456789"),
    ("(11) 96123-4567", "BR", "+5511961234567"),
    ("5511961234567", "BR", "+5511961234567"),
    ("55 1234 5678", "MX", "+525512345678"),
    // Asia, Oceania
    ("098765 43210", "IN", "+919876543210"),
    ("919876543210", "IN", "+919876543210"),
    ("090-1234-5678", "JP", "+819012345678"),
    ("010-2345-6789", "KR", "+821023456789"),
    ("138 0013 8000", "CN", "+8613800138000"),
    ("8123 4567", "SG", "+6581234567"),
    ("6581234567", "US", "+6581234567"),
    ("5123 4567", "HK", "+85251234567"),
    ("0812-345-678", "ID", "+62812345678"),
    ("0905 123 4567", "PH", "+639051234567"),
    ("0912 345 678", "VN", "+84912345678"),
    ("0412 345 678", "AU", "+61412345678"),
    ("021 123 4567", "NZ", "+64211234567"),
    // Russia, Turkey, the Near East, Africa
    ("8 (912) 345-67-89", "RU", "+79123456789"),
    ("+7 912 345 67 89", "US", "+79123456789"),
    ("0501 234 56 78", "TR", "+905012345678"),
    ("050-234-5678", "IL", "+972502345678"),
    ("٠٥٠ ١٢٣ ٤٥٦٧", "AE", "+971501234567"),
    ("082 123 4567", "ZA", "+27821234567"),
    ("0802 123 4567", "NG", "+2348021234567"),
    ("0712 123456", "KE", "+254712123456"),
    // no country at all
    ("+800 1234 5678", "US", "+80012345678"),
];

#[test]
fn one_number_has_one_stored_form_however_it_is_written() {
    for (text, country, expected) in ACCEPTED {
        assert_eq!(e164(text, country).as_deref(), Ok(*expected), "{text:?} in {country}");
    }
}

#[test]
fn the_stored_form_is_looked_up_as_itself_from_every_country() {
    for (_, _, stored) in ACCEPTED {
        for country in ["", "US", "DE", "AR", "IT", "CN", "RU"] {
            assert_eq!(e164(stored, country).as_deref(), Ok(*stored), "{stored} in {country}");
            let bare = &stored[1..];
            assert_eq!(e164(bare, "").as_deref(), Ok(*stored), "{bare} without a country");
        }
    }
}

#[test]
fn the_same_person_written_in_five_ways_is_one_contact() {
    for (country, stored, ways) in [
        (
            "US",
            "+12155556677",
            ["12155556677", "+1 215-555-6677", "(215) 555-6677", "215.555.6677", "011 1 215 555 6677"].map(Value::from),
        ),
        (
            "DE",
            "+4915123456789",
            ["0151 23456789", "+49 151 23456789", "0049 151 23456789", "49151/23456789", "+49 (0)151 2345-6789"]
                .map(Value::from),
        ),
        (
            "GB",
            "+447400123456",
            ["07400 123456", "+44 7400 123456", "+44 (0)7400 123456", "447400123456", "0044 7400 123456"]
                .map(Value::from),
        ),
        (
            "US",
            "+12155556677",
            [
                json!(2155556677_u64),
                json!(12155556677_u64),
                json!("+12155556677"),
                json!("1 215 555 6677"),
                json!(" 1(215)555-6677 "),
            ],
        ),
    ] {
        for way in ways {
            let identifier = IdentifierSpec { field: IdentifierKind::Phone, from: "$.phone".to_owned() };
            let mapping = Mapping::compile(&MappingSpec { identifier, fields: Vec::new() }).expect("a good mapping");
            let mapped = mapping.apply(&json!({"phone": way}), country).expect("a phone number");
            assert_eq!(mapped.identifier, (IdentifierKind::Phone, stored.to_owned()), "{way} in {country}");
        }
    }
}

#[test]
fn what_is_no_phone_number_is_refused() {
    for (text, country, expected) in [
        ("", "US", "it is empty"),
        ("  ", "US", "it is empty"),
        ("hello", "US", "characters other than digits"),
        ("1-800-FLOWERS", "US", "characters other than digits"),
        ("215-555-6677 ext. 5", "US", "characters other than digits"),
        ("215-555-6677 x5", "US", "characters other than digits"),
        ("215-555-6677,5", "US", "characters other than digits"),
        ("tel:+12155556677", "US", "characters other than digits"),
        ("order 12155556677", "US", "characters other than digits"),
        ("12155556677; DROP TABLE", "US", "characters other than digits"),
        ("{{payload.phone}}", "US", "characters other than digits"),
        ("+1 215 555\u{0} 6677", "US", "characters other than digits"),
        (&"1".repeat(65), "US", "longer than 64 characters"),
        ("+", "US", "not a valid phone number"),
        ("0", "US", "not a valid phone number"),
        ("123", "US", "not a valid phone number"),
        ("911", "US", "not a valid phone number"),
        ("+1 555 555 5555", "US", "not a valid phone number"),
        ("+1 215 555 667", "US", "not a valid phone number"),
        ("+1 215 555 66778", "US", "neither in US nor written internationally"),
        ("555-6677", "US", "send it with `+` and the country code"),
        ("+999123456789", "US", "not a valid phone number"),
        ("0000000000", "DE", "not a valid phone number"),
        ("2155556677", "", "not a valid phone number;"),
        ("½½½½½½½½½½", "US", "not a valid phone number"),
        ("12155556677", "XX", "`XX` is not a country"),
        ("+12155556677", "Germany", "two letters of ISO 3166"),
        ("+12155556677", "001", "is not a country"),
    ] {
        let message = e164(text, country).expect_err(text).to_string();
        assert!(message.contains(expected), "{text:?} in {country}: {message}");
    }
}

#[test]
fn a_refusal_does_not_repeat_the_number() {
    let error = e164("+1 555 555 5555", "us").expect_err("not assigned");
    assert_eq!(error, PhoneError::NotValid { country: "US".to_owned() });
    assert!(!error.to_string().contains("555"), "{error}");
}

#[test]
fn countries_are_known_by_two_letters() {
    assert!(["US", "us", "DE", "XK", "GG"].into_iter().all(knows_country));
    assert!(!["", "XX", "USA", "001", "U", "ÜS", "  "].into_iter().any(knows_country));
    warm("US");
    warm("no such country");
}
