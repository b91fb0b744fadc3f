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

    /// The live secrets that the vault opens, newest first.
    pub(crate) fn secrets(&self, now: Timestamp) -> Vec<&Secret> {
        let live = self.secrets.iter().filter(|(secret, _)| secret.is_live(now));
        live.filter_map(|(_, opened)| opened.as_ref()).collect()
    }
}
