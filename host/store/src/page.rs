//! Pages: every read of many records is bounded and goes on from a cursor.

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The `next` of the page before; the first page when absent. Only the backend reads it.
    pub after: Option<String>,
    /// At most so many items, 1 to [`PageRequest::LIMIT_MAX`].
    pub limit: usize,
}

impl PageRequest {
    /// The most items of one page.
    pub const LIMIT_MAX: usize = 1_000;

    /// The first page, as large as may be.
    pub const fn first() -> Self {
        Self { after: None, limit: Self::LIMIT_MAX }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the next page; absent at the end.
    pub next: Option<String>,
}
