//! What a channel tells: a message of a person, or what became of a message of ours. Every fault is found at once.
//!
//! Members that are not known are faults: what a sender means by them would be lost without a word.

use std::fmt;

use hookbox_model::{Identifier, Media, Message, MessageId, ReportState};
use serde_json::{Map, Value};

/// What a channel tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// A person wrote.
    Message {
        /// What the channel calls the message.
        external_id: String,
        /// Who, in the stored form.
        from: Identifier,
        body: String,
        media: Vec<Media>,
    },
    /// Something became of a message of ours.
    Report {
        message: MessageId,
        state: ReportState,
        /// Why it failed.
        reason: Option<String>,
    },
}

/// Gives an identifier the one form that contacts are stored and found by, from how somebody wrote it (a phone number with its
/// `+`); else says what it is instead, to follow "is".
pub type Normalise = dyn Fn(Identifier) -> Result<Identifier, String> + Send + Sync;

/// Everything that is wrong, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    shown: Vec<String>,
    more: usize,
}

/// The most faults that are shown; how many more there are is said.
const FAULTS_SHOWN_MAX: usize = 20;
/// The longest name of a member that is shown whole, in characters.
const NAME_SHOWN_CHARS: usize = 40;
/// The longest id that a channel gives a message, in bytes.
const EXTERNAL_ID_BYTES_MAX: usize = 200;
/// The longest reason that is kept, in characters; a longer one is cut, because the report counts more than its words.
const REASON_CHARS_MAX: usize = 1_000;
/// The longest URL of a medium, in bytes.
const URL_BYTES_MAX: usize = 2_048;
/// The longest media type, in bytes (RFC 6838 allows 127 for each half).
const CONTENT_TYPE_BYTES_MAX: usize = 255;

/// Reads what a channel tells.
pub(crate) fn read(value: &Value, normalise: &Normalise) -> Result<Told, Faults> {
    let mut faults = Faults::default();
    let told = match value.as_object() {
        Some(members) => told(members, normalise, &mut faults),
        None => faults.add("the body", "must be an object"),
    };
    match told {
        Some(told) if faults.shown.is_empty() => Ok(told),
        Some(_) | None => Err(faults),
    }
}

fn told(members: &Map<String, Value>, normalise: &Normalise, faults: &mut Faults) -> Option<Told> {
    match members.get("type").and_then(Value::as_str) {
        Some("message") => message(members, normalise, faults),
        Some("report") => report(members, faults),
        Some(_) | None => faults.add("type", "must be \"message\" or \"report\""),
    }
}

fn message(members: &Map<String, Value>, normalise: &Normalise, faults: &mut Faults) -> Option<Told> {
    faults.add_unknown("", members, &["type", "id", "from", "body", "media"]);
    let external_id = external_id(members.get("id"), faults);
    let from = from(members.get("from"), normalise, faults);
    let media = all_media(members.get("media"), faults);
    let body = body(members.get("body"), media.as_ref().is_some_and(Vec::is_empty), faults);
    Some(Told::Message { external_id: external_id?, from: from?, body: body?, media: media? })
}

fn report(members: &Map<String, Value>, faults: &mut Faults) -> Option<Told> {
    faults.add_unknown("", members, &["type", "message", "state", "reason"]);
    let message = match members.get("message").and_then(Value::as_str).map(str::parse) {
        Some(Ok(id)) => Some(id),
        Some(Err(_)) | None => faults.add("message", "must be the id that the message left with (msg_…)"),
    };
    let state = match members.get("state").and_then(Value::as_str) {
        Some("sent") => Some(ReportState::Sent),
        Some("delivered") => Some(ReportState::Delivered),
        Some("failed") => Some(ReportState::Failed),
        Some(_) | None => faults.add("state", "must be \"sent\", \"delivered\" or \"failed\""),
    };
    let reason = match (members.get("reason"), state) {
        (None | Some(Value::Null), _) => None,
        (Some(Value::String(reason)), Some(ReportState::Failed) | None) => {
            Some(reason.chars().take(REASON_CHARS_MAX).collect())
        }
        (Some(Value::String(_)), Some(ReportState::Sent | ReportState::Delivered)) => {
            faults.add("reason", "goes with the state \"failed\" only")
        }
        (Some(_), _) => faults.add("reason", "must be a text"),
    };
    Some(Told::Report { message: message?, state: state?, reason })
}

