//! The action `send-message`: asks to send the contact a message. Merge tokens in the settings are rendered by the host before
//! the call; whether and when the message leaves is the host's decision too.

use hookbox_sdk::{Call, Failure, Media, Message, Outcome, messages};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The text of the message.
    #[schemars(title = "Message", length(min = 1, max = 10_000))]
    body: String,
    /// The name of the inbox that it is sent from; the automation's when empty.
    #[serde(default)]
    #[schemars(title = "Inbox", length(min = 1), extend("format" = "inbox"))]
    inbox: Option<String>,
    /// Files that go with the message.
    #[serde(default)]
    #[schemars(title = "Media", length(max = 10))]
    media: Vec<Media>,
    /// Not before this time, for example 2026-01-02T03:04:05Z; at once when empty.
    #[serde(default)]
    #[schemars(title = "Send at", extend("format" = "date-time"))]
    send_at: Option<String>,
}

/// What later steps can read.
#[derive(Serialize)]
struct Output<'a> {
    /// The message's id.
    message: &'a str,
}

#[hookbox_sdk::action(
    name = "send-message",
    title = "Send a message",
    description = "Sends the contact a message. To a contact that opted out it is recorded and not sent.",
    needs(messages::send(
        "*",
        reason = "Messages are sent from the inbox of each automation, or from the one in its settings"
    ))
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let Settings { body, inbox, media, send_at } = call.settings;
    let id = messages::send(Message { inbox, body, media, send_at })?;
    Outcome::with(&Output { message: &id })
}

#[cfg(test)]
mod tests {
    use hookbox_sdk::mock::{Effect, Host};
    use hookbox_sdk::{Media, Outcome};

    use super::{Output, manifest, run};

    #[test]
    fn a_document_that_names_no_inbox_of_the_workspace_can_be_refused_when_it_is_saved() {
        assert!(manifest().settings.contains(r#""format":"inbox""#), "{}", manifest().settings);
    }

    #[test]
    fn the_message_is_sent_and_its_id_can_be_read_later() {
        let report = Host::granting(manifest()).run(run, r#"{"body": "Hi John"}"#);
        assert_eq!(report.result, Outcome::with(&Output { message: "msg_1" }));
        assert_eq!(report.result.map(|outcome| outcome.output).as_deref(), Ok(r#"{"message":"msg_1"}"#));
        let sent =
            Effect::Send { id: "msg_1".into(), inbox: None, body: "Hi John".into(), media: Vec::new(), send_at: None };
        assert_eq!(report.effects, [sent]);
    }

    #[test]
    fn inbox_media_and_time_go_with_it() {
        let settings = r#"{"body": "Hi", "inbox": "sales", "send_at": "2026-02-03T04:05:06Z",
            "media": [{"url": "https://example.com/a.png", "content_type": "image/png"}]}"#;
        let report = Host::granting(manifest()).inboxes(["sales"]).run(run, settings);
        let sent = Effect::Send {
            id: "msg_1".into(),
            inbox: Some("sales".into()),
            body: "Hi".into(),
            media: vec![Media { url: "https://example.com/a.png".into(), content_type: "image/png".into() }],
            send_at: Some("2026-02-03T04:05:06Z".into()),
        };
        assert_eq!(report.effects, [sent]);
    }

    #[track_caller]
    fn check(settings: &str, code: &str) {
        let report = Host::granting(manifest()).run(run, settings);
        assert_eq!(report.failure_code(), Some(code), "{settings}: {:?}", report.result);
        assert!(report.effects.is_empty(), "{settings}");
    }

    #[test]
    fn what_cannot_be_sent_fails_for_good() {
        check(r#"{"body": ""}"#, "invalid");
        check(&format!(r#"{{"body": "{}"}}"#, "x".repeat(10_001)), "invalid");
        check(r#"{"body": "Hi", "inbox": "nowhere"}"#, "invalid");
        check(r#"{"body": "Hi", "send_at": "tomorrow"}"#, "invalid");
        check(
            r#"{"body": "Hi", "media": [{"url": "http://example.com/a.png", "content_type": "image/png"}]}"#,
            "invalid",
        );
        check(r#"{"inbox": "support"}"#, "invalid-settings");
    }

    #[test]
    fn an_inbox_that_was_not_granted_sends_nothing() {
        let host = Host::new().grant("messages.send", ["support"]).inboxes(["sales"]);
        assert!(host.run(run, r#"{"body": "Hi"}"#).result.is_ok());
        assert_eq!(host.run(run, r#"{"body": "Hi", "inbox": "sales"}"#).failure_code(), Some("not-granted"));
    }
}
