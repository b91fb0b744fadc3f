//! The edges of commits: moments between two things that belong together, at which a crash must do no harm.
//!
//! With the feature `failpoints`, which only the tests of crashes switch on, each is a fail point of its name. Without it passing
//! one is nothing.

/// An edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "failpoints"), allow(dead_code, unreachable_pub, reason = "only tests of crashes see it"))]
pub enum Edge {
    /// A capture was asked for and waits in no line yet.
    CaptureAsked,
    /// A capture is on disk and its sender has no answer.
    CaptureAnswered,
    /// The writer took units and began no transaction.
    UnitsTaken,
    /// A transaction began.
    BatchBegun,
    /// A capture was written into the transaction.
    CaptureApplied,
    /// A commit of a run was.
    RunApplied,
    /// The first commit of a run was, with the runs of the other elements of its capture.
    SplitApplied,
    /// Runs were counted as interrupted in it.
    CountApplied,
    /// Another change was.
    ChangeApplied,
    /// A change's entry of the audit log was, and the end of the log was not moved.
    AuditWritten,
    /// A transaction is whole and not committed.
    BatchReady,
    /// It is on disk and nobody knows.
    BatchCommitted,
    /// Its readers know and whoever asked for it does not.
    BatchPublished,
    /// Everybody was answered.
    BatchAnswered,
    /// Runs are asked for.
    ClaimAsked,
    /// Runs were handed out.
    ClaimAnswered,
    /// A step of a message was asked for: when it was sent and that is not written, among others.
    MessageAsked,
    /// A step of a message is on disk: when it is being sent and its channel was not asked, among others.
    MessageAnswered,
    /// A file is written beside the one that it is to replace.
    FileWritten,
    /// It has the other's place, and that is not safe.
    FileRenamed,
    /// A component is there and no record names it.
    ComponentKept,
    /// A record names it and nobody was answered.
    ComponentRecorded,
    /// The store's file was opened and the mark still says how it was closed.
    Opened,
    /// The mark says that the store is open and nothing was handed out.
    Marked,
    /// Everything is written and the mark does not say that the store was closed.
    Closing,
}

#[cfg(feature = "failpoints")]
impl Edge {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::CaptureAsked,
        Self::CaptureAnswered,
        Self::UnitsTaken,
        Self::BatchBegun,
        Self::CaptureApplied,
        Self::RunApplied,
        Self::SplitApplied,
        Self::CountApplied,
        Self::ChangeApplied,
        Self::AuditWritten,
        Self::BatchReady,
        Self::BatchCommitted,
        Self::BatchPublished,
        Self::BatchAnswered,
        Self::ClaimAsked,
        Self::ClaimAnswered,
        Self::MessageAsked,
        Self::MessageAnswered,
        Self::FileWritten,
        Self::FileRenamed,
        Self::ComponentKept,
        Self::ComponentRecorded,
        Self::Opened,
        Self::Marked,
        Self::Closing,
    ];

    /// The name of its fail point.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// Passes an edge.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(edge: Edge) {
    fail::fail_point!(edge.name().as_str());
}

/// Passes an edge.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) const fn pass(_edge: Edge) {}
