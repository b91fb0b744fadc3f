//! Pages over key ranges: bounded in items and in rows looked through, going on from the last key seen.

use std::cell::Cell;
use std::ops::Bound;

use hookbox_model::Timestamp;
use hookbox_store::{Page, PageRequest, StoreError};

use crate::between::{Between, Row};
use crate::error::unreadable;
use crate::key;
use crate::snapshot::{Rows, Snapshot};
use crate::tables::{Daily, Name};

/// How far one page may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'b> {
    /// The most rows it looks through.
    pub(crate) rows_max: usize,
    /// It ends once its rows took so many bytes.
    pub(crate) bytes_max: usize,
    /// Where whoever reads more for a row than the row counts those bytes too.
    pub(crate) beside: Option<&'b Cell<usize>>,
    /// Where the rows that it looks through are counted, when somebody wants to know.
    pub(crate) looked: Option<&'b Cell<usize>>,
}

/// Between which moments the ids of a page were made; between any when nothing is set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// At this one or later.
    pub(crate) from: Option<Timestamp>,
    /// Before this one.
    pub(crate) to: Option<Timestamp>,
}

impl Span {
    /// The first id that belongs to it.
    pub(crate) fn first(self) -> Option<[u8; key::ID]> {
        self.from.map(key::first_id)
    }

    /// The first id past it.
    pub(crate) fn end(self) -> Option<[u8; key::ID]> {
        self.to.map(key::first_id)
    }

    /// Whether something made on this day can belong to it.
    fn touches(self, day: u32) -> bool {
        self.from.is_none_or(|from| day >= from.day()) && self.to.is_none_or(|to| day <= to.day())
    }
}

/// How many items a page may have.
fn limit(page: &PageRequest) -> usize {
    page.limit.clamp(1, PageRequest::LIMIT_MAX)
}

/// The key part after which the page begins.
pub(crate) fn cursor(page: &PageRequest) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(text) = &page.after else { return Ok(None) };
    let wrong = StoreError::Missing { what: "page" };
    if text.len() % 2 != 0 || text.len() > 4_096 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong);
    }
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    Ok(Some(text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()))
}

/// As [`cursor`], of pages whose cursors are ids.
pub(crate) fn cursor_id(page: &PageRequest) -> Result<Option<[u8; key::ID]>, StoreError> {
    let wrong = StoreError::Missing { what: "page" };
    cursor(page)?.map(|after| after.try_into().map_err(|_| wrong)).transpose()
}

/// The text of a cursor after `key`.
pub(crate) fn text(key: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    key.iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Collects a page row by row, until it is full or has looked through enough.
pub(crate) struct Collector<'b, T> {
    items: Vec<T>,
    limit: usize,
    rows_left: usize,
    bytes_left: usize,
    beside: Option<&'b Cell<usize>>,
    looked: Option<&'b Cell<usize>>,
    last: Vec<u8>,
    next: bool,
}

impl<'b, T> Collector<'b, T> {
    /// An empty page.
    pub(crate) fn new(page: &PageRequest, reach: Reach<'b>) -> Self {
        Self {
            items: Vec::new(),
            limit: limit(page),
            rows_left: reach.rows_max.max(1),
            bytes_left: reach.bytes_max.max(1),
            beside: reach.beside,
            looked: reach.looked,
            last: Vec::new(),
            next: false,
        }
    }

    /// Whether the row with this cursor key still belongs to the page. When it does not, there is a next page.
    pub(crate) fn admits(&mut self, cursor: &[u8]) -> bool {
        let beside = self.beside.map_or(0, Cell::get);
        if self.items.len() >= self.limit || self.rows_left == 0 || self.bytes_left <= beside {
            self.next = true;
            return false;
        }
        self.rows_left -= 1;
        if let Some(looked) = self.looked {
            looked.set(looked.get() + 1);
        }
        self.last.clear();
        self.last.extend_from_slice(cursor);
        true
    }

    /// Counts the bytes of an admitted row.
    pub(crate) fn weigh(&mut self, bytes: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }

