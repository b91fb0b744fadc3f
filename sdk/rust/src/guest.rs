//! An action in a component: the host's calls of it, and its calls of the host. Converts between the generated types and
//! ours; texts are moved, never copied.

mod http;

use serde::de::DeserializeOwned;

use crate::bindings::hookbox::plugin::{contacts, conversations, lists, log, messages, state, types};
use crate::invocation::Invocation;
use crate::{
    Call, Contact, Conversation, ConversationState, Failure, Level, Manifest, Media, Message, Next, Outcome, Refusal,
    action,
};

pub(crate) use http::send_http;

/// Answers `describe`.
pub fn describe(manifest: Manifest) -> types::Manifest {
    let needs = manifest.needs.into_iter();
    types::Manifest {
        name: manifest.name,
        version: manifest.version,
        title: manifest.title,
        description: manifest.description,
        settings: manifest.settings,
        needs: needs
            .map(|need| types::Need { capability: need.capability, scope: need.scope, reason: need.reason })
            .collect(),
    }
}

/// Answers `run`.
pub fn run<S: DeserializeOwned>(
    action: impl FnOnce(Call<S>) -> Result<Outcome, Failure>,
    call: types::Invocation,
) -> Result<types::Outcome, types::Failure> {
    match action::run(action, call.into()) {
        Ok(Outcome { output, next }) => Ok(types::Outcome {
            output,
            next: match next {
                Next::Continue => types::Next::Continue,
                Next::Stop => types::Next::Stop,
            },
        }),
        Err(Failure::Retryable { message, after_ms }) => {
            Err(types::Failure::Retryable(types::Retryable { message, after_ms }))
        }
        Err(Failure::Permanent { code, message }) => Err(types::Failure::Permanent(types::Permanent { code, message })),
    }
}

impl From<types::Invocation> for Invocation {
    fn from(call: types::Invocation) -> Self {
        Self {
            run_id: call.run_id,
            step_id: call.step_id,
            attempt: call.attempt,
            idempotency_key: call.idempotency_key,
            now: call.now,
            payload: call.payload,
            contact: call.contact.into(),
            conversation: call.conversation.map(Conversation::from),
            steps: call.steps,
            settings: call.settings,
        }
    }
}

impl From<types::Contact> for Contact {
    fn from(contact: types::Contact) -> Self {
        Self {
            id: contact.id,
            phone: contact.phone,
            email: contact.email,
            fields: contact.fields.into_iter().map(|field| (field.name, field.value)).collect(),
            tags: contact.tags,
            lists: contact.lists,
            opted_out: contact.opted_out,
        }
    }
}

impl From<types::Conversation> for Conversation {
    fn from(conversation: types::Conversation) -> Self {
        Self {
            id: conversation.id,
            inbox: conversation.inbox,
            assignee: conversation.assignee,
            state: match conversation.state {
                types::ConversationState::Open => ConversationState::Open,
                types::ConversationState::Closed => ConversationState::Closed,
            },
        }
    }
}

impl From<types::Refusal> for Refusal {
    fn from(refusal: types::Refusal) -> Self {
        match refusal {
            types::Refusal::NotGranted(text) => Self::NotGranted(text),
            types::Refusal::Invalid(text) => Self::Invalid(text),
            types::Refusal::Limit(text) => Self::Limit(text),
        }
    }
}

pub(crate) fn set_field(name: &str, value: &str) -> Result<(), Refusal> {
    Ok(contacts::set_field(name, value)?)
}

pub(crate) fn clear_field(name: &str) -> Result<(), Refusal> {
    Ok(contacts::clear_field(name)?)
}

pub(crate) fn add_tag(tag: &str) -> Result<(), Refusal> {
    Ok(contacts::add_tag(tag)?)
}

pub(crate) fn remove_tag(tag: &str) -> Result<(), Refusal> {
    Ok(contacts::remove_tag(tag)?)
}

pub(crate) fn add_to_list(name: &str) -> Result<(), Refusal> {
    Ok(lists::add(name)?)
}

pub(crate) fn remove_from_list(name: &str) -> Result<(), Refusal> {
    Ok(lists::remove(name)?)
}

pub(crate) fn assign(member: &str) -> Result<(), Refusal> {
    Ok(conversations::assign(member)?)
}

pub(crate) fn unassign() -> Result<(), Refusal> {
    Ok(conversations::unassign()?)
}

pub(crate) fn close() -> Result<(), Refusal> {
    Ok(conversations::close()?)
}

pub(crate) fn reopen() -> Result<(), Refusal> {
    Ok(conversations::reopen()?)
}

pub(crate) fn add_note(body: &str) -> Result<(), Refusal> {
    Ok(conversations::add_note(body)?)
}

pub(crate) fn send(message: Message) -> Result<String, Refusal> {
    let media = message.media.into_iter().map(|Media { url, content_type }| messages::Media { url, content_type });
    Ok(messages::send(&messages::Message {
        inbox: message.inbox,
        body: message.body,
        media: media.collect(),
        send_at: message.send_at,
    })?)
}

pub(crate) fn get_state(key: &str) -> Result<Option<String>, Refusal> {
    Ok(state::get(key)?)
}

pub(crate) fn set_state(key: &str, value: &str, ttl_ms: Option<u64>) -> Result<(), Refusal> {
    Ok(state::set(key, value, ttl_ms)?)
}

pub(crate) fn delete_state(key: &str) -> Result<(), Refusal> {
    Ok(state::delete(key)?)
}

pub(crate) fn increment_state(key: &str, by: i64) -> Result<i64, Refusal> {
    Ok(state::increment(key, by)?)
}

pub(crate) fn write_log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    log::write(level, message);
}
