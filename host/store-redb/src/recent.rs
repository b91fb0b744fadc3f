//! Pages of the runs and the messages of one contact. The newest stand in its row and the others are marks in an index by contact
//! (`apply::recent`): a page goes through both at once, in order of ids. Ids of what retention dropped are passed over.

use std::iter::{from_fn, once};
use std::ops::{Bound, RangeBounds};

use hookbox_model::RunId;
use hookbox_store::{Page, PageRequest, StoreError};

use crate::between::Between;
use crate::error::unreadable;
use crate::key;
use crate::paging::{self, Collector, Reach, Span};
use crate::record::{ContactRow, Recent};
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed, Name};

/// An id of a run or a message.
type Bytes = [u8; key::ID];

/// The ids of the runs, or of the messages, of one contact.
pub(crate) struct OfContact<'s> {
    snapshot: &'s Snapshot,
    /// What the keys of its marks begin with: its own key.
    contact: [u8; 32],
    /// Those in its row, oldest first.
    recent: Vec<Bytes>,
    /// Where the others are.
    marks: Marks,
}

/// The tables that marks are in.
#[derive(Debug, Clone, Copy)]
enum Marks {
    Fixed(Fixed),
    Daily(Daily),
}

/// From where to where ids go.
type Bounds = (Bound<Bytes>, Bound<Bytes>);

impl<'s> OfContact<'s> {
    /// The runs of the contact with this key. Fails when its row is damaged: a part of them would look like all.
    pub(crate) fn runs(snapshot: &'s Snapshot, contact: [u8; 32]) -> Result<Self, StoreError> {
        let recent = recent(snapshot, &contact)?.runs.iter().map(|id| *id.as_bytes()).collect();
        Ok(Self { snapshot, contact, recent, marks: Marks::Daily(Daily::RunContacts) })
    }

    /// Its messages, as with [`runs`](Self::runs).
    pub(crate) fn messages(snapshot: &'s Snapshot, contact: [u8; 32]) -> Result<Self, StoreError> {
        let recent = recent(snapshot, &contact)?.messages.iter().map(|id| *id.as_bytes()).collect();
        Ok(Self { snapshot, contact, recent, marks: Marks::Fixed(Fixed::ContactMessages) })
    }

    /// What `read` makes of those of `span`, oldest first.
    pub(crate) fn oldest_first<T>(
        &self,
        span: Span,
        (page, reach): (&PageRequest, Reach<'_>),
        read: impl FnMut(Bytes) -> Result<Option<T>, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let (after, first) = (paging::cursor_id(page)?, span.first());
        let start = match after {
            Some(after) if first.is_none_or(|first| after >= first) => Bound::Excluded(after),
            Some(_) | None => first.map_or(Bound::Unbounded, Bound::Included),
        };
        let bounds = (start, span.end().map_or(Bound::Unbounded, Bound::Excluded));
        collect(merged(self.recent(bounds), self.marked(bounds), Bytes::lt), (page, reach), read)
    }

    /// What `read` makes of those of `span`, newest first.
    pub(crate) fn newest_first<T>(
        &self,
        span: Span,
        (page, reach): (&PageRequest, Reach<'_>),
        read: impl FnMut(Bytes) -> Result<Option<T>, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let end = paging::cursor_id(page)?.into_iter().chain(span.end()).min();
        let start = span.first().map_or(Bound::Unbounded, Bound::Included);
        let bounds = (start, end.map_or(Bound::Unbounded, Bound::Excluded));
        collect(merged(self.recent(bounds).rev(), self.marked(bounds).rev(), Bytes::gt), (page, reach), read)
    }

    fn recent(&self, bounds: Bounds) -> impl DoubleEndedIterator<Item = Bytes> {
        self.recent.iter().copied().filter(move |id| bounds.contains(id))
    }

    /// Those that are marks, oldest first; tables are looked at when it is their turn.
    fn marked(&self, bounds: Bounds) -> impl DoubleEndedIterator<Item = Result<Bytes, StoreError>> {
        self.tables(bounds).into_iter().flat_map(move |table| {
            let (rows, error) = match self.rows(table, bounds) {
                Ok(rows) => (rows, None),
                Err(error) => (None, Some(Err(error))),
            };
            let ids = rows.into_iter().flatten().map(|row| {
                let (key, _) = row.map_err(unreadable)?;
                Ok(key::id_at(key.value(), 2 * key::ID))
            });
            error.into_iter().chain(ids)
        })
    }

    fn tables(&self, (start, end): Bounds) -> Vec<Name> {
        let daily = match self.marks {
            Marks::Fixed(fixed) => return once(fixed.into()).collect(),
            Marks::Daily(daily) => daily,
        };
        let day = |bound| match bound {
            Bound::Included(id) | Bound::Excluded(id) => Some(RunId::from_bytes(id).made_at().day()),
            Bound::Unbounded => None,
        };
        let days = day(start).unwrap_or(0)..=day(end).unwrap_or(u32::MAX);
        self.snapshot.days().iter().filter(|day| days.contains(day)).map(|day| Name::Daily(daily, *day)).collect()
    }

    fn rows(&self, table: Name, (start, end): Bounds) -> Result<Option<Between>, StoreError> {
        let Some(rows) = self.snapshot.table(table)? else { return Ok(None) };
        let key_of = |id: Bytes| key::mark(&self.contact, &id).to_vec();
        let start = match start {
            Bound::Unbounded => Bound::Included(self.contact.to_vec()),
            start => start.map(key_of),
        };
        let end = match end {
            Bound::Unbounded => key::end_of(&self.contact).map_or(Bound::Unbounded, Bound::Excluded),
            end => end.map(key_of),
        };
        let bounds = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        if paging::is_empty(bounds) {
            return Ok(None);
        }
        Between::of(&rows, bounds).map(Some)
    }
}

/// What stands in the row of a contact; nothing of one that is not there.
fn recent(snapshot: &Snapshot, contact: &[u8; 32]) -> Result<Recent, StoreError> {
    let row = snapshot.record::<ContactRow>(Fixed::Contacts, contact)?;
    Ok(row.map(|row| row.belongings.recent).unwrap_or_default())
}

/// Both in one order, in which `is_first` says what comes first; what is in both comes once.
fn merged(
    recent: impl Iterator<Item = Bytes>,
    marked: impl Iterator<Item = Result<Bytes, StoreError>>,
    is_first: impl Fn(&Bytes, &Bytes) -> bool,
) -> impl Iterator<Item = Result<Bytes, StoreError>> {
    let (mut recent, mut marked) = (recent.peekable(), marked.peekable());
    from_fn(move || match (recent.peek(), marked.peek()) {
        (Some(one), Some(Ok(other))) if one == other => {
            recent.next();
            marked.next()
        }
        (Some(one), Some(Ok(other))) if is_first(one, other) => recent.next().map(Ok),
        (Some(_), None) => recent.next().map(Ok),
        (_, Some(_)) | (None, None) => marked.next(),
    })
}

fn collect<T>(
    ids: impl Iterator<Item = Result<Bytes, StoreError>>,
    (page, reach): (&PageRequest, Reach<'_>),
    mut read: impl FnMut(Bytes) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut collector = Collector::new(page, reach);
    for id in ids {
        let id = id?;
        if !collector.admits(&id) {
            break;
        }
        collector.add(read(id))?;
    }
    Ok(collector.finish())
}
