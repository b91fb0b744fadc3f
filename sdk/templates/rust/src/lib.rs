//! The action `{{name}}`: tags the contact, and counts how many were tagged.

use hookbox_sdk::{Call, Failure, FieldValue, Outcome, contacts, log, state};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// What an automation sets. Titles, descriptions and limits are what people see and what is enforced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The tag that the contact gets.
    #[schemars(title = "Tag", length(min = 1, max = 100))]
    tag: String,
}

#[hookbox_sdk::action(
    name = "{{name}}",
    title = "{{title}}",
    description = "Tags the contact and counts how many were tagged.",
    needs(
        contacts::read("first_name", reason = "The log says who was tagged"),
        contacts::tag("*", reason = "The tag is chosen in the settings"),
        state("tagged", reason = "Counts the contacts that were tagged"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let tag = call.settings.tag.trim();
    if tag.is_empty() {
        return Err(Failure::permanent("blank-tag", "the tag is blank"));
    }
    contacts::add_tag(tag)?;
    let count = state::increment("tagged", 1)?;
    match call.contact().field("first_name") {
        Some(FieldValue::Text(name)) => log::info(&format!("tagged {name} {tag}")),
        _ => log::info(&format!("tagged somebody {tag}")),
    }
    Outcome::with(&json!({ "count": count }))
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    #[test]
    fn a_contact_is_tagged_and_counted() {
        let host = Host::granting(manifest()).state([("tagged", "4")]);
        let report = host.run(run, r#"{"tag": "welcome"}"#);
        let tag = "welcome".into();
        assert_eq!(report.effects, [Effect::AddTag { tag }]);
        assert_eq!(report.state["tagged"], "5");
    }

    #[test]
    fn a_blank_tag_fails_for_good() {
        let report = Host::granting(manifest()).run(run, r#"{"tag": " "}"#);
        assert_eq!(report.failure_code(), Some("blank-tag"));
    }
}
