//! What the author of an action can rely on: the manifest, and the mock host.

use hookbox_sdk::mock::{Effect, Host};
use hookbox_sdk::{
    Call, Contact, Failure, FieldValue, Level, Media, Message, Next, Outcome, Refusal, contacts, conversations, lists,
    log, messages, state,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of the action below.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whom to greet.
    #[schemars(title = "Name", length(min = 1))]
    name: String,
    /// With what.
    #[serde(default)]
    media: Vec<Media>,
}

#[hookbox_sdk::action(
    name = "greet",
    title = "Greet",
    description = "Greets.",
    needs(messages::send("support", "sales", reason = "To greet"), state("*", reason = "To count"))
)]
fn greet(call: Call<Settings>) -> Result<Outcome, Failure> {
    let Settings { name, media } = call.settings;
    let id = messages::send(Message { media, ..Message::new(format!("Hi {name}")) })?;
    Ok(Outcome::with(&id)?.and_stop())
}

#[test]
fn the_manifest_says_what_the_plugin_is_and_needs() {
    let manifest = manifest();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("greet", env!("CARGO_PKG_VERSION")));
    assert_eq!((manifest.title.as_str(), manifest.description.as_str()), ("Greet", "Greets."));
    let needs: Vec<_> = manifest.needs.iter().map(|need| (need.capability.as_str(), need.scope.join(" "))).collect();
    assert_eq!(needs, [("messages.send", "support sales".to_owned()), ("state", "*".to_owned())]);
}

#[test]
fn the_settings_are_described_in_one_flat_schema_that_a_form_can_be_drawn_from() {
    let schema: serde_json::Value = serde_json::from_str(&manifest().settings).expect("JSON");
    let expected = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "Settings of the action below.",
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": {"title": "Name", "description": "Whom to greet.", "type": "string", "minLength": 1},
            "media": {
                "description": "With what.",
                "type": "array",
                "items": {
                    "description": "A file that goes with a message. It can be part of settings.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["url", "content_type"],
                    "properties": {
                        "url": {
                            "title": "URL",
                            "description": "Where the file can be fetched: an https URL.",
                            "type": "string",
                            "maxLength": 2048,
                            "pattern": "^https://"
                        },
                        "content_type": {
                            "title": "Media type",
                            "description": "Its media type, for example image/png.",
                            "type": "string",
                            "minLength": 3,
                            "maxLength": 255
                        }
                    }
                }
            }
        }
    });
    assert_eq!(schema, expected);
}

