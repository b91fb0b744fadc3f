//! The action `remove-from-list`: takes the contact off a list. Not being on it is no failure; a list that does not exist is.

use hookbox_sdk::{Call, Failure, Outcome, lists};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name of the list that the contact is taken off.
    #[schemars(title = "List", length(min = 1), extend("format" = "list"))]
    list: String,
}

#[hookbox_sdk::action(
    name = "remove-from-list",
    title = "Remove from a list",
    description = "Takes the contact off a list. Nothing happens when the contact is not on it.",
    needs(lists::write("*", reason = "The list is chosen in the settings of each automation"))
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    lists::remove(&call.settings.list)?;
    Ok(Outcome::done())
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::Outcome;
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    #[test]
    fn a_document_that_names_no_list_of_the_workspace_can_be_refused_when_it_is_saved() {
        assert!(manifest().settings.contains(r#""format":"list""#), "{}", manifest().settings);
    }

    #[test]
    fn the_contact_is_taken_off_the_list() {
        let report = Host::granting(manifest()).lists(["leads"]).run(run, r#"{"list": "leads"}"#);
        assert_eq!(report.result, Ok(Outcome::done()));
        assert_eq!(report.effects, [Effect::RemoveFromList { list: "leads".into() }]);
    }

    #[test]
    fn a_list_that_does_not_exist_fails_for_good() {
        let report = Host::granting(manifest()).run(run, r#"{"list": "leads"}"#);
        assert_eq!(report.failure_code(), Some("invalid"));
    }
}
