//! Records with a name that is unique in their workspace: workspaces, inboxes, members, lists, automations.

use hookbox_model::WorkspaceId;
use hookbox_store::{Page, PageRequest, StoreError};

use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::paging::{self, Reach};
use crate::record::{self, Record, seal, seal_index};
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

/// What has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A workspace; its name is unique in the store.
    Workspace,
    /// An inbox.
    Inbox,
    /// A member.
    Member,
    /// A list.
    List,
    /// An automation.
    Automation,
    /// A declared contact field.
    Field,
    /// A template.
    Template,
    /// A user; their address is unique in the store.
    User,
}

/// Under which workspace the names of workspaces are.
pub(crate) const EVERYWHERE: [u8; key::ID] = [0; key::ID];

impl Named {
    const fn byte(self) -> u8 {
        match self {
            Self::Workspace => b'w',
            Self::Inbox => b'i',
            Self::Member => b'm',
            Self::List => b'l',
            Self::Automation => b'a',
            Self::Field => b'f',
            Self::Template => b't',
            Self::User => b'u',
        }
    }

    /// The key of a name's row.
    pub(crate) fn key(self, workspace: &[u8; key::ID], name: &str) -> Vec<u8> {
        key::with(workspace, &[&[self.byte()], name.as_bytes()].concat())
    }
}

/// Adds a record under `row`, unless its name is taken.
pub(crate) fn add<R: Record>(
    batch: &mut Batch<'_>,
    table: Fixed,
    row: &[u8],
    record: &R,
    name: (Named, [u8; key::ID], &str),
    id: &[u8; key::ID],
) -> Result<(), Fault> {
    let value = seal(row, record)?;
    if batch.contains::<StoreError>(table, row)? {
        return Err(StoreError::Exists { what: R::WHAT, name: name.2.into() }.into());
    }
    take_name::<R>(batch, name, id)?;
    batch.put(table, row, &value)?;
    Ok(())
}

/// Puts `after` in the place of the record under `row`, which must be `before` and whose name `name_of` tells, and takes its new
/// name; whether they differ.
pub(crate) fn replace<R: Record + PartialEq>(
    batch: &mut Batch<'_>,
    table: Fixed,
    row: &[u8],
    (before, after): (&R, &R),
    (named, workspace, name_of): (Named, [u8; key::ID], fn(&R) -> &str),
    id: &[u8; key::ID],
) -> Result<bool, Fault> {
    let value = seal(row, after)?;
    same(batch, table, row, before)?;
    if before == after {
        return Ok(false);
    }
    take_name::<R>(batch, (named, workspace, name_of(after)), id)?;
    if name_of(before) != name_of(after) {
        batch.remove(Fixed::Names, &named.key(&workspace, name_of(before)))?;
    }
    batch.put(table, row, &value)?;
    Ok(true)
}

/// Removes the record under `row`, which must be `seen` and whose name `name_of` tells, and frees its name.
pub(crate) fn remove<R: Record + PartialEq>(
    batch: &mut Batch<'_>,
    table: Fixed,
    row: &[u8],
    seen: &R,
    (named, workspace, name_of): (Named, [u8; key::ID], fn(&R) -> &str),
) -> Result<(), Fault> {
    same(batch, table, row, seen)?;
    batch.remove(Fixed::Names, &named.key(&workspace, name_of(seen)))?;
    batch.remove(table, row)?;
    Ok(())
}

/// Looks that the record under `row` is as it was `seen`.
fn same<R: Record + PartialEq>(batch: &mut Batch<'_>, table: Fixed, row: &[u8], seen: &R) -> Result<(), Fault> {
    let stored = batch.record::<R>(table, row)?.ok_or(StoreError::Missing { what: R::WHAT })?;
    if stored == *seen { Ok(()) } else { Err(StoreError::Stale { what: R::WHAT }.into()) }
}

/// Takes a name for `id`; `Exists` when another has it.
pub(crate) fn take_name<R: Record>(
    batch: &mut Batch<'_>,
    (named, workspace, name): (Named, [u8; key::ID], &str),
    id: &[u8; key::ID],
) -> Result<(), Fault> {
    let row = named.key(&workspace, name);
    match batch.id(Fixed::Names, &row, "name")? {
        Some(owner) if owner == *id => Ok(()),
        Some(_) => Err(StoreError::Exists { what: R::WHAT, name: name.into() }.into()),
        None => {
            batch.put(Fixed::Names, &row, &seal_index(&row, id))?;
            Ok(())
        }
    }
}

/// A page of a workspace's records, oldest first.
pub(crate) fn page<R: Record>(
    snapshot: &Snapshot,
    table: Fixed,
    workspace: WorkspaceId,
    page: (&PageRequest, Reach<'_>),
) -> Result<Page<R>, StoreError> {
    paging::ascending(snapshot, table, workspace.as_bytes(), page, |key, value| record::open(key, value).map(Some))
}
