//! Backups: one file that holds a store as of one commit, taken while it is in use or from a directory that nobody uses.
//!
//! The file is rows, not pages: table by table in the order of their keys, then the components that plugins' records name, and at its end
//! the SHA-256 of everything before. So it holds nothing that was removed, a restored store is as small as it can be, and its format
//! outlives that of redb. Every value still carries its own checksum. Sessions are left out: whoever restores logs in again.
//!
//! Taking one holds one read transaction. The writer goes on beside it, but pages that it replaces meanwhile cannot be used
//! again before the end: the file grows by about what is written while a backup is taken. So it ends when it is taken too slowly
//! (`backup_wait_ms`, `backup_ms_max`) and when the disk is nearly full.

mod format;
mod take;
mod pieces;
mod offline;
mod read;
mod restore;

pub use format::{BackupHeader, BackupSummary};
pub use read::{BackupError, read_backup, read_backup_header};