#[test]
fn a_call_that_succeeds_reports_its_outcome_and_effects() {
    let report = Host::granting(manifest()).run(greet, r#"{"name": "John"}"#);
    let outcome = report.result.expect("granted");
    assert_eq!((outcome.output.as_str(), outcome.next), ("\"msg_1\"", Next::Stop));
    let sent =
        Effect::Send { id: "msg_1".into(), inbox: None, body: "Hi John".into(), media: Vec::new(), send_at: None };
    assert_eq!(report.effects, [sent]);
}

/// An action without settings, of the few lines that a test is about.
fn report(host: &Host, action: impl Fn(&Call<()>) -> Result<(), Failure>) -> hookbox_sdk::mock::Report {
    host.run(|call: Call<()>| action(&call).map(|()| Outcome::done()), "null")
}

#[test]
fn a_call_that_fails_has_no_effects_and_remembers_nothing_but_its_log() {
    let host = Host::new().grant("lists.write", ["*"]).grant("state", ["*"]).lists(["leads"]).state([("n", "1")]);
    let report = report(&host, |_| {
        lists::add("leads")?;
        state::increment("n", 1)?;
        log::warn("about to\nfail");
        Err(Failure::retryable_after("later", 500))
    });
    assert_eq!(report.result, Err(Failure::Retryable { message: "later".into(), after_ms: Some(500) }));
    assert!(report.effects.is_empty());
    assert_eq!(report.state.get("n").map(String::as_str), Some("1"));
    let lines: Vec<_> = report.log.iter().map(|line| (line.level, line.message.as_str())).collect();
    assert_eq!(lines, [(Level::Warn, "about tofail")]);
}

#[test]
fn a_missing_grant_is_named_and_can_be_handled() {
    let host = Host::new().grant("lists.write", ["leads"]).lists(["leads", "staff"]);
    let report = report(&host, |_| {
        match lists::add("staff") {
            Err(Refusal::NotGranted(text)) => assert_eq!(text, "not granted: lists.write for \"staff\""),
            other => panic!("{other:?}"),
        }
        Ok(lists::add("leads")?)
    });
    assert_eq!(report.effects, [Effect::AddToList { list: "leads".into() }]);
}

#[test]
fn an_action_sees_of_the_contact_only_what_it_may_read() {
    let contact = Contact {
        email: Some("john@example.com".into()),
        fields: vec![("city".into(), "\"Köln\"".into()), ("age".into(), "42".into())],
        tags: vec!["vip".into()],
        ..Contact::default()
    };
    let host = Host::new().grant("contacts.read", ["city", "tags"]).contact(contact);
    let report = report(&host, |call| {
        assert_eq!(call.contact().email, None);
        assert_eq!(call.contact().field("city"), Some(FieldValue::from("Köln")));
        assert_eq!(call.contact().field("age"), None);
        assert_eq!(call.contact().tags, ["vip"]);
        Ok(())
    });
    assert!(report.result.is_ok());
}

#[test]
fn payload_and_earlier_outputs_come_as_types_or_say_what_does_not_fit() {
    let host = Host::new().payload(r#"{"n": 7}"#).output_of("first", "[1, 2]").attempt(3);
    let report = report(&host, |call| {
        let payload: std::collections::BTreeMap<String, u8> = call.payload()?;
        assert_eq!((payload["n"], call.attempt()), (7, 3));
        assert_eq!(call.output_of::<Vec<u8>>("first")?, Some(vec![1, 2]));
        assert_eq!(call.output_of::<Vec<u8>>("second")?, None);
        call.output_of::<String>("first").map(|_| ())
    });
    assert_eq!(report.failure_code(), Some("unexpected-output"));
}

#[track_caller]
fn check_refused(code: &str, effect: impl Fn() -> Result<(), Refusal>) {
    let capabilities =
        ["contacts.write", "contacts.tag", "lists.write", "conversations.write", "messages.send", "state"];
    let host = capabilities.iter().fold(Host::new(), |host, capability| host.grant(capability, ["*"]));
    let report = report(&host.state([("word", "x"), ("most", "9223372036854775807")]), |_| Ok(effect()?));
    assert_eq!(report.failure_code(), Some(code), "{:?}", report.result);
}

#[test]
fn what_a_real_host_refuses_is_refused() {
    check_refused("invalid", || contacts::set_field("phone", "+4930"));
    check_refused("invalid", || contacts::set_field("rate", f64::INFINITY));
    check_refused("invalid", || contacts::clear_field(""));
    check_refused("invalid", || contacts::set_field("city", "x".repeat(10_001)));
    check_refused("invalid", || contacts::add_tag(&"x".repeat(65)));
    check_refused("invalid", || contacts::add_tag(" padded"));
    check_refused("invalid", || lists::remove("nowhere"));
    check_refused("invalid", || conversations::assign("nobody"));
    check_refused("invalid", || conversations::add_note(""));
    check_refused("invalid", || messages::send(Message::new("")).map(|_| ()));
    for (url, content_type) in [("http://a/b", "image/png"), ("https:///b", "image/png"), ("https://a/b", "png")] {
        let media = vec![Media { url: url.into(), content_type: content_type.into() }];
        check_refused("invalid", || messages::send(Message { media: media.clone(), ..Message::new("Hi") }).map(|_| ()));
    }
    check_refused("invalid", || state::increment("word", 1).map(|_| ()));
    check_refused("invalid", || state::increment("most", 1).map(|_| ()));
    for key in ["", "bell\u{7}", &"x".repeat(257)] {
        check_refused("invalid", || state::get(key).map(|_| ()));
    }
    check_refused("invalid", || state::set("k", &"x".repeat(65 * 1024), None));
    check_refused("invalid", || state::set("k", "x", Some(0)));
    check_refused("limit", || (0..101).try_for_each(|n| state::delete(&format!("k{n}"))));
    check_refused("limit", || (0..101).try_for_each(|_| conversations::unassign()));
}

#[test]
fn times_are_taken_in_the_form_of_rfc_3339() {
    let host = Host::new().grant("messages.send", ["support"]);
    let sent_at = |time: &str| {
        let send_at = Some(time.to_owned());
        report(&host, |_| Ok(messages::send(Message { send_at: send_at.clone(), ..Message::new("Hi") }).map(|_| ())?))
    };
    for time in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05+01:00"] {
        assert!(sent_at(time).result.is_ok(), "{time}");
    }
    for time in ["", "tomorrow", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05+1"] {
        assert_eq!(sent_at(time).failure_code(), Some("invalid"), "{time}");
    }
}

#[test]
fn an_action_called_without_a_host_is_told_how_to_run_it() {
    let refusal = lists::add("leads").expect_err("no host");
    assert!(refusal.message().contains("mock::Host::run"), "{refusal}");
    let caught = std::panic::catch_unwind(|| report(&Host::new(), |_| panic!("a bug")));
    assert!(caught.is_err());
    assert!(lists::add("leads").is_err(), "the host of a call that panicked is gone");
}
