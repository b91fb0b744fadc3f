//! Changing an inbox: its name, its quiet hours, its channel and the secrets of that.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use hookbox_model::{Channel, Hours, Inbox, InboxId, Timestamp, UnknownPolicy, WebhookChannel};
use hookbox_store::StoreError;
use hookbox_vault::Place;
use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::InboxShape;
use super::subject;
use crate::at::{At, AtSecret};
use crate::audited;
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::{Given, present};
use crate::names::{NameText, name_fault};
use crate::paged::Created;
use crate::refusal::{Fault, Refusal};
use crate::signing::{self, NewSecret, SecretShape, sealed};

/// How long the secrets before a new one stay good: a day, to give the other side the new one.
const OVERLAP_MS: u64 = 24 * 60 * 60 * 1_000;
/// The longest URL of a channel in bytes.
const URL_BYTES_MAX: usize = 2_048;
/// The most live secrets of a channel: each signs every message.
const SECRETS_MAX: usize = 8;

/// What to change of an inbox; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InboxChange {
    /// Its name, unique in the workspace. Documents name it by this: change them too.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
    /// When it sends nothing; null: it always sends.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Hours>")]
    quiet_hours: Option<Option<Hours>>,
    /// What carries its messages outside; null: nothing does. Those written from then on are recorded as sent to nobody, and
    /// what was meant for the channel is held.
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
    /// What becomes of a message whose sending ended in doubt; what it was when absent, and `retry` for a new channel.
    unknown: Option<UnknownPolicy>,
}

pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<InboxId>,
    Given(change): Given<InboxChange>,
) -> Result<Json<InboxShape>, Refusal> {
    let mut faults: Vec<Fault> = change.name.iter().filter_map(|name| name_fault("name", name)).collect();
    if let Some(Some(wish)) = &change.channel {
        faults.extend(url_fault(&door, &wish.webhook.url));
    }
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let (inbox, secret) = changed(&door, &caller, (id, "inbox.change"), |inbox| {
        if let Some(name) = &change.name {
            inbox.name.clone_from(name);
        }
        if let Some(hours) = &change.quiet_hours {
            inbox.quiet_hours.clone_from(hours);
        }
        let Some(wish) = &change.channel else { return Ok(None) };
        let secret;
        (inbox.channel, secret) = channel(&door, inbox, wish.as_ref())?;
        Ok(secret)
    })
    .await?;
    tracing::info!(inbox.id = %id, "an inbox was changed");
    Ok(Json(InboxShape::of(inbox, secret)))
}

pub(super) async fn add_secret(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<InboxId>,
    Given(new): Given<NewSecret>,
) -> Result<Created<SecretShape>, Refusal> {
    let (secret, text) = sealed(&door, new, |secret| Place::of_inbox(caller.workspace_id(), id, secret))?;
    let now = fresh::now();
    let end = Timestamp::from_millis(now.as_millis().saturating_add(OVERLAP_MS));
    changed(&door, &caller, (id, "inbox.add-secret"), |inbox| {
        let Some(Channel::Webhook(channel)) = &mut inbox.channel else {
            let reason = "the inbox has no channel that signs; give it one first".to_owned();
            return Err(Refusal::NotNow { reason });
        };
        channel.secrets.retain(|before| before.is_live(now));
        if channel.secrets.len() >= SECRETS_MAX {
            let reason = format!("{SECRETS_MAX} secrets are live; take one away first");
            return Err(Refusal::NotNow { reason });
        }
        for before in &mut channel.secrets {
            before.not_after = Some(before.not_after.map_or(end, |own| own.min(end)));
        }
        channel.secrets.insert(0, secret.clone());
        Ok(())
    })
    .await?;
    tracing::info!(inbox.id = %id, secret.id = %secret.id, "a signing secret was added");
    Ok(Created(SecretShape::of(&secret, Some(text))))
}

pub(super) async fn remove_secret(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<InboxId>,
    AtSecret(key): AtSecret,
) -> Result<Json<SecretShape>, Refusal> {
    let now = fresh::now();
    let (_, gone) = changed(&door, &caller, (id, "inbox.remove-secret"), |inbox| {
        let missing = Refusal::Missing { what: "secret" };
        let Some(Channel::Webhook(channel)) = &mut inbox.channel else { return Err(missing) };
        let Some(at) = channel.secrets.iter().position(|secret| secret.id == key) else { return Err(missing) };
        let gone = channel.secrets.remove(at);
        if gone.is_live(now) && !channel.secrets.iter().any(|other| other.is_live(now)) {
            let reason = "it is the only live secret, and nothing could be signed without it; add another first";
            return Err(Refusal::NotNow { reason: reason.to_owned() });
        }
        Ok(gone)
    })
    .await?;
    tracing::info!(inbox.id = %id, secret.id = %key, "a signing secret was taken away");
    Ok(Json(SecretShape::of(&gone, None)))
}

/// Changes an inbox by `change`, which is asked again when somebody else was quicker; the inbox as it is then, and what `change`
/// told. The log is told that it was this act.
async fn changed<T: Send>(
    door: &Door,
    caller: &Caller,
    (id, act): (InboxId, &'static str),
    change: impl Fn(&mut Inbox) -> Result<T, Refusal> + Send,
) -> Result<(Inbox, T), Refusal> {
    let inboxes = door.store().inboxes();
    for _ in 0..door.config().change_attempts_max {
        let found = inboxes.get(caller.workspace_id(), id).await?;
        let before = found.ok_or(Refusal::Missing { what: "inbox" })?;
        let mut after = before.clone();
        let told = change(&mut after)?;
        let shapes = [&before, &after].map(|inbox| InboxShape::of(inbox.clone(), None));
        let entry = audited::changed(caller, act, subject(&after), (&shapes[0], &shapes[1]));
        match inboxes.update(&before, &after, entry).await {
            Ok(()) => return Ok((after, told)),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "inbox" }.into())
}

/// The channel as it becomes, and the text of its first secret when there was no channel.
fn channel(
    door: &Door,
    inbox: &Inbox,
    wish: Option<&ChannelWish>,
) -> Result<(Option<Channel>, Option<String>), Refusal> {
    let Some(ChannelWish { webhook: WebhookWish { url, unknown } }) = wish else { return Ok((None, None)) };
    let (secrets, policy, text) = match &inbox.channel {
        Some(Channel::Webhook(before)) => (before.secrets.clone(), before.unknown, None),
        None => {
            let place = |secret| Place::of_inbox(inbox.workspace, inbox.id, secret);
            let (secret, text) = sealed(door, signing::random(), place)?;
            (vec![secret], UnknownPolicy::default(), Some(text))
        }
    };
    let unknown = unknown.unwrap_or(policy);
    Ok((Some(Channel::Webhook(WebhookChannel { url: url.clone(), secrets, unknown, gone_at: None })), text))
}

fn url_fault(door: &Door, url: &str) -> Option<Fault> {
    let parsed = url.parse::<Uri>().ok();
    let is_right = parsed.is_some_and(|uri| {
        let named = uri.authority().is_some_and(|authority| !authority.host().is_empty() && !url.contains('@'));
        matches!(uri.scheme_str(), Some("http" | "https")) && named
    });
    let fits = url.len() <= URL_BYTES_MAX && !url.contains('#');
    let message = "it must be a URL such as https://example.com/messages, without a user and a fragment";
    if !is_right || !fits {
        return Some(Fault::new("channel.webhook.url", message));
    }
    let message = "messages go to https at public addresses, or into networks that dispatch.allowed_networks names";
    (!door.reaches(url)).then(|| Fault::new("channel.webhook.url", message))
}
