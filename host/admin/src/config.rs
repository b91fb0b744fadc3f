//! What an operator may set of the admin door. Every number that limits something is here.

use std::path::PathBuf;

use hookbox_model::{Delay, JsonLimits, Timestamp};
use hookbox_store::PageRequest;
use serde::Deserialize;

/// Settings of the admin door.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The largest request body in bytes. 1 MiB.
    pub body_bytes_max: usize,
    /// From the first byte of a request body that is waited for to its last. 30 s.
    pub body_timeout_ms: u64,
    /// What webhook URLs and the links of invites begin with (`https://hooks.example.com`), where a browser may log in if it is https; the
    /// host fills in its own address when absent.
    pub public_url: Option<String>,
    /// A folder that the files of the admin page are read from, each time they are asked for, in place of those that the
    /// program carries: for whoever works on them. None when empty.
    pub ui_dir: PathBuf,
    /// Items of a page when the request names no limit. 50.
    pub page_items: usize,
    /// The most items of a page; never more than the store gives (1,000).
    pub page_items_max: usize,
    /// How deep and how wide a JSON or YAML body may be.
    pub json: JsonLimits,
    /// The most YAML aliases (`*name`) in a document; each stands for a copy. 100.
    pub yaml_aliases_max: usize,
    /// How often a change is tried again when another came first, before the caller is told to. 5.
    pub change_attempts_max: u32,
    /// The most faults of a document that one answer names. 100.
    pub faults_max: usize,
    /// The most runs that one bulk replay looks at before it answers how far it came. 10,000.
    pub replay_runs_max: usize,
    /// The longest that one request waits for a test capture, in seconds; proxies often end what is silent longer. 60.
    pub test_wait_s_max: u64,
    /// The most dry runs at once; further ones are told to come again. 8.
    pub dry_runs_max: usize,
    /// The most uploads of components at once, each in memory while it is looked at; further ones are told to come again. 2.
    pub uploads_max: usize,
    /// From the first byte of a component that is waited for to its last. 10 min.
    pub upload_timeout_ms: u64,
    /// The most plugin versions that a workspace keeps of its own; for another one has to be removed. 200.
    pub plugin_versions_max: usize,
    /// The most comparisons of plugin versions at once; further ones are told to come again. 2.
    pub comparisons_max: usize,
    /// The most callers at once who are told of runs as they are committed; further ones are told to come again. 64.
    pub live_max: usize,
    /// The most of them that are one user's, or one token's that is nobody's. 8.
    pub live_each_max: usize,
    /// The most runs a second that each of them is told of. 20.
    pub live_runs_per_s_max: usize,
    /// How long nothing is said to them at most, in milliseconds: proxies end what is silent longer. 15 s.
    pub live_comment_ms: u64,
    /// How often it is seen whether they still may look, in milliseconds. 60 s.
    pub live_check_ms: u64,
    /// How long one comparison may take; the captures that are left then are told as not tried. 120 s.
    pub comparison_timeout_ms: u64,
    /// Logging in, sessions and tokens.
    pub login: LoginConfig,
    /// The largest component in bytes. The host gives that which the sandbox takes. 64 MiB.
    #[serde(skip)]
    pub component_bytes_max: usize,
    /// The limits of the mapping language that documents are checked against. The host gives those that runs have.
    #[serde(skip)]
    pub mapping: hookbox_mapping::Config,
    /// The longest delay between two attempts of a step that has no `delay_max`. The host gives that which runs have. 24 h.
    #[serde(skip)]
    pub retry_delay_max: Delay,
    /// What the host tells of itself.
    #[serde(skip)]
    pub host: HostFacts,
}

/// What the host tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Its version.
    pub version: String,
    /// How many days of history it keeps; 0 for all.
    pub keep_days: u32,
    /// When it was started.
    pub started_at: Timestamp,
    /// The largest body of a webhook in bytes, where the automation does not say.
    pub webhook_bytes_max: u64,
    /// The largest that an automation may say.
    pub webhook_bytes_ceiling: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            body_timeout_ms: 30_000,
            public_url: None,
            ui_dir: PathBuf::new(),
            page_items: 50,
            page_items_max: PageRequest::LIMIT_MAX,
            json: JsonLimits::default(),
            yaml_aliases_max: 100,
            change_attempts_max: 5,
            faults_max: 100,
            replay_runs_max: 10_000,
            test_wait_s_max: 60,
            dry_runs_max: 8,
            uploads_max: 2,
            upload_timeout_ms: 600_000,
            plugin_versions_max: 200,
            comparisons_max: 2,
            live_max: 64,
            live_each_max: 8,
            live_runs_per_s_max: 20,
            live_comment_ms: 15_000,
            live_check_ms: 60_000,
            comparison_timeout_ms: 120_000,
            login: LoginConfig::default(),
            component_bytes_max: 64 * 1024 * 1024,
            mapping: hookbox_mapping::Config::default(),
            retry_delay_max: Delay::from_millis(86_400_000),
            host: HostFacts::default(),
        }
    }
}

/// Settings of logging in, of sessions and of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoginConfig {
    /// A session ends when it was not used for so long. 30 min.
    pub idle_ms: u64,
    /// A session ends so long after it began, whatever its user does. 12 h.
    pub session_ms: u64,
    /// The most sessions of a user; a further one ends the oldest. 20.
    pub sessions_max: usize,
    /// How long the link of an invite is good. 7 days.
    pub invite_ms: u64,
    /// The most tokens of a user. 100.
    pub tokens_max: usize,
    /// The longest that a user's token can be good for, in days. 365.
    pub token_days_max: u32,
    /// The fewest characters of a password. 12.
    pub password_chars_min: usize,
    /// Memory of one hash in KiB (argon2id, OWASP). 19 MiB.
    pub hash_memory_kib: u32,
    /// Rounds over that memory. 2.
    pub hash_rounds: u32,
    /// The most passwords that are hashed at once, each in memory of its own. 2.
    pub hashes_max: usize,
    /// The most that wait for it; further ones are told to come again. 32.
    pub hashes_waiting_max: usize,
    /// So many failed attempts of a user's address, or from one address of the network, cost nothing. 5.
    pub failures_max: u32,
    /// How long is waited after them; twice as long after each further one. 1 s.
    pub delay_ms: u64,
    /// The longest that is waited. 15 min.
    pub delay_ms_max: u64,
    /// So long after a log-in its user is known where they came from, and waits there for no attempt of others. 30 days.
    pub known_ms: u64,
}

impl Default for LoginConfig {
    fn default() -> Self {
        Self {
            idle_ms: 1_800_000,
            session_ms: 43_200_000,
            sessions_max: 20,
            invite_ms: 604_800_000,
            tokens_max: 100,
            token_days_max: 365,
            password_chars_min: 12,
            hash_memory_kib: 19 * 1024,
            hash_rounds: 2,
            hashes_max: 2,
            hashes_waiting_max: 32,
            failures_max: 5,
            delay_ms: 1_000,
            delay_ms_max: 900_000,
            known_ms: 2_592_000_000,
        }
    }
}
