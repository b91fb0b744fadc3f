//! Channels of inboxes remembered between requests, so that a request of a known channel reads nothing from the store and
//! opens no secret.
//!
//! An inbox without a channel is as one that nobody has: nothing comes in there.

use std::sync::Arc;

use hookbox_model::{Channel, Inbox, InboxId, SigningSecret, Timestamp, WorkspaceId};
use hookbox_store::{Store, StoreError};
use hookbox_vault::{Place, Secret, Vault};

use crate::config::Config;
use crate::remembered::Remembered;

/// Channels by inbox.
pub(crate) struct ChannelCache {
    vault: Vault,
    channels: Remembered<InboxId, KnownChannel>,
}

/// An inbox's channel with its secrets opened.
#[derive(Debug)]
pub(crate) struct KnownChannel {
    pub(crate) workspace: WorkspaceId,
    pub(crate) inbox: InboxId,
    secrets: Vec<(SigningSecret, Secret)>,
}

impl KnownChannel {
    /// A secret that does not open signs nothing.
    fn new(inbox: Inbox, vault: &Vault) -> Option<Self> {
        let Channel::Webhook(channel) = inbox.channel?;
        let (workspace, id) = (inbox.workspace, inbox.id);
        let opened = |secret: SigningSecret| match vault
            .open(&Place::of_inbox(workspace, id, secret.id), &secret.sealed)
        {
            Ok(open) => Some((secret, open)),
            Err(error) => {
                tracing::error!(%error, inbox.id = %id, secret.id = %secret.id, "a channel's signing secret is left out");
                None
            }
        };
        Some(Self { workspace, inbox: id, secrets: channel.secrets.into_iter().filter_map(opened).collect() })
    }

    /// The secrets that are good at `now`.
    pub(crate) fn secrets(&self, now: Timestamp) -> Vec<Secret> {
        self.secrets.iter().filter(|(sealed, _)| sealed.is_live(now)).map(|(_, secret)| secret.clone()).collect()
    }
}

impl ChannelCache {
    pub(crate) fn new(config: &Config, vault: Vault) -> Self {
        Self { vault, channels: Remembered::new(config.inboxes_cached_max, config.unknown_cached_max) }
    }

    /// The channel of `inbox` as it is now, `None` if there is no such inbox or it has none.
    pub(crate) async fn get(&self, store: &dyn Store, inbox: InboxId) -> Result<Option<Arc<KnownChannel>>, StoreError> {
        let revision = store.revision();
        if let Some(remembered) = self.channels.look(inbox, revision) {
            return Ok(remembered);
        }
        let found = store.inboxes().at_door(inbox).await?;
        let known = found.and_then(|inbox| KnownChannel::new(inbox, &self.vault));
        Ok(self.channels.remember(inbox, revision, known))
    }
}
