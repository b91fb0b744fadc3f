//! Changes of plugins: versions, what was decided about them, and which one of a name is active in a workspace or in all.

use hookbox_model::{Approval, Audited, Digest, Grants, Plugin, Timestamp, WorkspaceId};
use hookbox_store::StoreError;

use super::audit::next_entry;
use crate::batch::Batch;
use crate::catalog::EVERYWHERE;
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal, seal_index};
use crate::tables::Fixed;

/// Where a version is kept: under its workspace, or under that of all.
pub(crate) fn home_of(plugin: &Plugin) -> [u8; key::ID] {
    plugin.workspace.map_or(EVERYWHERE, |workspace| *workspace.as_bytes())
}

/// Keeps a version whose component is on disk, and makes it the active one if it says so.
pub(crate) fn install_plugin(batch: &mut Batch<'_>, plugin: Plugin, audited: &Audited) -> Result<(), Fault> {
    let home = home_of(&plugin);
    let row = key::with(&home, plugin.digest.as_bytes());
    let of_all = key::with(&EVERYWHERE, plugin.digest.as_bytes());
    if plugin.workspace.is_some() && batch.contains::<StoreError>(Fixed::Plugins, &of_all)? {
        return Err(StoreError::Exists { what: Plugin::WHAT, name: plugin.manifest.name }.into());
    }
    let stored = batch.record::<Plugin>(Fixed::Plugins, &row)?;
    let (is_new, activated_at, activates) = (stored.is_none(), plugin.activated_at, plugin.active);
    let kept = stored.unwrap_or(plugin);
    if activates && !kept.approval.is_given() {
        return Err(StoreError::Stale { what: Plugin::WHAT }.into());
    }
    let name = kept.manifest.name.clone();
    let becomes_active = activates && active_digest(batch, &home, &name)? != Some(kept.digest);
    if !is_new && !becomes_active {
        return Ok(());
    }
    let digest = kept.digest;
    let kept = Plugin { activated_at: activated_at.filter(|_| becomes_active).or(kept.activated_at), ..kept };
    let log = kept.workspace.unwrap_or(WorkspaceId::HOST);
    let (value, entry) = (seal(&row, &kept)?, next_entry(batch, log, audited)?);
    batch.put(Fixed::Plugins, &row, &value)?;
    if becomes_active {
        point(batch, &home, &name, digest)?;
    }
    Ok(entry.write(batch)?)
}

/// Writes what was decided. One that may not run any more is not active any more.
pub(crate) fn decide_plugin(
    batch: &mut Batch<'_>,
    seen: &Plugin,
    (approval, grants): (Approval, Grants),
    audited: &Audited,
) -> Result<Plugin, Fault> {
    let (row, workspace) = unchanged(batch, seen)?;
    let home = workspace.as_bytes();
    let was_active = seen.active;
    let decided = Plugin { active: was_active && approval.is_given(), approval, grants, ..seen.clone() };
    let (value, entry) = (seal(&row, &decided)?, next_entry(batch, workspace, audited)?);
    batch.put(Fixed::Plugins, &row, &value)?;
    if was_active && !decided.active {
        batch.remove(Fixed::ActivePlugins, &key::with(home, decided.manifest.name.as_bytes()))?;
    }
    entry.write(batch)?;
    Ok(decided)
}

/// Makes a version the active one of its name.
pub(crate) fn activate_plugin(
    batch: &mut Batch<'_>,
    seen: &Plugin,
    at: Timestamp,
    audited: &Audited,
) -> Result<Plugin, Fault> {
    let (row, workspace) = unchanged(batch, seen)?;
    if !seen.approval.is_given() {
        return Err(StoreError::Stale { what: Plugin::WHAT }.into());
    }
    let activated = Plugin { active: true, activated_at: Some(at), ..seen.clone() };
    let (value, entry) = (seal(&row, &activated)?, next_entry(batch, workspace, audited)?);
    batch.put(Fixed::Plugins, &row, &value)?;
    point(batch, workspace.as_bytes(), &activated.manifest.name, activated.digest)?;
    entry.write(batch)?;
    Ok(activated)
}

