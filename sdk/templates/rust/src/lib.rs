//! {{title}}: what an automation does with it is said below, in `description`.

use hookbox_sdk::{Call, Failure, Outcome, contacts, lists, log};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// What an automation sets. Titles, descriptions and limits make the form, and are checked before every call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The list that contacts are put on.
    #[schemars(title = "List", length(min = 1), extend("format" = "list"))]
    list: String,
}

// What it asks to be allowed stands in `needs`. An admin reads the reasons.
#[hookbox_sdk::action(
    name = "{{name}}",
    title = "{{title}}",
    description = "Puts the contact on a list, and notes where it came from.",
    needs(
        contacts::write("source", reason = "Where the contact came from is kept there"),
        lists::write("*", reason = "The list is chosen in the settings"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let payload: Value = call.payload()?;
    let Some(source) = payload["source"].as_str() else {
        return Err(Failure::permanent(
            "no-source",
            "the payload does not say where the contact came from",
        ));
    };
    contacts::set_field("source", source)?;
    lists::add(&call.settings.list)?;
    log::info(&format!("came from {source}"));
    Outcome::with(&json!({ "source": source }))
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    #[test]
    fn a_contact_is_put_on_the_list_with_where_it_came_from() {
        let host = Host::granting(manifest()).lists(["leads"]);
        let host = host.payload(r#"{"source": "fair"}"#);
        let report = host.run(run, r#"{"list": "leads"}"#);
        let list = "leads".into();
        assert_eq!(report.effects[1], Effect::AddToList { list });
    }

    #[test]
    fn a_payload_without_a_source_fails_for_good() {
        let host = Host::granting(manifest()).lists(["leads"]);
        let report = host.run(run, r#"{"list": "leads"}"#);
        assert_eq!(report.failure_code(), Some("no-source"));
    }
}
