//! Changing an inbox: its name, its quiet hours, its channel and the secrets of that.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use hookbox_model::{Channel, Hours, Inbox, InboxId, Timestamp, UnknownPolicy, WebhookChannel};
use hookbox_vault::Place;
use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::InboxShape;
use crate::at::At;
use crate::caller::Caller;
use crate::door::Door;
use crate::fresh;
use crate::given::{Given, present};
use crate::names::name_fault;
use crate::paged::Created;
use crate::refusal::{Fault, Refusal};
use crate::signing::{self, NewSecret, SecretShape, sealed};

/// How long the secrets before a new one stay good: a day, to give the other side the new one.
const OVERLAP_MS: u64 = 24 * 60 * 60 * 1_000;
/// The longest URL of a channel in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// What to change of an inbox; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InboxChange {
    /// Its name, unique in the workspace. Documents name it by this: change them too.
    name: Option<String>,
    /// When it sends nothing; null: it always sends.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Hours>")]
    quiet_hours: Option<Option<Hours>>,
    /// What carries its messages outside; null: nothing does, they are recorded as sent to nobody.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<ChannelWish>")]
    channel: Option<Option<ChannelWish>>,
}

/// What is to carry an inbox's messages.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChannelWish {
    /// Messages are POSTed to a URL.
    webhook: WebhookWish,
}

/// A channel that POSTs messages to a URL.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WebhookWish {
    /// Where messages are POSTed to: `https://…` or `http://…`.
    url: String,
    /// What becomes of a message whose sending ended in doubt; it is sent again when absent.
    #[serde(default)]
    unknown: UnknownPolicy,
}

pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<InboxId>,
    Given(change): Given<InboxChange>,
) -> Result<Json<InboxShape>, Refusal> {
    let mut inbox = found(&door, &caller, id).await?;
    let mut faults: Vec<Fault> = change.name.iter().filter_map(|name| name_fault("name", name)).collect();
    if let Some(Some(wish)) = &change.channel {
        faults.extend(url_fault(&wish.webhook.url));
    }
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    if let Some(name) = change.name {
        inbox.name = name;
    }
    if let Some(hours) = change.quiet_hours {
        inbox.quiet_hours = hours;
    }
    let mut secret = None;
    if let Some(wish) = change.channel {
        (inbox.channel, secret) = channel(&door, &inbox, wish)?;
    }
    door.store().inboxes().update(&inbox).await?;
    tracing::info!(inbox.id = %id, "an inbox was changed");
    Ok(Json(InboxShape::of(inbox, secret)))
}

pub(super) async fn add_secret(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<InboxId>,
    Given(new): Given<NewSecret>,
) -> Result<Created<SecretShape>, Refusal> {
    let mut inbox = found(&door, &caller, id).await?;
    let Some(Channel::Webhook(channel)) = &mut inbox.channel else {
        let reason = "the inbox has no channel that signs; give it one first".to_owned();
        return Err(Refusal::NotNow { reason });
    };
    let (secret, text) = sealed(&door, new, |secret| Place::of_inbox(caller.workspace_id(), id, secret))?;
    let now = fresh::now();
    let end = Timestamp::from_millis(now.as_millis().saturating_add(OVERLAP_MS));
    channel.secrets.retain(|before| before.is_live(now));
    for before in &mut channel.secrets {
        before.not_after = Some(before.not_after.map_or(end, |own| own.min(end)));
    }
    channel.secrets.insert(0, secret.clone());
    door.store().inboxes().update(&inbox).await?;
    tracing::info!(inbox.id = %id, secret.id = %secret.id, "a signing secret was added");
    Ok(Created(SecretShape::of(&secret, Some(text))))
}

async fn found(door: &Door, caller: &Caller, id: InboxId) -> Result<Inbox, Refusal> {
    door.store().inboxes().get(caller.workspace_id(), id).await?.ok_or(Refusal::Missing { what: "inbox" })
}

/// The channel as it becomes, and the text of its first secret when there was no channel.
fn channel(
    door: &Door,
    inbox: &Inbox,
    wish: Option<ChannelWish>,
) -> Result<(Option<Channel>, Option<String>), Refusal> {
    let Some(ChannelWish { webhook: WebhookWish { url, unknown } }) = wish else { return Ok((None, None)) };
    let (secrets, text) = match &inbox.channel {
        Some(Channel::Webhook(before)) => (before.secrets.clone(), None),
        None => {
            let place = |secret| Place::of_inbox(inbox.workspace, inbox.id, secret);
            let (secret, text) = sealed(door, signing::random(), place)?;
            (vec![secret], Some(text))
        }
    };
    Ok((Some(Channel::Webhook(WebhookChannel { url, secrets, unknown, gone_at: None })), text))
}

fn url_fault(url: &str) -> Option<Fault> {
    let parsed = url.parse::<Uri>().ok();
    let is_right = parsed.is_some_and(|uri| {
        let named = uri.authority().is_some_and(|authority| !authority.host().is_empty() && !url.contains('@'));
        matches!(uri.scheme_str(), Some("http" | "https")) && named
    });
    let fits = url.len() <= URL_BYTES_MAX && !url.contains('#');
    let message = "it must be a URL such as https://example.com/messages, without a user and a fragment";
    (!is_right || !fits).then(|| Fault::new("channel.webhook.url", message))
}
