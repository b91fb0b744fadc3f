//! Records found damaged: logged once, counted, and listed for the writer, which sets a mark beside each.
//!
//! The row itself stays where it is, so that reads of it keep answering "damaged" and `check-store` can show it.

use std::collections::HashSet;
use std::fmt::Write;

use hookbox_store::StoreError;
use parking_lot::Mutex;
use prometheus_client::metrics::counter::Counter;

use crate::tables::{Fixed, Name};

/// So many damaged rows are remembered; more than that is a broken disk, and each is logged again.
const KNOWN_MAX: usize = 10_000;

/// A damaged row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Damaged {
    /// The table it is in.
    pub(crate) table: Name,
    /// Its key.
    pub(crate) key: Vec<u8>,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// The register of damaged rows.
#[derive(Debug)]
pub(crate) struct Damage {
    counter: Counter,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: HashSet<(Name, Vec<u8>)>,
    unwritten: Vec<Damaged>,
}

impl Damage {
    /// An empty register.
    pub(crate) fn new(counter: Counter) -> Self {
        Self { counter, state: Mutex::default() }
    }

    /// Notes the row when `error` says that it is damaged and it was not noted before.
    pub(crate) fn note(&self, table: Name, key: &[u8], error: &StoreError) {
        let StoreError::Damaged { what, reason } = error else { return };
        let mut state = self.state.lock();
        if state.known.len() < KNOWN_MAX && !state.known.insert((table, key.to_vec())) {
            return;
        }
        self.counter.inc();
        tracing::error!(
            table = %table.text(),
            key = %shown(table, key),
            record = what,
            %reason,
            "a stored record is damaged and was set aside; restore it from a backup"
        );
        if state.unwritten.len() < KNOWN_MAX {
            state.unwritten.push(Damaged { table, key: key.to_vec(), reason: reason.clone() });
        }
    }

    /// Whether this row is known to be damaged.
    pub(crate) fn knows(&self, table: Name, key: &[u8]) -> bool {
        let state = self.state.lock();
        !state.known.is_empty() && state.known.contains(&(table, key.to_vec()))
    }

    /// What was noted since the last call, for the writer.
    pub(crate) fn take(&self) -> Vec<Damaged> {
        std::mem::take(&mut self.state.lock().unwritten)
    }
}

/// The key of a quarantine row: the table's name, a zero byte, the key.
pub(crate) fn quarantine_key(table: Name, key: &[u8]) -> Vec<u8> {
    let mut quarantined = table.text().as_bytes().to_vec();
    quarantined.push(0);
    quarantined.extend_from_slice(key);
    quarantined
}

/// The key for people; keys made of contact data or names are not shown.
pub(crate) fn shown(table: Name, key: &[u8]) -> String {
    if let Name::Fixed(
        Fixed::Identifiers
        | Fixed::Names
        | Fixed::ActivePlugins
        | Fixed::PluginState
        | Fixed::StateEnds
        | Fixed::StateUsage
        | Fixed::PluginSecrets,
    ) = table
    {
        return "(not shown)".into();
    }
    key.iter().fold(String::with_capacity(key.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
