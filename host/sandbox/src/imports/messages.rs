//! `hookbox:plugin/messages`: messages to the contact.
//!
//! The id of a message follows from run, step and its number in the step, so that a repeated step asks for the same one.

use hookbox_model::{Effect, Grants, Media, MessageId, Timestamp};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

use super::texts::{check_body, check_directory_name, invalid, unknown};
use crate::bindings::hookbox::plugin::messages::{self, Host, Message};
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::state::{GuestState, Subject};

/// The most media of one message.
const MEDIA_MAX: usize = 10;

/// The longest URL of a medium, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// The longest media type, in bytes (RFC 6838 allows 127 for each half).
const CONTENT_TYPE_BYTES_MAX: usize = 255;

/// Keeps the hashes of ids apart from all others; no secret.
const ID_KEY: &[u8; blake3::KEY_LEN] = b"hookbox: id of a message, part 1";

impl Host for GuestState {
    fn send(&mut self, message: Message) -> Result<String, Refusal> {
        self.count_call()?;
        check_body("message", &message.body)?;
        let media = read_media(message.media)?;
        let send_at = message.send_at.as_deref().map(read_time).transpose()?;
        let inbox = message.inbox.as_deref().unwrap_or(&self.subject.inbox);
        check_directory_name("inbox", inbox)?;
        self.granted(Grants::MESSAGES_SEND, inbox)?;
        if message.inbox.is_some() && !self.subject.directory.inboxes.contains(inbox) {
            return Err(unknown("inbox", inbox));
        }
        let id = message_id(&self.subject, self.effects.len());
        let media_bytes: usize = media.iter().map(|medium| medium.url.len() + medium.content_type.len()).sum();
        let bytes = message.body.len() + media_bytes;
        self.ask(Effect::Send { message: id, inbox: message.inbox, body: message.body, media, send_at }, bytes)?;
        Ok(id.to_string())
    }
}

fn read_media(media: Vec<messages::Media>) -> Result<Vec<Media>, Refusal> {
    if media.len() > MEDIA_MAX {
        return invalid(format!("a message may have {MEDIA_MAX} media"));
    }
    media.into_iter().map(read_medium).collect()
}

fn read_medium(medium: messages::Media) -> Result<Media, Refusal> {
    let messages::Media { url, content_type } = medium;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    if url.len() > URL_BYTES_MAX || host.is_none_or(str::is_empty) || !plain(&url) {
        return invalid("a medium's url must begin with https:// and have at most 2,048 characters, without spaces");
    }
    let halves = content_type.split_once('/').map(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty());
    if halves != Some(true) || content_type.len() > CONTENT_TYPE_BYTES_MAX || !plain(&content_type) {
        return invalid("a medium's content-type must look like image/png");
    }
    Ok(Media { url, content_type })
}

fn read_time(text: &str) -> Result<Timestamp, Refusal> {
    let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
    match Timestamp::deserialize(deserializer) {
        Ok(time) => Ok(time),
        Err(_) => invalid("send-at must be a time in RFC 3339 (2026-01-31T12:00:00Z)"),
    }
}

/// A UUIDv7 of the call's moment. Its 12 bits after the version hold step and place, so that the messages of a run sort
/// as they were asked for; the other 62 come from a hash, so that no two runs, steps or places share an id.
fn message_id(subject: &Subject, place: usize) -> MessageId {
    let mut named = [0u8; 28];
    named[..16].copy_from_slice(subject.run.as_bytes());
    named[16..20].copy_from_slice(&subject.step.to_le_bytes());
    named[20..].copy_from_slice(&(place as u64).to_le_bytes());
    let hash = blake3::keyed_hash(ID_KEY, &named);
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    bytes[..6].copy_from_slice(&subject.now.as_millis().to_be_bytes()[2..]);
    let step = u16::try_from(subject.step.min(31)).unwrap_or(31);
    let place = u16::try_from(place.min(127)).unwrap_or(127);
    bytes[6..8].copy_from_slice(&(0x7000 | (step << 7) | place).to_be_bytes());
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    MessageId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Host, Message, message_id, messages};
    use crate::bindings::hookbox::plugin::types::Refusal;
    use crate::state::fixture::state_with;
    use hookbox_model::{Effect, Timestamp};

    fn message(body: &str) -> Message {
        Message { inbox: None, body: body.into(), media: Vec::new(), send_at: None }
    }

    #[test]
    fn a_message_without_an_inbox_needs_the_grant_of_the_automations() {
        let mut state = state_with(&[("messages.send", &["support"])]);
        let id = state.send(message("Hi")).expect("granted");
        let asked = std::mem::take(&mut state.effects).into_effects();
        let [Effect::Send { message: sent, inbox: None, .. }] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(sent.to_string(), id);
        let mut state = state_with(&[("messages.send", &["sales"])]);
        assert!(matches!(state.send(message("Hi")), Err(Refusal::NotGranted(_))));
        let named = Message { inbox: Some("sales".into()), ..message("Hi") };
        assert!(matches!(state.send(named), Err(Refusal::Invalid(text)) if text.contains("there is no inbox")));
    }

    #[test]
    fn a_repeated_step_asks_for_the_same_message_ids_in_order() {
        let state = state_with(&[]);
        let ids: Vec<_> = (0..100).map(|place| message_id(&state.subject, place)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[7], message_id(&state.subject, 7));
        assert_eq!(ids[7].made_at(), state.subject.now);
        assert_eq!(ids[7].uuid().get_version_num(), 7);
        assert_eq!(ids[7].uuid().get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn messages_that_make_no_sense_are_refused() {
        let mut state = state_with(&[("messages.send", &["*"])]);
        let medium = |url: &str, kind: &str| messages::Media { url: url.into(), content_type: kind.into() };
        let with = |media| Message { media, ..message("Hi") };
        for wrong in [
            message(""),
            message(&"x".repeat(10_001)),
            Message { send_at: Some("tomorrow".into()), ..message("Hi") },
            Message { inbox: Some(String::new()), ..message("Hi") },
            with(vec![medium("http://example.com/a.png", "image/png")]),
            with(vec![medium("https://", "image/png")]),
            with(vec![medium("https://example.com/a b", "image/png")]),
            with(vec![medium("https://example.com/a.png", "png")]),
            with((0..11).map(|_| medium("https://example.com/a.png", "image/png")).collect()),
        ] {
            let shown = format!("{wrong:?}");
            assert!(matches!(state.send(wrong), Err(Refusal::Invalid(_))), "{shown}");
        }
        let late = Message { send_at: Some("2026-01-31T12:00:00+01:00".into()), ..message("Hi") };
        assert!(state.send(late).is_ok());
        let asked = std::mem::take(&mut state.effects).into_effects();
        let noon = Timestamp::from_millis(1_769_857_200_000);
        assert!(matches!(&asked[..], [Effect::Send { send_at: Some(time), .. }] if *time == noon), "{asked:?}");
    }
}
