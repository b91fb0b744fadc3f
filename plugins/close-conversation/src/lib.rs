//! The action `close-conversation`: closes the conversation of the automation's inbox with the contact, with a note if one
//! is given.

use hookbox_sdk::{Call, Failure, Outcome, conversations};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Why it is closed. Only members see the note.
    #[serde(default)]
    #[schemars(title = "Note", length(min = 1, max = 10_000))]
    note: Option<String>,
}

#[hookbox_sdk::action(
    name = "close-conversation",
    title = "Close the conversation",
    description = "Closes the conversation with the contact, with a note for members if one is given.",
    needs(conversations::write("close", "note", reason = "Closing is what this action is for; the note says why"))
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    if let Some(note) = &call.settings.note {
        conversations::add_note(note)?;
    }
    conversations::close()?;
    Ok(Outcome::done())
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::mock::{Effect, Host};

    use super::{manifest, run};

    #[track_caller]
    fn check(settings: &str, effects: &[Effect]) {
        let report = Host::granting(manifest()).run(run, settings);
        assert!(report.result.is_ok(), "{settings}: {:?}", report.result);
        assert_eq!(report.effects, effects, "{settings}");
    }

    #[test]
    fn the_conversation_is_closed_with_the_note_that_is_given() {
        check("{}", &[Effect::Close]);
        check(r#"{"note": null}"#, &[Effect::Close]);
        check(r#"{"note": "paid"}"#, &[Effect::AddNote { body: "paid".into() }, Effect::Close]);
    }

    #[test]
    fn it_stays_open_when_the_note_cannot_be_written() {
        let report = Host::new().grant("conversations.write", ["close"]).run(run, r#"{"note": "paid"}"#);
        assert_eq!(report.failure_code(), Some("not-granted"));
        assert!(report.effects.is_empty());
    }
}
