//! Plugins: every version has its component, and what is active is a version that may be called.

use std::collections::HashSet;

use hookbox_model::{Digest, Plugin};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{each, keys, lookup};
use crate::apply;
use crate::disk::Disk;
use crate::key;
use crate::plugins::name_of;
use crate::record;
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

pub(super) fn check(snapshot: &Snapshot, disk: &dyn Disk, findings: &mut Findings) -> Result<(), StoreError> {
    // Workspaces share the component of a version.
    let mut whole = HashSet::new();
    each::<Plugin>(snapshot, Fixed::Plugins, |row, plugin| {
        if row != key::with(&apply::home_of(&plugin), plugin.digest.as_bytes()) {
            findings.add(Fixed::Plugins, row, "it is not the version that its key says");
        }
        if whole.contains(&plugin.digest) {
            return Ok(());
        }
        match disk.read(&name_of(plugin.digest)) {
            Ok(bytes) if Digest::of(&bytes) == plugin.digest => drop(whole.insert(plugin.digest)),
            Ok(_) => findings.add(Fixed::Plugins, row, "its component is damaged; install it again"),
            Err(error) => findings.add(Fixed::Plugins, row, format!("its component cannot be read: {error}")),
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::ActivePlugins, |row, value| {
        let (home, name) = (key::id_at(row, 0), row.get(key::ID..).unwrap_or_default());
        let pointed = record::open_index(row, value, apply::ACTIVE).and_then(apply::digest_of);
        let version = pointed
            .ok()
            .and_then(|digest| lookup::<Plugin>(snapshot, Fixed::Plugins, &key::with(&home, digest.as_bytes())));
        let what = match version {
            None => "the active version is not there",
            Some(plugin) if plugin.manifest.name.as_bytes() != name => "the active version has another name",
            Some(plugin) if !plugin.approval.is_given() => "the active version is not approved",
            Some(_) => return Ok(()),
        };
        findings.add(Fixed::ActivePlugins, row, what);
        Ok(())
    })
}
