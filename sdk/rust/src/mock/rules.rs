//! What a real host checks at a call: grants, names, sizes. The numbers are the host's defaults.

use std::collections::BTreeSet;

use crate::{Contact, FieldValue, Media, Message, Need, Refusal};

const EFFECTS_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 64;
const NOTE_CHARS_MAX: usize = 10_000;
const BODY_CHARS_MAX: usize = 10_000;
const MEDIA_MAX: usize = 10;
const URL_BYTES_MAX: usize = 2_048;
const STATE_KEY_BYTES_MAX: usize = 256;
const STATE_VALUE_BYTES_MAX: usize = 64 * 1024;

/// Fields that find a contact: no plugin writes them.
const IDENTIFIERS: [&str; 3] = ["phone", "email", "external_id"];

/// Whether `capability` is granted for `scope`, in the words of a real host.
pub(super) fn granted(grants: &[Need], capability: &str, scope: &str) -> Result<(), Refusal> {
    if is_granted(grants, capability, scope) {
        return Ok(());
    }
    Err(Refusal::NotGranted(format!("not granted: {capability} for {scope:?}")))
}

fn is_granted(grants: &[Need], capability: &str, scope: &str) -> bool {
    let mut scopes = grants.iter().filter(|need| need.capability == capability).flat_map(|need| &need.scope);
    scopes.any(|allowed| covers(capability, allowed, scope))
}

/// Only keys of state are granted by how they begin.
fn covers(capability: &str, allowed: &str, scope: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some("") => true,
        Some(front) if capability == "state" => scope.starts_with(front),
        Some(_) | None => allowed == scope,
    }
}

/// Empties what `contacts.read` is not granted for.
pub(super) fn hide_what_may_not_be_read(grants: &[Need], contact: &mut Contact) {
    let readable = |name: &str| is_granted(grants, "contacts.read", name);
    if !readable("phone") {
        contact.phone = None;
    }
    if !readable("email") {
        contact.email = None;
    }
    if !readable("tags") {
        contact.tags.clear();
    }
    if !readable("lists") {
        contact.lists.clear();
    }
    contact.fields.retain(|(name, _)| readable(name));
}

pub(super) fn room_for_an_effect(effects: usize) -> Result<(), Refusal> {
    if effects < EFFECTS_MAX {
        return Ok(());
    }
    Err(Refusal::Limit(format!("a step has at most {EFFECTS_MAX} effects")))
}

pub(super) fn field_name(name: &str) -> Result<(), Refusal> {
    if IDENTIFIERS.contains(&name) {
        return Err(Refusal::Invalid(format!(
            "field {name:?} identifies the contact and cannot be written by a plugin"
        )));
    }
    plain_name("the name of a field", name)
}

/// `json` is JSON text of a scalar, made by the caller.
pub(super) fn field_value(json: &str) -> Result<(), Refusal> {
    match serde_json::from_str(json) {
        Ok(FieldValue::Text(text)) if text.chars().count() > BODY_CHARS_MAX => {
            Err(Refusal::Invalid(format!("the value of a field has at most {BODY_CHARS_MAX} characters")))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::Invalid(format!("the value of a field is not one: {error}"))),
    }
}

pub(super) fn tag(tag: &str) -> Result<(), Refusal> {
    plain_name("a tag", tag)
}

pub(super) fn note(body: &str) -> Result<(), Refusal> {
    sized("a note", body, NOTE_CHARS_MAX)
}

pub(super) fn state_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || key.len() > STATE_KEY_BYTES_MAX {
        return Err(Refusal::Invalid(format!("a key has 1 to {STATE_KEY_BYTES_MAX} bytes")));
    }
    if key.chars().any(char::is_control) {
        return Err(Refusal::Invalid("a key has no control characters".into()));
    }
    Ok(())
}

pub(super) fn state_value(value: &str) -> Result<(), Refusal> {
    if value.len() <= STATE_VALUE_BYTES_MAX {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("a value has at most {STATE_VALUE_BYTES_MAX} bytes")))
}

pub(super) fn known(what: &str, name: &str, names: &BTreeSet<String>) -> Result<(), Refusal> {
    if names.contains(name) {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("there is no {what} {name:?}")))
}

pub(super) fn message(message: &Message) -> Result<(), Refusal> {
    sized("the body of a message", &message.body, BODY_CHARS_MAX)?;
    if message.media.len() > MEDIA_MAX {
        return Err(Refusal::Invalid(format!("a message has at most {MEDIA_MAX} media")));
    }
    message.media.iter().try_for_each(medium)?;
    match &message.send_at {
        Some(time) if !looks_like_a_time(time) => {
            Err(Refusal::Invalid(format!("send-at is not a time in RFC 3339 (2026-01-02T03:04:05Z): {time:?}")))
        }
        Some(_) | None => Ok(()),
    }
}

fn medium(medium: &Media) -> Result<(), Refusal> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let host = medium.url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    if host.is_none_or(str::is_empty) || medium.url.len() > URL_BYTES_MAX || !plain(&medium.url) {
        let what =
            format!("a medium's url begins with https:// and has at most {URL_BYTES_MAX} characters, without spaces");
        return Err(Refusal::Invalid(what));
    }
    let halves = medium.content_type.split_once('/');
    if halves.is_none_or(|(kind, subtype)| kind.is_empty() || subtype.is_empty()) || !plain(&medium.content_type) {
        return Err(Refusal::Invalid("a medium's content-type looks like image/png".into()));
    }
    Ok(())
}

fn plain_name(what: &str, name: &str) -> Result<(), Refusal> {
    sized(what, name, NAME_CHARS_MAX)?;
    if name.chars().any(char::is_control) || name.trim() != name {
        return Err(Refusal::Invalid(format!("{what} has no control characters, and no spaces at its ends")));
    }
    Ok(())
}

fn sized(what: &str, text: &str, chars_max: usize) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if (1..=chars_max).contains(&chars) {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("{what} has 1 to {chars_max} characters, not {chars}")))
}

/// The shape of RFC 3339, without the calendar: a real host knows how long February is.
fn looks_like_a_time(text: &str) -> bool {
    let shape = |shape: &str, text: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    let Some((time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let offset = rest
        .strip_prefix('.')
        .map_or(rest, |fraction| fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    shape("0000-00-00T00:00:00", time) && (offset == "Z" || shape("+00:00", offset) || shape("-00:00", offset))
}