fn external_id(given: Option<&Value>, faults: &mut Faults) -> Option<String> {
    let id = given.and_then(Value::as_str);
    let fits = |id: &&str| (1..=EXTERNAL_ID_BYTES_MAX).contains(&id.len()) && !id.contains(char::is_control);
    match id.filter(fits) {
        Some(id) => Some(id.to_owned()),
        None => {
            faults.add("id", "must be a text of 1 to 200 bytes without control characters: what you call the message")
        }
    }
}

fn from(given: Option<&Value>, normalise: &Normalise, faults: &mut Faults) -> Option<Identifier> {
    const WANTED: &str =
        "must be a phone number, or an object with one of \"phone\", \"email\" and \"external_id\", a text";
    let (kind, text) = match given {
        Some(Value::String(text)) => ("phone", text),
        Some(Value::Object(members)) => match members.iter().next() {
            Some((kind, Value::String(text))) if members.len() == 1 => (kind.as_str(), text),
            Some(_) | None => return faults.add("from", WANTED),
        },
        Some(_) | None => return faults.add("from", WANTED),
    };
    let place = if given.is_some_and(Value::is_string) { "from".to_owned() } else { format!("from.{kind}") };
    let written = match kind {
        "phone" if text.starts_with('+') => Identifier::Phone(text.clone()),
        "phone" => {
            let why =
                "must be a phone number in E.164 with its `+` (+12155556677): without it nobody here knows the country";
            return faults.add(&place, why);
        }
        "email" => Identifier::Email(text.clone()),
        "external_id" => Identifier::ExternalId(text.clone()),
        _ => return faults.add("from", WANTED),
    };
    match normalise(written) {
        Ok(identifier) => Some(identifier),
        Err(why) => faults.add(&place, format_args!("is {why}")),
    }
}

fn body(given: Option<&Value>, alone: bool, faults: &mut Faults) -> Option<String> {
    let max = Message::BODY_CHARS_MAX;
    match given {
        Some(Value::String(body)) if body.is_empty() && alone => {
            faults.add("body", "must not be empty when there is no media")
        }
        Some(Value::String(body)) if body.len() > max && body.chars().count() > max => {
            faults.add("body", format_args!("must have at most {max} characters"))
        }
        Some(Value::String(body)) => Some(body.clone()),
        Some(_) | None => faults.add("body", "must be a text"),
    }
}

fn all_media(given: Option<&Value>, faults: &mut Faults) -> Option<Vec<Media>> {
    let max = Message::MEDIA_MAX;
    match given {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(media)) if media.len() <= max => {
            // Every one is looked at, so that every fault is found.
            let read: Vec<_> = media.iter().enumerate().map(|(at, medium)| one_medium(at, medium, faults)).collect();
            read.into_iter().collect()
        }
        Some(Value::Array(_)) => faults.add("media", format_args!("may be at most {max}")),
        Some(_) => faults.add("media", "must be an array"),
    }
}

