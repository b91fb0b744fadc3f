//! The action `update-contact`: writes or empties fields of the contact, and adds or removes tags. All of it happens or none:
//! a field that may not be written fails the step.

use std::collections::BTreeMap;

use hookbox_sdk::{Call, Failure, FieldValue, Outcome, contacts};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The fields to write, by name: a text, a number, true or false. Null empties a field.
    #[serde(default)]
    #[schemars(title = "Fields")]
    fields: BTreeMap<String, Option<FieldValue>>,
    /// Tags that the contact gets.
    #[serde(default)]
    #[schemars(title = "Add tags", inner(length(min = 1, max = 64)))]
    add_tags: Vec<String>,
    /// Tags that the contact loses.
    #[serde(default)]
    #[schemars(title = "Remove tags", inner(length(min = 1, max = 64)))]
    remove_tags: Vec<String>,
}

#[hookbox_sdk::action(
    name = "update-contact",
    title = "Update the contact",
    description = "Writes or empties fields of the contact, and adds or removes tags.",
    needs(
        contacts::write("*", reason = "The fields to write are chosen in the settings of each automation"),
        contacts::tag("*", reason = "The tags to add and remove are chosen in the settings of each automation"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let Settings { fields, add_tags, remove_tags } = call.settings;
    for (name, value) in fields {
        match value {
            Some(value) => contacts::set_field(&name, value)?,
            None => contacts::clear_field(&name)?,
        }
    }
    for tag in &add_tags {
        contacts::add_tag(tag)?;
    }
    for tag in &remove_tags {
        contacts::remove_tag(tag)?;
    }
    Ok(Outcome::done())
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::Outcome;
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    fn set(name: &str, value: &str) -> Effect {
        Effect::SetField { name: name.into(), value: value.into() }
    }

    #[test]
    fn fields_are_written_exactly_and_null_empties_them() {
        let settings =
            r#"{"fields": {"city": "Köln", "orders": 9007199254740993, "rate": 0.5, "vip": true, "note": null}}"#;
        let report = Host::granting(manifest()).run(run, settings);
        assert_eq!(report.result, Ok(Outcome::done()));
        let expected = [
            set("city", "\"Köln\""),
            Effect::ClearField { name: "note".into() },
            set("orders", "9007199254740993"),
            set("rate", "0.5"),
            set("vip", "true"),
        ];
        assert_eq!(report.effects, expected);
    }

    #[test]
    fn tags_come_and_go() {
        let report = Host::granting(manifest()).run(run, r#"{"add_tags": ["new"], "remove_tags": ["old"]}"#);
        assert_eq!(report.effects, [Effect::AddTag { tag: "new".into() }, Effect::RemoveTag { tag: "old".into() }]);
    }

    #[test]
    fn one_field_that_may_not_be_written_stops_them_all() {
        let host = Host::new().grant("contacts.write", ["city"]);
        let report = host.run(run, r#"{"fields": {"city": "Köln", "zip": "50667"}}"#);
        assert_eq!(report.failure_code(), Some("not-granted"));
        assert!(report.effects.is_empty());
    }

    #[test]
    fn an_identifier_and_a_value_that_is_no_scalar_fail_for_good() {
        let host = Host::granting(manifest());
        assert_eq!(host.run(run, r#"{"fields": {"phone": "+491"}}"#).failure_code(), Some("invalid"));
        assert_eq!(host.run(run, r#"{"fields": {"city": ["a"]}}"#).failure_code(), Some("invalid-settings"));
    }
}
