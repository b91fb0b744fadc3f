//! What a fixture lets the plugin remember and use: its state and its secrets.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use async_trait::async_trait;
use hookbox_model::{HttpScope, StateEntry, StateUsage};
use hookbox_sandbox::{SecretText, Surroundings, Unavailable};

use super::origins::Origins;
use crate::author::fixture::Fixture;

/// The state and the secrets of one fixture.
pub(super) struct Memory {
    state: BTreeMap<String, String>,
    secrets: BTreeMap<String, (String, Vec<HttpScope>)>,
}

impl Memory {
    /// Those of a fixture; an error names the secret whose hosts are none.
    pub(super) fn of(fixture: &Fixture, origins: &Origins) -> Result<Self> {
        let mut secrets = BTreeMap::new();
        for (name, secret) in &fixture.secrets {
            let hosts = secret.hosts.iter().flat_map(|host| origins.scopes(host));
            let hosts = hosts.map(|host| host.parse()).collect::<Result<_, _>>();
            let hosts = hosts.with_context(|| format!("a host of the secret {name:?} is none"))?;
            secrets.insert(name.clone(), (secret.text.clone(), hosts));
        }
        Ok(Self { state: fixture.state.clone(), secrets })
    }
}

#[async_trait]
impl Surroundings for Memory {
    async fn state(&self, key: &str) -> Result<Option<StateEntry>, Unavailable> {
        Ok(self.state.get(key).map(|value| StateEntry { value: value.clone(), expires_at: None }))
    }

    async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
        let bytes = self.state.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
        Ok(StateUsage { keys: self.state.len() as u64, bytes })
    }

    async fn secret(&self, name: &str) -> Result<Option<SecretText>, Unavailable> {
        let secret = self.secrets.get(name);
        Ok(secret.map(|(text, hosts)| SecretText { text: text.clone().into(), hosts: hosts.clone() }))
    }
}
