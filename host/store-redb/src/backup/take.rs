//! Taking a backup: a snapshot written as frames to whoever takes them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hookbox_model::Digest;
use hookbox_store::{BackupLabel, StoreError};
use sha2::{Digest as _, Sha256};

use super::format::{
    BackupHeader, End, FORMAT, FRAME_BYTES, FRAME_HEAD, Kind, LEFT_OUT, MAGIC, begin_frame, end_frame, frame,
};
use crate::apply::{SCHEMA, SEQUENCE};
use crate::disk::Disk;
use crate::envelope;
use crate::error::unreadable;
use crate::plugins::{digests, name_of};
use crate::snapshot::{Snapshot, Table};
use crate::tables::Fixed;

/// Takes pieces of the file; an error ends the backup.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Vec<u8>) -> Result<(), StoreError>;

/// Writes a backup of `snapshot`, with the components that lie on `disk`.
pub(super) fn take(snapshot: &Snapshot, disk: &dyn Disk, label: BackupLabel, sink: Sink<'_>) -> Result<(), StoreError> {
    let tables = tables(snapshot)?;
    let needed = digests(snapshot)?;
    let components: Vec<(Digest, PathBuf)> = needed.iter().map(|digest| (*digest, name_of(*digest))).collect();
    let mut rows = 0;
    for (_, table) in &tables {
        rows += redb::ReadableTableMetadata::len(table).map_err(unreadable)?;
    }
    let header = BackupHeader {
        format: FORMAT,
        schema: number(snapshot, SCHEMA)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes),
        sequence: number(snapshot, SEQUENCE)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes),
        taken_at: label.at,
        program: label.program,
        key: label.key,
        rows,
        components: components.len() as u64,
    };
    let mut taking = Taking { sink, sum: Sha256::new(), end: End::default() };
    taking.give(MAGIC.to_vec())?;
    taking.json(Kind::Header, &header)?;
    for (digest, name) in components {
        taking.component(disk, digest, &name)?;
    }
    for (name, table) in tables {
        taking.table(&name, &table)?;
    }
    taking.finish()
}

/// Every table but that of sessions, by name.
fn tables(snapshot: &Snapshot) -> Result<Vec<(String, Table)>, StoreError> {
    let names: BTreeSet<String> = snapshot.names()?;
    let wanted = names.into_iter().filter(|name| name != LEFT_OUT);
    wanted.map(|name| snapshot.named(&name).map(|rows| (name, rows))).collect()
}

fn number(snapshot: &Snapshot, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    snapshot.index(Fixed::Meta, key, "meta")
}

/// A backup under way.
struct Taking<'a> {
    sink: Sink<'a>,
    sum: Sha256,
    end: End,
}

impl Taking<'_> {
    fn give(&mut self, piece: Vec<u8>) -> Result<(), StoreError> {
        self.sum.update(&piece);
        (self.sink)(piece)
    }

    fn json(&mut self, kind: Kind, content: &impl serde::Serialize) -> Result<(), StoreError> {
        let json = serde_json::to_vec(content)
            .map_err(|error| StoreError::Damaged { what: "backup", reason: error.to_string() })?;
        self.give(frame(kind, &[&json]))
    }

    /// One that is not there, or is not what its name says, is counted: the store it comes from is no better.
    fn component(&mut self, disk: &dyn Disk, digest: Digest, name: &std::path::Path) -> Result<(), StoreError> {
        match disk.read(name) {
            Ok(bytes) if Digest::of(&bytes) == digest => {
                self.end.components += 1;
                self.give(frame(Kind::Component, &[digest.as_bytes(), &bytes]))
            }
            Ok(_) => self.missing(digest, "its bytes do not have its digest"),
            Err(error) => self.missing(digest, &error.to_string()),
        }
    }

    fn missing(&mut self, digest: Digest, why: &str) -> Result<(), StoreError> {
        tracing::error!(%digest, why, "a stored component is not in the backup; install its plugin again");
        self.end.components_missing += 1;
        Ok(())
    }

    fn table(&mut self, name: &str, table: &Table) -> Result<(), StoreError> {
        self.give(frame(Kind::Table, &[name.as_bytes()]))?;
        let mut count = 0;
        let mut rows = begin_frame(Kind::Rows, FRAME_BYTES);
        for row in table.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, value) = row.map_err(unreadable)?;
            let (key, value) = (key.value(), value.value());
            if let Err(why) = envelope::open(key, value) {
                tracing::error!(table = name, why, "a damaged row is in the backup as it is");
                self.end.damaged += 1;
            }
            if rows.len() > FRAME_HEAD && rows.len() + key.len() + value.len() > FRAME_BYTES {
                end_frame(&mut rows);
                self.give(std::mem::replace(&mut rows, begin_frame(Kind::Rows, FRAME_BYTES)))?;
            }
            for part in [key, value] {
                let bytes = u32::try_from(part.len())
                    .map_err(|_| StoreError::Damaged { what: "row", reason: "it is longer than 4 GiB".into() })?;
                rows.extend_from_slice(&bytes.to_le_bytes());
            }
            rows.extend_from_slice(key);
            rows.extend_from_slice(value);
            count += 1;
        }
        if rows.len() > FRAME_HEAD {
            end_frame(&mut rows);
            self.give(rows)?;
        }
        self.end.tables.insert(name.to_owned(), count);
        Ok(())
    }

    fn finish(mut self) -> Result<(), StoreError> {
        let end = std::mem::take(&mut self.end);
        self.json(Kind::End, &end)?;
        let sum: [u8; 32] = self.sum.finalize().into();
        (self.sink)(frame(Kind::Sum, &[&sum]))
    }
}
