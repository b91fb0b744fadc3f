//! `hookbox:plugin/contacts`: changes of the contact that the run is about.
//!
//! Refused: identifiers (`phone`, `email`, `external_id`) and other names that no field has, what is not granted, values that are not JSON scalars.

use hookbox_model::{Effect, Field, FieldValue, Grants};

use super::texts::{BODY_CHARS_MAX, check_name, invalid};
use crate::bindings::hookbox::plugin::contacts::Host;
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::state::GuestState;

/// The longest JSON text of a field value, in bytes: a text of 10,000 characters with every one escaped.
const VALUE_BYTES_MAX: usize = BODY_CHARS_MAX * 12;

impl Host for GuestState {
    fn set_field(&mut self, name: String, value: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_field(&name)?;
        let value = parse_scalar(&value)?;
        self.granted(Grants::CONTACTS_WRITE, &name)?;
        let bytes = name.len() + value.bytes();
        self.ask(Effect::SetField { name, value }, bytes)
    }

    fn clear_field(&mut self, name: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_field(&name)?;
        self.granted(Grants::CONTACTS_WRITE, &name)?;
        let bytes = name.len();
        self.ask(Effect::ClearField { name }, bytes)
    }

    fn add_tag(&mut self, tag: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_name("tag", &tag)?;
        self.granted(Grants::CONTACTS_TAG, &tag)?;
        let bytes = tag.len();
        self.ask(Effect::AddTag { tag }, bytes)
    }

    fn remove_tag(&mut self, tag: String) -> Result<(), Refusal> {
        self.count_call()?;
        check_name("tag", &tag)?;
        self.granted(Grants::CONTACTS_TAG, &tag)?;
        let bytes = tag.len();
        self.ask(Effect::RemoveTag { tag }, bytes)
    }
}

fn check_field(name: &str) -> Result<(), Refusal> {
    Field::check_name(name).or_else(|error| invalid(error.to_string()))
}

fn parse_scalar(json: &str) -> Result<FieldValue, Refusal> {
    if json.len() > VALUE_BYTES_MAX {
        return invalid("the value is longer than 10,000 characters");
    }
    let value: serde_json::Value = match serde_json::from_str(json) {
        Ok(value) => value,
        Err(_) => return invalid("the value is not JSON; a text needs its quotation marks"),
    };
    match FieldValue::from_json(&value) {
        Some(FieldValue::Text(text)) if text.chars().count() > BODY_CHARS_MAX => {
            invalid("the value is longer than 10,000 characters")
        }
        Some(FieldValue::Many(_)) | None => invalid("the value must be a string, number or boolean"),
        Some(scalar) => Ok(scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::bindings::hookbox::plugin::types::Refusal;
    use crate::state::fixture::state_with;
    use hookbox_model::{Effect, FieldValue};

    #[test]
    fn a_granted_field_is_written_with_its_type() {
        let mut state = state_with(&[("contacts.write", &["*"])]);
        for (json, value) in [
            ("\"John\"", FieldValue::Text("John".into())),
            ("42", FieldValue::Integer(42)),
            ("1.5", FieldValue::Decimal(1.5)),
            ("true", FieldValue::Boolean(true)),
        ] {
            assert!(state.set_field("x".into(), json.into()).is_ok(), "{json}");
            let effects = std::mem::take(&mut state.effects).into_effects();
            assert_eq!(effects, [Effect::SetField { name: "x".into(), value }]);
        }
    }

    #[test]
    fn what_is_not_granted_is_refused_by_the_name_of_the_grant() {
        let mut state = state_with(&[("contacts.write", &["source"]), ("contacts.tag", &["vip"])]);
        assert!(state.set_field("source".into(), "1".into()).is_ok());
        let refused = state.clear_field("first_name".into()).expect_err("not granted");
        assert!(matches!(refused, Refusal::NotGranted(text) if text.contains("contacts.write for \"first_name\"")));
        assert!(state.add_tag("vip".into()).is_ok());
        assert!(matches!(state.remove_tag("staff".into()), Err(Refusal::NotGranted(_))));
        assert_eq!(state.effects.len(), 2);
    }

    #[test]
    fn identifiers_and_values_that_make_no_sense_are_refused() {
        let mut state = state_with(&[("contacts.write", &["*"]), ("contacts.tag", &["*"])]);
        let long = "x".repeat(65);
        for (name, value) in [
            ("phone", "\"+1\""),
            ("email", "\"a\""),
            ("external_id", "1"),
            ("opted_out", "true"),
            ("", "1"),
            (" padded", "1"),
            ("bell\u{7}", "1"),
            (long.as_str(), "1"),
            ("a", "John"),
            ("a", "null"),
            ("a", "[]"),
            ("a", "[\"x\"]"),
            ("a", "{}"),
            ("a", ""),
            ("a", "18446744073709551615"),
        ] {
            let answer = state.set_field(name.into(), value.into());
            assert!(matches!(answer, Err(Refusal::Invalid(_))), "{name:?} {value:?}");
        }
        let text = format!("\"{}\"", "x".repeat(10_001));
        assert!(matches!(state.set_field("a".into(), text), Err(Refusal::Invalid(_))));
        assert!(matches!(state.add_tag(String::new()), Err(Refusal::Invalid(_))));
        assert_eq!(state.effects.len(), 0);
    }

    #[test]
    fn a_step_has_a_limit_of_effects_of_bytes_and_of_calls() {
        let mut state = state_with(&[("contacts.write", &["*"]), ("contacts.tag", &["*"])]);
        let text = format!("\"{}\"", "x".repeat(10_000));
        let answers: Vec<_> = (0..110).map(|n| state.set_field(format!("f{n}"), text.clone())).collect();
        assert!(answers[..100].iter().all(Result::is_ok));
        assert!(matches!(&answers[100], Err(Refusal::Limit(text)) if text.contains("100 effects")));

        let mut state = state_with(&[("contacts.write", &["*"])]);
        let wide = format!("\"{}\"", "\u{1f600}".repeat(10_000));
        let answers: Vec<_> = (0..40).map(|n| state.set_field(format!("f{n}"), wide.clone())).collect();
        assert!(answers.iter().any(|answer| matches!(answer, Err(Refusal::Limit(text)) if text.contains("bytes"))));

        let mut state = state_with(&[]);
        let answers: Vec<_> = (0..1_001).map(|_| state.add_tag("x".into())).collect();
        assert!(matches!(answers[999], Err(Refusal::NotGranted(_))));
        assert!(matches!(&answers[1_000], Err(Refusal::Limit(text)) if text.contains("1000 host calls")));
    }
}
