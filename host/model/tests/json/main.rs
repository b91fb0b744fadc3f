//! What the strict parser does with each text of the corpus, and with texts that are too long to be written out.

mod corpus;

use std::collections::BTreeSet;

use bytes::Bytes;
use corpus::{ACCEPTED, DECIDED, Decision, REFUSED};
use hookbox_model::{JsonLimits, Payload};
use serde_json::Value;

/// The fewest texts that the corpus has.
const TEXTS_MIN: usize = 300;

fn parse(text: &[u8]) -> Result<Payload, String> {
    let parsed = Payload::parse(Bytes::copy_from_slice(text), JsonLimits::default());
    parsed.map_err(|error| error.to_string())
}

#[track_caller]
fn check_taken(name: &str, text: &[u8]) -> Payload {
    let payload = parse(text).unwrap_or_else(|error| panic!("{name} is refused: {error}"));
    assert_eq!(payload.raw(), text, "{name}: the raw bytes are the truth");
    // A reader without our rules gives the same value: we refuse more, and read nothing otherwise.
    assert_eq!(**payload.value(), serde_json::from_slice::<Value>(text).expect("JSON"), "{name}");
    payload
}

#[track_caller]
fn check_refused(name: &str, text: &[u8], what: &str, byte: usize) {
    let expected = format!("{what} at byte {byte}");
    match parse(text) {
        Ok(payload) => panic!("{name} is taken as {}", payload.value()),
        Err(error) => assert_eq!(error, expected, "{name}"),
    }
    assert!(byte <= text.len(), "{name}: the byte is in the text or at its end");
}

#[test]
fn json_is_taken_as_it_came() {
    for (name, text) in ACCEPTED {
        check_taken(name, text);
    }
}

#[test]
fn what_is_no_json_is_refused_with_what_is_wrong_and_where() {
    for (name, text, what, byte) in REFUSED {
        check_refused(name, text, what, *byte);
    }
}

#[test]
fn what_the_standard_leaves_open_is_decided_and_not_left_to_chance() {
    for (name, text, decision, why) in DECIDED {
        match decision {
            Decision::Take(value) => assert_eq!(check_taken(name, text).value().to_string(), *value, "{name}: {why}"),
            Decision::Refuse(what, byte) => check_refused(name, text, what, *byte),
        }
        assert!(!why.is_empty(), "{name} has a reason");
    }
}

#[test]
fn the_corpus_does_not_shrink_and_every_text_has_a_name_of_its_own() {
    let accepted = ACCEPTED.iter().map(|(name, text)| ("y_", *name, *text));
    let refused = REFUSED.iter().map(|(name, text, ..)| ("n_", *name, *text));
    let decided = DECIDED.iter().map(|(name, text, ..)| ("i_", *name, *text));
    let (mut names, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for (kind, name, text) in accepted.chain(refused).chain(decided) {
        assert!(name.starts_with(kind), "{name} is in the table of {kind}");
        assert!(names.insert(name), "{name} is there twice");
        assert!(texts.insert(text), "{name} has the text of another");
    }
    assert!(texts.len() >= TEXTS_MIN, "only {} texts", texts.len());
}

#[test]
fn a_text_may_be_as_deep_as_the_limit_and_no_deeper() {
    let nested = |open: &str, inside: &str, close: &str, levels: usize| {
        format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
    };
    for (open, inside, close) in [("[", "", "]"), ("[", "1", "]"), ("{\"a\":", "1", "}"), (" [ ", "{}", " ] ")] {
        let own = usize::from(inside == "{}");
        check_taken(open, nested(open, inside, close, 64 - own).as_bytes());
        let deeper = parse(nested(open, inside, close, 65 - own).as_bytes()).expect_err("too deep");
        assert!(deeper.starts_with("nested too deeply: at most 64 levels are taken at byte "), "{open}: {deeper}");
    }
    let mixed = nested("[{\"a\":", "1", "}]", 32);
    check_taken("arrays and objects in turn", mixed.as_bytes());
    parse(format!("[{mixed}]").as_bytes()).expect_err("one more is too deep");
    // Depth costs no stack: the parser does not go deeper than the limit.
    for (open, levels) in [("[", 500), ("[", 100_000), ("[{\"\":", 50_000), ("{\"a\":", 100_000)] {
        let error = parse(open.repeat(levels).as_bytes()).expect_err("too deep");
        assert!(error.starts_with("nested too deeply"), "{open} {levels} times: {error}");
    }
}

#[test]
fn a_text_may_have_as_many_values_as_the_limit_and_no_more() {
    let wide = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
    check_taken("the most values", wide(50_000).as_bytes());
    let error = parse(wide(50_001).as_bytes()).expect_err("too many");
    assert!(error.starts_with("too many values: at most 50000 are taken at byte "), "{error}");
    let members: Vec<String> = (0..49_999).map(|number| format!("\"{number}\":null")).collect();
    check_taken("an object of the most members", format!("{{{}}}", members.join(",")).as_bytes());
    parse(format!("{{{},\"more\":null}}", members.join(",")).as_bytes()).expect_err("too many");
}

#[test]
fn long_texts_numbers_and_keys_are_judged_like_short_ones() {
    let long = "x".repeat(1 << 20);
    check_taken("a long string", format!("\"{long}\"").as_bytes());
    check_taken("a long key", format!("{{\"{long}\":1}}").as_bytes());
    check_taken("many blanks", format!("{}1{}", " ".repeat(1 << 19), "\n".repeat(1 << 19)).as_bytes());
    check_taken("a long fraction", format!("0.{}1", "3".repeat(100_000)).as_bytes());
    check_taken("a fraction of zeros", format!("1.{}", "0".repeat(100_000)).as_bytes());
    check_refused(
        "a long integer",
        "7".repeat(100_000).as_bytes(),
        "an integer past 64 bits, which would be rounded; send it as a string",
        0,
    );
    check_refused(
        "a long string that does not end",
        format!("\"{long}").as_bytes(),
        "the text ends in the middle of a string",
        1 + (1 << 20),
    );
    let twice = parse(format!("{{\"{long}\":1,\"{long}\":2}}").as_bytes()).expect_err("a key twice");
    assert!(twice.starts_with("duplicate key \"xxx") && twice.len() < 120, "a long key is cut: {} bytes", twice.len());
}

#[test]
fn every_beginning_of_a_text_is_refused_until_it_is_whole() {
    let text = br#" {"a":[1,-2.5e+3,"b\u00e9\ud83d\ude00\n",true,false,null,{}],"c":{"d":[]}}"#;
    for end in 0..text.len() {
        let error = parse(&text[..end]).expect_err("it is not whole");
        assert!(error.contains(" at byte "), "{end}: {error}");
    }
    check_taken("the whole", text);
}

#[test]
fn no_single_byte_anywhere_makes_the_parser_fail_otherwise_than_with_words() {
    let text = br#"{"a":[1,-2.5e+3,"b\u00e9\ud83d\ude00\n",true,null,{}],"c":"\\"}"#;
    for at in 0..text.len() {
        for byte in 0..=u8::MAX {
            let mut changed = text.to_vec();
            changed[at] = byte;
            match parse(&changed) {
                Ok(payload) => drop(check_taken("a changed text", payload.raw())),
                Err(error) => assert!(error.contains(" at byte "), "{error}"),
            }
        }
    }
}
