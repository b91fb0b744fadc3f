//! The action `assign-conversation`: makes a member answer for the conversation of the automation's inbox with the contact.

use hookbox_sdk::{Call, Failure, Outcome, conversations};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name of the member who gets the conversation.
    #[schemars(title = "Assign to", length(min = 1), extend("format" = "member"))]
    to: String,
}

#[hookbox_sdk::action(
    name = "assign-conversation",
    title = "Assign the conversation",
    description = "Assigns the conversation with the contact to a member. The conversation begins with it if there is none yet.",
    needs(conversations::write("assign", reason = "Assigning conversations is what this action is for"))
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    conversations::assign(&call.settings.to)?;
    Ok(Outcome::done())
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::Outcome;
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    #[test]
    fn a_document_that_names_no_member_of_the_workspace_can_be_refused_when_it_is_saved() {
        assert!(manifest().settings.contains(r#""format":"member""#), "{}", manifest().settings);
    }

    #[test]
    fn the_member_gets_the_conversation() {
        let report = Host::granting(manifest()).members(["front-desk"]).run(run, r#"{"to": "front-desk"}"#);
        assert_eq!(report.result, Ok(Outcome::done()));
        assert_eq!(report.effects, [Effect::Assign { to: "front-desk".into() }]);
    }

    #[test]
    fn a_member_who_does_not_exist_fails_for_good() {
        let report = Host::granting(manifest()).members(["front-desk"]).run(run, r#"{"to": "back-desk"}"#);
        assert_eq!(report.failure_code(), Some("invalid"));
    }

    #[test]
    fn settings_with_a_word_that_means_nothing_fail_for_good() {
        let report = Host::granting(manifest()).run(run, r#"{"to": "front-desk", "form": "x"}"#);
        assert_eq!(report.failure_code(), Some("invalid-settings"));
    }
}
