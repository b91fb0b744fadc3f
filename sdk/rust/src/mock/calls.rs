//! The other end of the effect functions, natively: checks as a real host does, then writes the effect down.

use super::effect::{Effect, LogLine};
use super::memory::Kept;
use super::rules;
use super::session::{Session, with_current};
use crate::{Level, Message, Refusal};

pub(crate) use super::http::send_http;

pub(crate) fn set_field(name: &str, value: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::field_name(name)?;
        rules::field_value(value)?;
        rules::granted(&session.grants, "contacts.write", name)?;
        buffer(session, Effect::SetField { name: name.into(), value: value.into() })
    })
}

pub(crate) fn clear_field(name: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::field_name(name)?;
        rules::granted(&session.grants, "contacts.write", name)?;
        buffer(session, Effect::ClearField { name: name.into() })
    })
}

pub(crate) fn add_tag(tag: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::tag(tag)?;
        rules::granted(&session.grants, "contacts.tag", tag)?;
        buffer(session, Effect::AddTag { tag: tag.into() })
    })
}

pub(crate) fn remove_tag(tag: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::tag(tag)?;
        rules::granted(&session.grants, "contacts.tag", tag)?;
        buffer(session, Effect::RemoveTag { tag: tag.into() })
    })
}

pub(crate) fn add_to_list(name: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "lists.write", name)?;
        rules::known("list", name, &session.lists)?;
        buffer(session, Effect::AddToList { list: name.into() })
    })
}

pub(crate) fn remove_from_list(name: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "lists.write", name)?;
        rules::known("list", name, &session.lists)?;
        buffer(session, Effect::RemoveFromList { list: name.into() })
    })
}

pub(crate) fn assign(member: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "conversations.write", "assign")?;
        rules::known("member", member, &session.members)?;
        buffer(session, Effect::Assign { to: member.into() })
    })
}

pub(crate) fn unassign() -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "conversations.write", "unassign")?;
        buffer(session, Effect::Unassign)
    })
}

pub(crate) fn close() -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "conversations.write", "close")?;
        buffer(session, Effect::Close)
    })
}

pub(crate) fn reopen() -> Result<(), Refusal> {
    with_current(|session| {
        rules::granted(&session.grants, "conversations.write", "reopen")?;
        buffer(session, Effect::Reopen)
    })
}

pub(crate) fn add_note(body: &str) -> Result<(), Refusal> {
    with_current(|session| {
        rules::note(body)?;
        rules::granted(&session.grants, "conversations.write", "note")?;
        buffer(session, Effect::AddNote { body: body.into() })
    })
}

pub(crate) fn send(message: Message) -> Result<String, Refusal> {
    with_current(|session| {
        let inbox = message.inbox.as_deref().unwrap_or(&session.inbox);
        rules::message(&message)?;
        rules::granted(&session.grants, "messages.send", inbox)?;
        rules::known("inbox", inbox, &session.inboxes)?;
        let sent = session.effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count();
        let id = format!("msg_{}", sent + 1);
        let Message { inbox, body, media, send_at } = message;
        buffer(session, Effect::Send { id: id.clone(), inbox, body, media, send_at })?;
        Ok(id)
    })
}

pub(crate) fn get_state(key: &str) -> Result<Option<String>, Refusal> {
    with_current(|session| {
        let kept = session.memory.open(&session.grants, key)?;
        Ok(kept.get(key).map(|kept| kept.value.clone()))
    })
}

pub(crate) fn set_state(key: &str, value: &str, ttl_ms: Option<u64>) -> Result<(), Refusal> {
    with_current(|session| {
        let kept = session.memory.open(&session.grants, key)?;
        rules::state_value(value)?;
        if ttl_ms == Some(0) {
            return Err(Refusal::Invalid("a value is kept for at least a millisecond".into()));
        }
        kept.insert(key.into(), Kept { value: value.into(), ends_in_ms: ttl_ms });
        Ok(())
    })
}

pub(crate) fn delete_state(key: &str) -> Result<(), Refusal> {
    with_current(|session| {
        session.memory.open(&session.grants, key)?.remove(key);
        Ok(())
    })
}

pub(crate) fn increment_state(key: &str, by: i64) -> Result<i64, Refusal> {
    with_current(|session| {
        let kept = session.memory.open(&session.grants, key)?;
        let not_whole = |_| Refusal::Invalid("what is kept under this key is no whole number".into());
        let before = kept.get(key);
        let ends_in_ms = before.and_then(|kept| kept.ends_in_ms);
        let before = before.map_or(Ok(0), |kept| kept.value.parse::<i64>().map_err(not_whole))?;
        let sum = before
            .checked_add(by)
            .ok_or_else(|| Refusal::Invalid("the sum is past the whole numbers of 64 bits".into()))?;
        // A counter that was given an end keeps it.
        kept.insert(key.into(), Kept { value: sum.to_string(), ends_in_ms });
        Ok(sum)
    })
}

/// A line without a host is dropped: logging never fails.
pub(crate) fn write_log(level: Level, message: &str) {
    let _ = with_current(|session| {
        session.log.push(LogLine { level, message: message.chars().filter(|letter| !letter.is_control()).collect() });
        Ok(())
    });
}

fn buffer(session: &mut Session, effect: Effect) -> Result<(), Refusal> {
    rules::room_for_an_effect(session.effects.len())?;
    session.effects.push(effect);
    Ok(())
}
