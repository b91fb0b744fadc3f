//! Triggers remembered between requests, so that a request of a known trigger reads nothing from the store, parses no
//! network and opens no secret.
//!
//! What is remembered counts only while the store's revision is the one it was read at: a revoked key is refused by the
//! next request.

use std::net::IpAddr;
use std::sync::Arc;

use hookbox_model::{AutomationId, SigningSecret, Timestamp, Trigger};
use hookbox_store::{Store, StoreError};
use hookbox_vault::{Place, Secret, Vault};
use ipnet::IpNet;

use crate::config::Config;
use crate::remembered::Remembered;

/// Triggers by automation.
pub(crate) struct TriggerCache {
    vault: Vault,
    triggers: Remembered<AutomationId, KnownTrigger>,
}

/// A trigger, its networks parsed and its secrets opened.
#[derive(Debug)]
pub(crate) struct KnownTrigger {
    trigger: Trigger,
    networks: Vec<IpNet>,
    secrets: Vec<(SigningSecret, Secret)>,
}

impl KnownTrigger {
    /// What cannot be read opens nothing: a network that is none allows nobody, a secret that does not open signs nothing.
    pub(crate) fn new(trigger: Trigger, vault: &Vault) -> Self {
        let networks = trigger.allow.iter().filter_map(|text| network(text, &trigger)).collect();
        let secrets = trigger.secrets.iter().filter_map(|secret| opened(secret, &trigger, vault)).collect();
        Self { trigger, networks, secrets }
    }

    pub(crate) fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Whether requests may come from `address`.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        self.trigger.allow.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }

    /// The secrets that are good at `now`.
    pub(crate) fn secrets(&self, now: Timestamp) -> Vec<Secret> {
        self.secrets.iter().filter(|(sealed, _)| sealed.is_live(now)).map(|(_, secret)| secret.clone()).collect()
    }
}

fn network(text: &str, trigger: &Trigger) -> Option<IpNet> {
    let parsed = text.parse::<IpNet>();
    if let Err(error) = &parsed {
        tracing::error!(%error, automation.id = %trigger.automation, "a network of an automation's allow-list cannot be read");
    }
    parsed.ok()
}

fn opened(secret: &SigningSecret, trigger: &Trigger, vault: &Vault) -> Option<(SigningSecret, Secret)> {
    let place = Place::of_automation(trigger.workspace, trigger.automation, secret.id);
    match vault.open(&place, &secret.sealed) {
        Ok(open) => Some((secret.clone(), open)),
        Err(error) => {
            tracing::error!(%error, automation.id = %trigger.automation, secret.id = %secret.id, "a signing secret is left out");
            None
        }
    }
}

impl TriggerCache {
    pub(crate) fn new(config: &Config, vault: Vault) -> Self {
        Self { vault, triggers: Remembered::new(config.triggers_cached_max, config.unknown_cached_max) }
    }

    /// The trigger of `automation` as it is now, `None` if there is no such automation.
    pub(crate) async fn get(
        &self,
        store: &dyn Store,
        automation: AutomationId,
    ) -> Result<Option<Arc<KnownTrigger>>, StoreError> {
        let revision = store.revision();
        if let Some(remembered) = self.triggers.look(automation, revision) {
            return Ok(remembered);
        }
        let trigger = store.triggers().get(automation).await?;
        let known = trigger.map(|trigger| KnownTrigger::new(trigger, &self.vault));
        Ok(self.triggers.remember(automation, revision, known))
    }
}
