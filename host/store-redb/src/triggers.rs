//! Triggers and their keys: the file of their trait in `hookbox-store`, on redb.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{
    Audited, Automation, AutomationId, KeyId, SecretId, SigningSecret, Timestamp, Trigger, TriggerKey, WorkspaceId,
};
use hookbox_store::{StoreError, Triggers};

use crate::apply;
use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record::{self, Record, seal};
use crate::snapshot::Snapshot;
use crate::store::RedbStore;
use crate::tables::{Fixed, Name};

#[async_trait]
impl Triggers for RedbStore {
    async fn get(&self, automation: AutomationId) -> Result<Option<Trigger>, StoreError> {
        self.read(|snapshot| {
            let Some(workspace) = snapshot.id(Fixed::Routes, automation.as_bytes(), "route")? else { return Ok(None) };
            let workspace = WorkspaceId::from_bytes(workspace);
            let row = key::pair(workspace, automation.as_bytes());
            let Some(record) = snapshot.record::<Automation>(Fixed::Automations, &row)? else { return Ok(None) };
            Ok(Some(Trigger {
                automation,
                workspace,
                state: record.state,
                version: record.version,
                body_bytes_max: record.document.trigger.webhook.body_bytes_max,
                signature: record.document.trigger.webhook.signature,
                secrets: secrets(snapshot, &row)?,
                allow: record.document.trigger.webhook.allow.clone(),
                rate: record.document.trigger.webhook.rate,
                keys: keys(snapshot, &row)?,
            }))
        })
    }

    async fn add_key(&self, key: &TriggerKey, audited: Audited) -> Result<(), StoreError> {
        let key = key.clone();
        self.configure(move |batch| {
            let automation = key::pair(key.workspace, key.automation.as_bytes());
            if !batch.contains::<StoreError>(Fixed::Automations, &automation)? {
                return Err(StoreError::Missing { what: "automation" }.into());
            }
            let row = trigger_key(key.workspace, key.automation, key.id);
            let (value, entry) = (seal(&row, &key)?, apply::next_entry(batch, key.workspace, &audited)?);
            if batch.put_new(Fixed::TriggerKeys, &row, &value)?.is_some() {
                return Err(StoreError::Exists { what: "key", name: key.id.to_string() }.into());
            }
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        key: KeyId,
        at: Timestamp,
        audited: Audited,
    ) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let row = trigger_key(workspace, automation, key);
            let Some(stored) = batch.record::<TriggerKey>(Fixed::TriggerKeys, &row)? else {
                return Err(StoreError::Missing { what: "key" }.into());
            };
            if stored.revoked_at.is_some() {
                return Ok(());
            }
            let revoked = TriggerKey { revoked_at: Some(at), ..stored };
            let (value, entry) = (seal(&row, &revoked)?, apply::next_entry(batch, workspace, &audited)?);
            batch.put(Fixed::TriggerKeys, &row, &value)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn key_used(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        key: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.change(move |batch| {
            let row = trigger_key(workspace, automation, key);
            let Some(stored) = batch.record::<TriggerKey>(Fixed::TriggerKeys, &row)? else {
                return Err(StoreError::Missing { what: "key" }.into());
            };
            if stored.last_used_at.is_none_or(|before| before < at) {
                let used = TriggerKey { last_used_at: Some(at), ..stored };
                batch.put(Fixed::TriggerKeys, &row, &seal(&row, &used)?)?;
            }
            Ok(())
        })
        .await
    }

    async fn add_secret(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        secret: &SigningSecret,
        audited: Audited,
    ) -> Result<(), StoreError> {
        let secret = secret.clone();
        self.configure(move |batch| {
            let of = key::pair(workspace, automation.as_bytes());
            if !batch.contains::<StoreError>(Fixed::Automations, &of)? {
                return Err(StoreError::Missing { what: "automation" }.into());
            }
            let row = key::triple(workspace, automation.as_bytes(), secret.id.as_bytes());
            let (value, entry) = (seal(&row, &secret)?, apply::next_entry(batch, workspace, &audited)?);
            if batch.put_new(Fixed::TriggerSecrets, &row, &value)?.is_some() {
                return Err(StoreError::Exists { what: "secret", name: secret.id.to_string() }.into());
            }
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn remove_secret(
        &self,
        workspace: WorkspaceId,
        automation: AutomationId,
        secret: SecretId,
        audited: Audited,
    ) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let row = key::triple(workspace, automation.as_bytes(), secret.as_bytes());
            if !batch.contains::<StoreError>(Fixed::TriggerSecrets, &row)? {
                return Err(StoreError::Missing { what: "secret" }.into());
            }
            let entry = apply::next_entry(batch, workspace, &audited)?;
            batch.remove(Fixed::TriggerSecrets, &row)?;
            Ok(entry.write(batch)?)
        })
        .await
    }
}

/// The key of a trigger key's row.
pub(crate) fn trigger_key(workspace: WorkspaceId, automation: AutomationId, key: KeyId) -> Vec<u8> {
    [key::pair(workspace, automation.as_bytes()).as_slice(), key.as_bytes()].concat()
}

/// Every key of the automation. A damaged one opens nothing, and keeps none of the others from it.
fn keys(snapshot: &Snapshot, automation: &[u8; 32]) -> Result<Vec<TriggerKey>, StoreError> {
    readable(snapshot, Fixed::TriggerKeys, automation)
}

/// Every secret of the automation. A damaged one verifies nothing, and keeps none of the others from it.
fn secrets(snapshot: &Snapshot, automation: &[u8; 32]) -> Result<Vec<SigningSecret>, StoreError> {
    readable(snapshot, Fixed::TriggerSecrets, automation)
}

fn readable<R: Record>(snapshot: &Snapshot, table: Fixed, automation: &[u8; 32]) -> Result<Vec<R>, StoreError> {
    let Some(rows) = snapshot.table(table.into())? else { return Ok(Vec::new()) };
    let mut records = Vec::new();
    for row in paging::range(&rows, &Bound::Included(automation.to_vec()), automation)? {
        let (key, value) = row.map_err(unreadable)?;
        let opened = record::open::<R>(key.value(), value.value());
        records.extend(snapshot.noted(Name::from(table), key.value(), opened).ok());
    }
    Ok(records)
}
