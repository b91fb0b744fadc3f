//! An inbox with its workspace and its opened secrets, read once for each revision of the store.

use hookbox_model::{Channel, Inbox, SigningSecret, Timestamp, WebhookChannel, Workspace};
use hookbox_vault::{Place, Secret, Vault};

/// An inbox, ready to be sent through.
pub(crate) struct Opened {
    pub(crate) inbox: Inbox,
    pub(crate) workspace: Workspace,
    secrets: Vec<(SigningSecret, Option<Secret>)>,
}

impl Opened {
    pub(crate) fn new(inbox: Inbox, workspace: Workspace, vault: &Vault) -> Self {
        let open = |secret: &SigningSecret| {
            let opened = vault.open(&Place::of_inbox(inbox.workspace, inbox.id, secret.id), &secret.sealed).ok();
            (secret.clone(), opened)
        };
        let secrets = match &inbox.channel {
            Some(Channel::Webhook(channel)) => channel.secrets.iter().map(open).collect(),
            None => Vec::new(),
        };
        Self { inbox, workspace, secrets }
    }

    pub(crate) fn channel(&self) -> Option<&WebhookChannel> {
        self.inbox.channel.as_ref().map(|Channel::Webhook(channel)| channel)
    }

    /// The newest live secret; `None` when none is live or the vault does not open it.
    pub(crate) fn secret(&self, now: Timestamp) -> Option<&Secret> {
        self.secrets.iter().find(|(secret, _)| secret.is_live(now))?.1.as_ref()
    }
}