fn one_medium(at: usize, medium: &Value, faults: &mut Faults) -> Option<Media> {
    let place = format!("media[{at}]");
    let Some(members) = medium.as_object() else {
        return faults.add(&place, "must be an object with \"url\" and \"content_type\"");
    };
    faults.add_unknown(&format!("{place}."), members, &["url", "content_type"]);
    let url = match members.get("url").and_then(Value::as_str).filter(|url| is_url(url)) {
        Some(url) => Some(url.to_owned()),
        None => faults.add(
            &format!("{place}.url"),
            "must begin with https:// or http:// and have at most 2,048 visible ASCII characters",
        ),
    };
    let content_type = match members.get("content_type").and_then(Value::as_str).filter(|kind| is_media_type(kind)) {
        Some(content_type) => Some(content_type.to_owned()),
        None => faults.add(&format!("{place}.content_type"), "must look like image/png"),
    };
    Some(Media { url: url?, content_type: content_type? })
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    url.len() <= URL_BYTES_MAX && host.is_some_and(|host| !host.is_empty()) && is_visible(url)
}

fn is_media_type(text: &str) -> bool {
    let halves = text.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty());
    halves && text.len() <= CONTENT_TYPE_BYTES_MAX && is_visible(text)
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Faults {
    /// Notes a fault; what was to be read is not there.
    fn add<T>(&mut self, place: &str, what: impl fmt::Display) -> Option<T> {
        if self.shown.len() < FAULTS_SHOWN_MAX {
            self.shown.push(format!("{place} {what}"));
        } else {
            self.more += 1;
        }
        None
    }

    fn add_unknown(&mut self, place: &str, members: &Map<String, Value>, known: &[&str]) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let name: String = name.chars().take(NAME_SHOWN_CHARS).collect();
            self.add::<()>(&format!("{place}{name:?}"), "is not known here");
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown.join("; "))?;
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, Told};
    use hookbox_model::{Identifier, Media, ReportState};
    use serde_json::{Value, json};

    /// A rule that is as good as any here: blanks are taken away, and nothing is left of an identifier that is not ASCII.
    fn read(value: &Value) -> Result<Told, Faults> {
        let spelled = |text: &str| {
            let plain = text.trim();
            if plain.is_empty() || !plain.is_ascii() {
                Err("not written here".to_owned())
            } else {
                Ok(plain.to_owned())
            }
        };
        super::read(value, &move |identifier| match identifier {
            Identifier::Phone(text) => spelled(&text).map(Identifier::Phone),
            Identifier::Email(text) => spelled(&text).map(Identifier::Email),
            Identifier::ExternalId(text) => spelled(&text).map(Identifier::ExternalId),
        })
    }

    fn with(change: Value) -> Value {
        let mut message = json!({"type": "message", "id": "in-1", "from": "+12155556677", "body": "Hi"});
        let members = message.as_object_mut().expect("an object");
        for (name, value) in change.as_object().expect("an object") {
            members.insert(name.clone(), value.clone());
        }
        message
    }

    #[test]
    fn a_message_is_read_with_whom_it_is_from_in_the_stored_form() {
        let phone = Identifier::Phone("+12155556677".into());
        for (from, expected) in [
            (json!("+12155556677"), phone.clone()),
            (json!({"phone": "+12155556677 "}), phone),
            (json!({"email": " ann@example.com "}), Identifier::Email("ann@example.com".into())),
            (json!({"external_id": " 17 "}), Identifier::ExternalId("17".into())),
        ] {
            let told = read(&with(json!({"from": from, "media": null}))).expect("a message");
            let (external_id, body, media) = ("in-1".into(), "Hi".into(), Vec::new());
            assert_eq!(told, Told::Message { external_id, from: expected, body, media });
        }
        let media = json!([{"url": "https://cdn.example/a.png", "content_type": "image/png"}]);
        let told = read(&with(json!({"body": "", "media": media}))).expect("a message of media alone");
        let Told::Message { body, media, .. } = told else { panic!("{told:?}") };
        let expected = Media { url: "https://cdn.example/a.png".into(), content_type: "image/png".into() };
        assert_eq!((body.as_str(), media), ("", vec![expected]));
    }

    #[test]
    fn a_report_is_read_and_a_long_reason_is_cut() {
        let id = "msg_01926f3e000070008000000000000001";
        let report = |state: &str, reason: Value| {
            read(&json!({"type": "report", "message": id, "state": state, "reason": reason}))
        };
        for (state, expected) in [("sent", ReportState::Sent), ("delivered", ReportState::Delivered)] {
            let message = id.parse().expect("an id");
            assert_eq!(report(state, Value::Null), Ok(Told::Report { message, state: expected, reason: None }));
        }
        let told = report("failed", json!("ä".repeat(1_001)));
        let Ok(Told::Report { state: ReportState::Failed, reason: Some(reason), .. }) = told else {
            panic!("{told:?}")
        };
        assert_eq!(reason.chars().count(), 1_000);
    }

    /// The value must be refused with exactly these faults.
    fn check(value: Value, expected: &str) {
        let faults = read(&value).expect_err("a fault").to_string();
        assert_eq!(faults, expected, "{value}");
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        const FROM: &str =
            "from must be a phone number, or an object with one of \"phone\", \"email\" and \"external_id\", a text";
        const PHONE: &str =
            "must be a phone number in E.164 with its `+` (+12155556677): without it nobody here knows the country";
        check(json!([]), "the body must be an object");
        check(json!({}), "type must be \"message\" or \"report\"");
        check(json!({"type": "Message"}), "type must be \"message\" or \"report\"");
        for phone in ["12155556677", "0012155556677", " +12155556677", ""] {
            check(with(json!({"from": phone})), &format!("from {PHONE}"));
            check(with(json!({"from": {"phone": phone}})), &format!("from.phone {PHONE}"));
        }
        for from in [
            json!(null),
            json!(12155556677u64),
            json!({}),
            json!({"phone": "+12155556677", "email": "a@b.example"}),
            json!({"name": "Ann"}),
            json!({"phone": 1}),
        ] {
            check(with(json!({"from": from})), FROM);
        }
        for (kind, text) in [("phone", "+١٢٣٤٥٦٧٨"), ("email", ""), ("external_id", " ")] {
            check(with(json!({"from": {kind: text}})), &format!("from.{kind} is not written here"));
        }
        let id = "id must be a text of 1 to 200 bytes without control characters: what you call the message";
        for wrong in [json!(null), json!(17), json!(""), json!("a\nb"), json!("x".repeat(201))] {
            check(with(json!({"id": wrong})), id);
        }
        check(with(json!({"body": null})), "body must be a text");
        check(with(json!({"body": ""})), "body must not be empty when there is no media");
        check(with(json!({"body": "ä".repeat(10_001)})), "body must have at most 10000 characters");
        check(with(json!({"media": {}})), "media must be an array");
        let medium = json!({"url": "https://cdn.example/a.png", "content_type": "image/png"});
        check(with(json!({"media": vec![medium; 11]})), "media may be at most 10");
        check(
            with(json!({"media": [{"url": "javascript:x", "content_type": "png", "size": 1}, "x"], "medias": []})),
            "\"medias\" is not known here; media[0].\"size\" is not known here; \
             media[0].url must begin with https:// or http:// and have at most 2,048 visible ASCII characters; \
             media[0].content_type must look like image/png; \
             media[1] must be an object with \"url\" and \"content_type\"",
        );
        check(
            json!({"type": "report", "message": "x", "state": "read", "reason": 1}),
            "message must be the id that the message left with (msg_…); \
             state must be \"sent\", \"delivered\" or \"failed\"; reason must be a text",
        );
        let early = json!({"type": "report", "message": "msg_01926f3e000070008000000000000001", "state": "sent", "reason": "x"});
        check(early, "reason goes with the state \"failed\" only");
    }

    #[test]
    fn a_body_of_nothing_but_faults_is_answered_in_few_words() {
        let members = (0..1_000).map(|number| (format!("{number:0>1000}"), json!(1)));
        let mut value = with(json!({}));
        value.as_object_mut().expect("an object").extend(members);
        let faults = read(&value).expect_err("a fault").to_string();
        assert!(faults.ends_with("; and 980 more") && faults.len() < 2_000, "{faults}");
    }
}