/// Leaves the name of the active version without one in the workspace.
pub(crate) fn deactivate_plugin(batch: &mut Batch<'_>, seen: &Plugin, audited: &Audited) -> Result<(), Fault> {
    let (_, workspace) = unchanged(batch, seen)?;
    if !seen.active {
        return Err(StoreError::Missing { what: Plugin::WHAT }.into());
    }
    let entry = next_entry(batch, workspace, audited)?;
    batch.remove(Fixed::ActivePlugins, &key::with(workspace.as_bytes(), seen.manifest.name.as_bytes()))?;
    Ok(entry.write(batch)?)
}

/// Forgets a version that is not active; that no run keeps to it was seen before.
pub(crate) fn remove_plugin(batch: &mut Batch<'_>, seen: &Plugin, audited: &Audited) -> Result<(), Fault> {
    let (row, workspace) = unchanged(batch, seen)?;
    if seen.active {
        let by = format!("it is the active version of {:?}", seen.manifest.name);
        return Err(StoreError::InUse { what: Plugin::WHAT, by }.into());
    }
    let entry = next_entry(batch, workspace, audited)?;
    batch.remove(Fixed::Plugins, &row)?;
    Ok(entry.write(batch)?)
}

/// The row of a version of a workspace's own that is as it was seen, and whose it is.
fn unchanged(batch: &mut Batch<'_>, seen: &Plugin) -> Result<(Vec<u8>, WorkspaceId), Fault> {
    let missing = StoreError::Missing { what: Plugin::WHAT };
    let Some(workspace) = seen.workspace else { return Err(missing.into()) };
    let row = key::with(workspace.as_bytes(), seen.digest.as_bytes());
    let stored = batch.record::<Plugin>(Fixed::Plugins, &row)?.ok_or(missing)?;
    let active = active_digest(batch, workspace.as_bytes(), &stored.manifest.name)? == Some(stored.digest);
    if (Plugin { active, ..stored }) != *seen {
        return Err(StoreError::Stale { what: Plugin::WHAT }.into());
    }
    Ok((row, workspace))
}

/// As [`install_plugin`], if the version that this one takes its grants from is still the active one, with these.
pub(crate) fn inherit_plugin(
    batch: &mut Batch<'_>,
    plugin: Plugin,
    from: &Plugin,
    audited: &Audited,
) -> Result<(), Fault> {
    match unchanged(batch, from) {
        Ok(_) if from.active => install_plugin(batch, plugin, audited),
        Ok(_) | Err(Fault::Refused(StoreError::Missing { .. })) => Err(StoreError::Stale { what: Plugin::WHAT }.into()),
        Err(fault) => Err(fault),
    }
}

fn active_digest(batch: &mut Batch<'_>, home: &[u8; key::ID], name: &str) -> Result<Option<Digest>, Fault> {
    let row = key::with(home, name.as_bytes());
    let payload = batch.index(Fixed::ActivePlugins, &row, ACTIVE)?;
    Ok(payload.map(|payload| digest_of(&payload)).transpose()?)
}

/// What rows of `active-plugins` are called in messages.
pub(crate) const ACTIVE: &str = "active plugin";

/// The digest in the payload of such a row.
pub(crate) fn digest_of(payload: &[u8]) -> Result<Digest, StoreError> {
    let bytes = payload.try_into().ok();
    let damaged = || StoreError::Damaged { what: ACTIVE, reason: "it has no 32 bytes".into() };
    bytes.map(Digest::from_bytes).ok_or_else(damaged)
}

fn point(batch: &mut Batch<'_>, home: &[u8; key::ID], name: &str, digest: Digest) -> Result<(), redb::Error> {
    let row = key::with(home, name.as_bytes());
    batch.put(Fixed::ActivePlugins, &row, &seal_index(&row, digest.as_bytes()))
}
