//! Plugin state: what is counted is there, and everything that ends is on the list of the sweep.

use std::collections::BTreeMap;

use hookbox_model::{StateEntry, StateUsage, Timestamp};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{keys, lookup};
use crate::apply;
use crate::key;
use crate::record;
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    // Nothing where an entry cannot be read: how many bytes it had is not known, and it is told by itself.
    let mut found: BTreeMap<Vec<u8>, Option<StateUsage>> = BTreeMap::new();
    keys(snapshot, Fixed::PluginState, |row, value| {
        if key::state_parts(row).is_none() {
            findings.add(Fixed::PluginState, row, "its key names no plugin");
            return Ok(());
        }
        let usage = found.entry(apply::usage_row_of(row)).or_insert(Some(StateUsage::default()));
        let Ok(entry) = record::open::<StateEntry>(row, value) else {
            *usage = None;
            return Ok(());
        };
        *usage = usage.map(|usage| apply::usage_with(usage, row, &entry));
        if let Some(at) = entry.expires_at
            && !snapshot.contains(Fixed::StateEnds, &apply::end_row(at, row))?
        {
            findings.add(Fixed::PluginState, row, "it ends and would never be swept");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::StateEnds, |row, _| {
        let (at, of) = (Timestamp::from_millis(key::number_at(row, 0)), row.get(8..).unwrap_or_default());
        if lookup::<StateEntry>(snapshot, Fixed::PluginState, of).and_then(|entry| entry.expires_at) != Some(at) {
            findings.add(Fixed::StateEnds, row, "its entry does not end then");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::StateUsage, |row, value| {
        let told = record::open_index(row, value, apply::USAGE).and_then(apply::usage_of).ok();
        match found.remove(row) {
            Some(None) => {}
            Some(Some(usage)) if told == Some(usage) => {}
            Some(_) | None => findings.add(Fixed::StateUsage, row, "it does not count what the plugin keeps"),
        }
        Ok(())
    })?;
    for row in found.keys() {
        findings.add(Fixed::StateUsage, row, "what the plugin keeps is not counted");
    }
    Ok(())
}
