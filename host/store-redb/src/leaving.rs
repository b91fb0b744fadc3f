//! Who is still on a list that was removed: looked for by the keeper, so much at a time, until nobody is, whatever stops come between.

use std::ops::Bound;

use hookbox_model::{ContactId, ListId, WorkspaceId};
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

/// The most contacts that one transaction takes off a list: it holds up the commits of others for some 10 ms.
const LEFT_AT_ONCE_MAX: usize = 500;

/// A list that was removed.
pub(crate) struct Leaving {
    /// Its workspace and its id.
    pub(crate) list: (WorkspaceId, ListId),
    /// The first who are on it; none when all have left it.
    pub(crate) contacts: Vec<ContactId>,
}

/// The first list that was removed and is yet to be left, if there is one.
pub(crate) fn first(snapshot: &Snapshot) -> Result<Option<Leaving>, StoreError> {
    let Some(removed) = snapshot.table(Fixed::RemovedLists.into())? else { return Ok(None) };
    let Some(row) = paging::range(&removed, &Bound::Unbounded, &[])?.next() else { return Ok(None) };
    let (key, _) = row.map_err(unreadable)?;
    let (workspace, list) = (WorkspaceId::from_bytes(key::id_at(key.value(), 0)), key::id_at(key.value(), key::ID));
    let mut contacts = Vec::new();
    if let Some(rows) = snapshot.table(Fixed::ListContacts.into())? {
        let prefix = key::pair(workspace, &list);
        for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), &prefix)?.take(LEFT_AT_ONCE_MAX) {
            let (key, _) = row.map_err(unreadable)?;
            contacts.push(ContactId::from_bytes(key::id_at(key.value(), 2 * key::ID)));
        }
    }
    Ok(Some(Leaving { list: (workspace, ListId::from_bytes(list)), contacts }))
}
