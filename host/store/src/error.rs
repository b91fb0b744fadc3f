//! Why the store refused. Messages say what to do and whether trying again is safe.

use hookbox_model::StateUsage;

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A record of that name or identifier is there already.
    #[error("{what} {name:?} exists already")]
    Exists {
        /// The kind of record.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is no such record in that workspace.
    #[error("no such {what}")]
    Missing {
        /// The kind of record.
        what: &'static str,
    },
    /// The record changed since it was read; read it again and repeat the change.
    #[error("the {what} changed since it was read; read it again and repeat the change")]
    Stale {
        /// The kind of record.
        what: &'static str,
    },
    /// Something still needs it.
    #[error("the {what} is in use: {by}")]
    InUse {
        /// The kind of record.
        what: &'static str,
        /// By what.
        by: String,
    },
    /// The queue of writes is full, or as much is looked for as may be; nothing was written, try again shortly.
    #[error("the store has as much to do as it takes; nothing was written, try again shortly")]
    Busy,
    /// The disk is nearly full; nothing was written.
    #[error("the disk is nearly full ({free_bytes} bytes free, {needed_bytes} wanted); nothing was written")]
    DiskFull {
        /// What is free.
        free_bytes: u64,
        /// What has to be free for captures to be taken.
        needed_bytes: u64,
    },
    /// The store cannot be reached or written; nothing is known to be lost, try again later.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// Why, for the log.
        reason: String,
    },
    /// A stored record cannot be read; it was set aside.
    #[error("a stored {what} is damaged and was set aside: {reason}")]
    Damaged {
        /// The kind of record.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why a commit of run steps was refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The contact, one of its conversations or its identifier changed since it was read: read it again, run again.
    #[error("the contact changed since it was read")]
    ContactChanged,
    /// Plugin state changed since it was read: read it again, run again.
    #[error("the state of plugin {plugin:?} changed since it was read")]
    StateChanged {
        /// The plugin's name.
        plugin: String,
    },
    /// A plugin would keep more in the workspace than it may. What adds to it has to be left out: the same commit is refused again.
    #[error(
        "plugin {plugin:?} would keep {} keys and {} bytes of state in the workspace, and may keep {} keys and {} bytes",
        would.keys, would.bytes, max.keys, max.bytes
    )]
    StateFull {
        /// The plugin's name.
        plugin: String,
        /// What it would keep.
        would: StateUsage,
        /// What it may keep.
        max: StateUsage,
    },
    /// The run is final or at another revision: somebody else brought it on. Discard this work.
    #[error("the run was brought on by somebody else")]
    RunChanged,
    /// The automation is not in the state that the commit is for: look at it again.
    #[error("the automation changed since it was read")]
    AutomationChanged,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
