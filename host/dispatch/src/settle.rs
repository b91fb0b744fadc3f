//! What an answer makes of a message.

use hookbox_model::{Message, MessageState, Timestamp, UnknownPolicy};
use serde_json::Value;

use crate::Config;
use crate::carrier::Answer;
use crate::schedule::delay_ms;

/// Why nothing is sent to a URL.
pub(crate) const FORBIDDEN: &str =
    "the channel's URL must be https at a public address, or in a network that dispatch.allowed_networks names";

/// Changes the message to what is to be committed, revision included. Whether its line is held.
pub(crate) fn settle(
    message: &mut Message,
    answer: &Answer,
    policy: UnknownPolicy,
    config: &Config,
    now: Timestamp,
) -> bool {
    message.due_at = None;
    message.revision += 1;
    match answer {
        Answer::Answered { status: 200..=299, body, .. } => {
            message.external_id = external_id(body);
            (message.state, message.reason, message.sent_at) = (MessageState::Sent, None, Some(now));
        }
        Answer::Answered { status: 410, .. } => {
            fail(message, "the channel is gone (410); give the inbox another channel and send it again".to_owned());
        }
        Answer::Answered { status: status @ (502 | 504), retry_after_ms, .. } => {
            let why = format!("a gateway before the channel answered {status}; it may have been sent");
            return doubt(message, &why, policy, *retry_after_ms, config, now);
        }
        Answer::Answered { status: status @ (408 | 425 | 429 | 500..=599), retry_after_ms, .. } => {
            again(message, *retry_after_ms, format!("the channel answered {status}"), config, now);
        }
        Answer::Answered { status, .. } => fail(message, format!("the channel refused it ({status})")),
        Answer::Unreached => again(message, None, "the channel could not be reached".to_owned(), config, now),
        Answer::Forbidden => {
            // Nothing was sent: this was no attempt. The first stays, for the message was counted at it.
            message.attempts = message.attempts.saturating_sub(1).max(1);
            message.due_at = Some(now.plus_millis(config.gone_delay_ms));
            (message.state, message.reason) = (MessageState::Held, Some(FORBIDDEN.to_owned()));
        }
        Answer::Doubtful => return doubt(message, "the channel gave no answer", policy, None, config, now),
    }
    false
}

/// Nobody knows whether it was sent: the inbox's policy decides. Whether its line is held.
fn doubt(
    message: &mut Message,
    why: &str,
    policy: UnknownPolicy,
    asked_ms: Option<u64>,
    config: &Config,
    now: Timestamp,
) -> bool {
    let unknown = (MessageState::Unknown, Some(why.to_owned()));
    match policy {
        UnknownPolicy::Retry if message.attempts < config.attempts_max => {
            again(message, asked_ms, why.to_owned(), config, now);
        }
        UnknownPolicy::Retry | UnknownPolicy::Hold | UnknownPolicy::Ask => (message.state, message.reason) = unknown,
    }
    policy == UnknownPolicy::Hold
}

/// The same for a message that was on its way when a host ended; `None` when it is simply to be sent again.
pub(crate) fn settle_interrupted(message: &mut Message, policy: UnknownPolicy, config: &Config) -> Option<bool> {
    if policy == UnknownPolicy::Retry && message.attempts < config.attempts_max {
        return None;
    }
    message.due_at = None;
    message.revision += 1;
    (message.state, message.reason) =
        (MessageState::Unknown, Some("the host ended while it was on its way".to_owned()));
    Some(policy == UnknownPolicy::Hold)
}

fn again(message: &mut Message, asked_ms: Option<u64>, reason: String, config: &Config, now: Timestamp) {
    match delay_ms(config, message.attempts, asked_ms, seed(message)) {
        Some(delay) => {
            message.due_at = Some(now.plus_millis(delay));
            (message.state, message.reason) = (MessageState::Queued, Some(reason));
        }
        None => fail(message, format!("{reason}, at the last of {} attempts", message.attempts)),
    }
}

/// What decides the jitter of a message.
pub(crate) fn seed(message: &Message) -> u64 {
    message.id.uuid().as_u64_pair().1
}

fn fail(message: &mut Message, reason: String) {
    (message.state, message.reason) = (MessageState::Failed, Some(reason));
}

fn external_id(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.get("id")?.as_str().filter(|id| !id.is_empty() && id.len() <= 200).map(str::to_owned)
}
