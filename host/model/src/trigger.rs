//! A trigger as the webhook door sees it, its keys, and the tokens of the admin door.

use serde::{Deserialize, Serialize};

use crate::{
    AutomationId, AutomationState, Digest, KeyId, PresentedKey, RateDocument, SignatureRule, SigningSecret, Timestamp,
    WorkspaceId,
};

/// What the webhook door needs to know of an automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The automation it starts.
    pub automation: AutomationId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Whether it takes requests.
    pub state: AutomationState,
    /// The version that new captures are pinned to.
    pub version: u32,
    /// The largest body in bytes, if the document sets one.
    pub body_bytes_max: Option<u64>,
    /// Whether requests must be signed.
    pub signature: SignatureRule,
    /// Every secret that requests may be signed with.
    pub secrets: Vec<SigningSecret>,
    /// The networks that requests may come from; any when empty.
    pub allow: Vec<String>,
    /// The limit of requests of each key, if the document sets one.
    pub rate: Option<RateDocument>,
    /// Every key that was ever made for it and not removed.
    pub keys: Vec<TriggerKey>,
}

/// An API key of a trigger; the secret itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerKey {
    /// Its public half.
    pub id: KeyId,
    /// The trigger it opens.
    pub automation: AutomationId,
    /// The workspace that trigger belongs to.
    pub workspace: WorkspaceId,
    /// SHA-256 of the secret.
    pub secret_sha256: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// No longer good from here on.
    pub not_after: Option<Timestamp>,
    /// Taken back at this time.
    pub revoked_at: Option<Timestamp>,
    /// When it last opened its trigger, to the minute.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
}

impl TriggerKey {
    /// A new key and its text, which is shown once, from 40 random bytes.
    pub fn generate(
        automation: AutomationId,
        workspace: WorkspaceId,
        random: [u8; 40],
        now: Timestamp,
    ) -> (Self, String) {
        let (mut id, mut secret) = ([0u8; 8], [0u8; 32]);
        id.copy_from_slice(&random[..8]);
        secret.copy_from_slice(&random[8..]);
        let id = KeyId::from_bytes(id);
        let key = Self {
            id,
            automation,
            workspace,
            secret_sha256: Digest::of(&secret),
            created_at: now,
            not_after: None,
            revoked_at: None,
            last_used_at: None,
        };
        (key, PresentedKey::write(id, &secret))
    }

    /// Whether the key opens its trigger at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.not_after.is_none_or(|end| now < end)
    }
}