    /// Adds what came of an admitted row. A damaged one is left out of pages (reading it alone says so).
    pub(crate) fn add(&mut self, item: Result<Option<T>, StoreError>) -> Result<(), StoreError> {
        match item {
            Ok(item) => self.items.extend(item),
            Err(StoreError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The page.
    pub(crate) fn finish(self) -> Page<T> {
        Page { next: self.next.then(|| text(&self.last)), items: self.items }
    }
}

/// Rows whose key begins with `prefix`, in order of their keys.
pub(crate) fn ascending<T>(
    snapshot: &Snapshot,
    name: impl Into<Name>,
    prefix: &[u8],
    (page, reach): (&PageRequest, Reach<'_>),
    item: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let name = name.into();
    let mut collector = Collector::new(page, reach);
    let Some(rows) = snapshot.table(name)? else { return Ok(collector.finish()) };
    let start = match cursor(page)? {
        Some(after) => Bound::Excluded([prefix, &after].concat()),
        None => Bound::Included(prefix.to_vec()),
    };
    add_rows(snapshot, name, prefix, range(&rows, &start, prefix)?, &mut collector, item)?;
    Ok(collector.finish())
}

/// Rows whose key begins with `prefix`, last key first.
pub(crate) fn descending<T>(
    snapshot: &Snapshot,
    name: impl Into<Name>,
    prefix: &[u8],
    (page, reach): (&PageRequest, Reach<'_>),
    item: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let name = name.into();
    let mut collector = Collector::new(page, reach);
    let Some(rows) = snapshot.table(name)? else { return Ok(collector.finish()) };
    let end = before(prefix, cursor(page)?.as_deref());
    let bounds = (Bound::Included(prefix), end.as_ref().map(Vec::as_slice));
    add_rows(snapshot, name, prefix, Between::of(&rows, bounds)?.rev(), &mut collector, item)?;
    Ok(collector.finish())
}

/// Rows of daily tables whose key is `prefix` and an id of `span`, newest id first.
pub(crate) fn newest_first<T>(
    snapshot: &Snapshot,
    daily: Daily,
    (prefix, span): (&[u8], Span),
    (page, reach): (&PageRequest, Reach<'_>),
    mut item: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut collector = Collector::new(page, reach);
    let after = cursor(page)?;
    let day_max = after.as_deref().map(day_of);
    let start = [prefix, span.first().as_ref().map_or(&[], <[u8; key::ID]>::as_slice)].concat();
    let end = match (before(prefix, after.as_deref()), span.end().map(|end| [prefix, &end].concat())) {
        (Bound::Excluded(after), Some(end)) => Bound::Excluded(after.min(end)),
        (_, Some(end)) => Bound::Excluded(end),
        (after, None) => after,
    };
    let is_of_it = |day: &u32| span.touches(*day) && day_max.is_none_or(|max| *day <= max);
    for day in snapshot.days().iter().rev().copied().filter(is_of_it) {
        let name = Name::Daily(daily, day);
        let Some(rows) = snapshot.table(name)? else { continue };
        let bounds = (Bound::Included(start.as_slice()), end.as_ref().map(Vec::as_slice));
        if is_empty(bounds) {
            continue;
        }
        let rows = Between::of(&rows, bounds)?.rev();
        if !add_rows(snapshot, name, prefix, rows, &mut collector, &mut item)? {
            break;
        }
    }
    Ok(collector.finish())
}

/// Where a page that goes backwards through the rows of a prefix begins: before the last key of the page before it.
fn before(prefix: &[u8], after: Option<&[u8]>) -> Bound<Vec<u8>> {
    match after {
        Some(after) => Bound::Excluded([prefix, after].concat()),
        None => key::end_of(prefix).map_or(Bound::Unbounded, Bound::Excluded),
    }
}

/// As [`newest_first`], oldest id first.
pub(crate) fn oldest_first<T>(
    snapshot: &Snapshot,
    daily: Daily,
    (prefix, span): (&[u8], Span),
    (page, reach): (&PageRequest, Reach<'_>),
    mut item: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut collector = Collector::new(page, reach);
    let after = cursor(page)?;
    let day_min = after.as_deref().map(day_of);
    let first = span.first().map_or_else(|| prefix.to_vec(), |first| [prefix, &first].concat());
    let start = match after.map(|after| [prefix, &after].concat()) {
        Some(after) if after >= first => Bound::Excluded(after),
        Some(_) | None => Bound::Included(first),
    };
    let end = match span.end() {
        Some(end) => Bound::Excluded([prefix, &end].concat()),
        None => key::end_of(prefix).map_or(Bound::Unbounded, Bound::Excluded),
    };
    let is_of_it = |day: &u32| span.touches(*day) && day_min.is_none_or(|min| *day >= min);
    for day in snapshot.days().iter().copied().filter(is_of_it) {
        let name = Name::Daily(daily, day);
        let Some(rows) = snapshot.table(name)? else { continue };
        let bounds = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        if is_empty(bounds) {
            continue;
        }
        let rows = Between::of(&rows, bounds)?;
        if !add_rows(snapshot, name, prefix, rows, &mut collector, &mut item)? {
            break;
        }
    }
    Ok(collector.finish())
}

/// Whether no key lies between two bounds; the tables refuse to be asked for such a range.
pub(crate) fn is_empty(bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match bounds {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        (_, Bound::Included(_) | Bound::Unbounded) | (Bound::Unbounded, _) => false,
    }
}

/// Moves rows onto the page; says whether it has room for more.
fn add_rows<T>(
    snapshot: &Snapshot,
    name: Name,
    prefix: &[u8],
    rows: impl Iterator<Item = Row>,
    collector: &mut Collector<'_, T>,
    mut item: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<bool, StoreError> {
    for row in rows {
        let (key, value) = row.map_err(unreadable)?;
        if !collector.admits(&key.value()[prefix.len()..]) {
            return Ok(false);
        }
        collector.weigh(value.value().len());
        let item = snapshot.noted(name, key.value(), item(key.value(), value.value()));
        collector.add(item)?;
    }
    Ok(true)
}

/// The rows from `start` on whose key begins with `prefix`.
pub(crate) fn range(rows: &Rows, start: &Bound<Vec<u8>>, prefix: &[u8]) -> Result<Between, StoreError> {
    let end = key::end_of(prefix).map_or(Bound::Unbounded, Bound::Excluded);
    let bounds = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
    Between::of(rows, bounds)
}

/// The day of the id in a cursor.
fn day_of(cursor: &[u8]) -> u32 {
    hookbox_model::CaptureId::from_bytes(key::id_at(cursor, 0)).made_at().day()
}
