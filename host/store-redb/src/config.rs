//! Every number that limits the store.

use serde::{Deserialize, Serialize};

/// Configuration of the store. Defaults are for a host with 2 cores and 1 GiB of memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The most units of one commit. More make a commit dearer than the sync it saves.
    pub batch_units_max: usize,
    /// The most bytes of values in one commit; one unit may be larger and then goes alone.
    pub batch_bytes_max: usize,
    /// The most units that may wait for the writer; a capture beyond it is refused as busy. Commits of runs are always
    /// taken: there are never more of them than claimed runs.
    pub queue_units_max: usize,
    /// The most bytes of memory that units may take while they wait, parsed bodies included; a capture beyond it is refused as
    /// busy, unless nothing else waits. Commits of runs count but are always taken.
    pub queue_bytes_max: usize,
    /// The most captures kept in memory between their commit and their claim; later ones are read back from disk.
    pub memory_queue_captures_max: usize,
    /// The most bytes of memory that bodies kept so may take, as they came and parsed: about 350 for each JSON value.
    pub memory_queue_bytes_max: usize,
    /// The most runs that may be claimed and not yet brought on, in all. After an unclean stop so many due runs and so many
    /// captures of each workspace count as possibly begun.
    pub claimed_max: usize,
    /// The most of them that may be of one workspace, so that one whose runs do not end leaves room for the others. Runs that
    /// may have been interrupted count too, but are handed out beyond it.
    pub claimed_workspace_max: usize,
    /// The most messages of one inbox that may be claimed to be sent at once. What is beyond it waits on disk and costs nothing
    /// meanwhile; dispatch should have as many places for an inbox (`inbox_messages_max` and `inbox_waiting_max`).
    pub outbox_claimed_inbox_max: usize,
    /// The most of one workspace, so that one whose channels do not answer leaves room for the others.
    pub outbox_claimed_workspace_max: usize,
    /// How many rows one claim may look through on disk for one workspace before it lets others have the lock.
    pub claim_scan_rows_max: usize,
    /// How many runs that may have been interrupted are handed out at once.
    pub recovered_in_flight_max: usize,
    /// From this interruption on a run is handed out with no other recovered one beside it.
    pub alone_from_interruptions: u32,
    /// How long after the start such a run is handed out, in milliseconds; twice as long for each further interruption. A
    /// host that is killed again and again for reasons of its own lives too briefly to put the blame on a run, and one that
    /// is killed by a run works on everything else meanwhile.
    pub alone_delay_ms: u64,
    /// The most rows one page looks through for its items.
    pub page_scan_rows_max: usize,
    /// The most rows one page looks through for a text: each costs reading more than the row. A page that found nothing goes on.
    pub search_scan_rows_max: usize,
    /// The most searches for a text, and checks of audit logs, at once: they read much, and captures have the same disk and processors.
    pub searches_max: usize,
    /// How long a further one waits for its turn before it is refused as busy, in milliseconds.
    pub search_wait_ms: u64,
    /// A page ends early once what was read for it takes so many bytes on disk.
    pub page_bytes_max: usize,
    /// How much waits in a workspace is counted up to so many rows of each kind.
    pub queue_count_rows_max: usize,
    /// The most rows that are looked through to count runs.
    pub count_rows_max: usize,
    /// Counting ends earlier once it took so long, in milliseconds; what was counted until then is told.
    pub count_ms_max: u64,
    /// The most changes of runs that are kept for one who looks on, between two looks.
    pub watch_changes_max: usize,
    /// Captures are refused when less is free on the disk, in bytes.
    pub free_bytes_min: u64,
    /// Captures are refused when less of the disk is free, in percent.
    pub free_percent_min: u64,
    /// The size of a file that is deleted when captures begin to be refused, so that runs can still finish; 0 for none.
    pub ballast_bytes: u64,
    /// How often the disk is looked at and the high-water mark written, in milliseconds.
    pub keep_interval_ms: u64,
    /// The most keys that one plugin may keep in a workspace. The host sets it to the sandbox's limit, which refuses most writes
    /// beyond it before they come here; a commit beyond it is refused.
    #[serde(skip)]
    pub state_keys_max: u64,
    /// The most bytes of keys and values that one plugin may keep in a workspace; as with keys.
    #[serde(skip)]
    pub state_bytes_max: u64,
    /// The most expired entries of plugin state that are removed each time the disk is looked at.
    pub state_sweep_rows_max: usize,
    /// A backup ends when nothing of it was taken for so long, in milliseconds: what it shows cannot be overwritten meanwhile, so the
    /// file grows.
    pub backup_wait_ms: u64,
    /// The longest that a backup may take in all, in milliseconds.
    pub backup_ms_max: u64,
    /// Memory for pages of the file, in bytes.
    pub cache_bytes: usize,
    /// After an unclean stop a file up to this size is checked whole before it is used, in bytes (about 3 s a GB). From half
    /// of it on each commit also writes which pages are in use (100 to 200 kB a GB), so that a start need not look at all of it.
    pub integrity_check_bytes_max: u64,
    /// After a clean stop one up to this size is: reads verify every value, and only this that no row is missing.
    pub integrity_check_clean_bytes_max: u64,
    /// How long the lock of a dying process is waited for, in milliseconds.
    pub open_retry_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            batch_units_max: 512,
            batch_bytes_max: 4 << 20,
            queue_units_max: 16_384,
            queue_bytes_max: 64 << 20,
            memory_queue_captures_max: 8_192,
            memory_queue_bytes_max: 64 << 20,
            claimed_max: 512,
            claimed_workspace_max: 256,
            outbox_claimed_inbox_max: 64,
            outbox_claimed_workspace_max: 512,
            claim_scan_rows_max: 1_024,
            recovered_in_flight_max: 4,
            alone_from_interruptions: 2,
            alone_delay_ms: 1_000,
            page_scan_rows_max: 10_000,
            search_scan_rows_max: 5_000,
            searches_max: 2,
            search_wait_ms: 1_000,
            page_bytes_max: 8 << 20,
            queue_count_rows_max: 10_000,
            count_rows_max: 10_000,
            count_ms_max: 1_000,
            watch_changes_max: 1_000,
            free_bytes_min: 256 << 20,
            free_percent_min: 5,
            ballast_bytes: 64 << 20,
            keep_interval_ms: 1_000,
            state_keys_max: 10_000,
            state_bytes_max: 16 << 20,
            state_sweep_rows_max: 1_000,
            backup_wait_ms: 30_000,
            backup_ms_max: 3_600_000,
            cache_bytes: 128 << 20,
            integrity_check_bytes_max: 2_000_000_000,
            integrity_check_clean_bytes_max: 500_000_000,
            open_retry_ms: 2_000,
        }
    }
}
