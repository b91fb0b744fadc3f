//! What the queue in memory hands out: which run, where its records are, what must be on disk first.

use std::sync::Arc;

use hookbox_model::Capture;

use crate::batch::RunKey;

/// A run to hand out.
#[derive(Debug, Clone)]
pub(crate) struct Pick {
    /// Which.
    pub(crate) key: RunKey,
    /// Where its records are.
    pub(crate) source: Source,
    /// How often it was interrupted.
    pub(crate) interruptions: u32,
}

/// Where the records of a run to hand out are.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// It was never committed; its capture is here.
    Memory(Arc<Capture>),
    /// It was never committed; its capture is on disk.
    Disk,
    /// It was committed; run and capture are on disk.
    Committed,
}

/// What must be on disk before a run is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Nothing more.
    Already,
    /// This count.
    Write(u32),
}
