//! Every row by itself: its checksum holds and its record can be read.

use std::collections::BTreeMap;

use hookbox_model::{
    AuditEntry, Automation, Capture, Conversation, Field, Inbox, Invite, List, Member, Message, Plugin, PluginSecret,
    Run, Session, SigningSecret, StateEntry, Template, TestCapture, Token, TriggerKey, User, Workspace,
};
use hookbox_store::StoreError;

use super::findings::Findings;
use crate::error::unreadable;
use crate::record::{self, ContactRow, Record};
use crate::snapshot::Snapshot;
use crate::stats::counted;
use crate::store::RedbStore;
use crate::tables::{Daily, Fixed, Name};

impl RedbStore {
    /// What is wrong with one row by itself, if anything: what [`RedbStore::check`] asks of each. `None` when there is no table of that
    /// name.
    pub fn check_row(table: &str, key: &[u8], value: &[u8]) -> Option<Result<(), StoreError>> {
        Name::parse(table).map(|name| read(name, key, value))
    }
}

/// Reads every row of every table; how many each has.
pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<BTreeMap<String, u64>, StoreError> {
    let fixed = Fixed::ALL.into_iter().map(Name::Fixed);
    let daily = snapshot.days().iter().flat_map(|day| Daily::ALL.map(|daily| Name::Daily(daily, *day)));
    let mut counts = BTreeMap::new();
    for name in fixed.chain(daily) {
        let Some(rows) = snapshot.table(name)? else { continue };
        let mut count = 0;
        for row in rows.range::<&[u8]>(..).map_err(unreadable)? {
            let (key, value) = row.map_err(unreadable)?;
            count += 1;
            if let Err(error) = read(name, key.value(), value.value()) {
                findings.add(name, key.value(), error.to_string());
            }
        }
        counts.insert(name.text().into_owned(), count);
    }
    Ok(counts)
}

fn read(name: Name, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    match name {
        Name::Fixed(fixed) => match fixed {
            Fixed::Workspaces => record::<Workspace>(key, value),
            Fixed::Inboxes => record::<Inbox>(key, value),
            Fixed::Members => record::<Member>(key, value),
            Fixed::Lists => record::<List>(key, value),
            Fixed::Fields => record::<Field>(key, value),
            Fixed::Templates => record::<Template>(key, value),
            Fixed::Contacts => record::<ContactRow>(key, value),
            Fixed::Conversations => record::<Conversation>(key, value),
            Fixed::Messages => record::<Message>(key, value),
            Fixed::Automations | Fixed::AutomationVersions => record::<Automation>(key, value),
            Fixed::TriggerSecrets => record::<SigningSecret>(key, value),
            Fixed::Tests => record::<TestCapture>(key, value),
            Fixed::TriggerKeys => record::<TriggerKey>(key, value),
            Fixed::Plugins => record::<Plugin>(key, value),
            Fixed::PluginState => record::<StateEntry>(key, value),
            Fixed::PluginSecrets => record::<PluginSecret>(key, value),
            Fixed::Audit => record::<AuditEntry>(key, value),
            Fixed::Users => record::<User>(key, value),
            Fixed::Sessions => record::<Session>(key, value),
            Fixed::Invites => record::<Invite>(key, value),
            Fixed::Tokens => record::<Token>(key, value),
            Fixed::StatsMinutes | Fixed::StatsHours => counted(key, value).map(drop),
            Fixed::Quarantine => Err(StoreError::Damaged { what: "row", reason: "it was set aside here".into() }),
            Fixed::Meta
            | Fixed::Marks
            | Fixed::Timers
            | Fixed::Interruptions
            | Fixed::HeldRuns
            | Fixed::Names
            | Fixed::Identifiers
            | Fixed::ListContacts
            | Fixed::ContactMessages
            | Fixed::RemovedLists
            | Fixed::InboxRoutes
            | Fixed::Outbox
            | Fixed::OutboxHeads
            | Fixed::OutboxLines
            | Fixed::Routes
            | Fixed::ActivePlugins
            | Fixed::StateEnds
            | Fixed::StateUsage
            | Fixed::AuditHeads
            | Fixed::UserRoles
            | Fixed::TokenHolders => index(key, value),
        },
        Name::Daily(daily, _) => match daily {
            Daily::Captures => record::<Capture>(key, value),
            Daily::Runs => record::<Run>(key, value),
            Daily::Idempotency
            | Daily::RunContacts
            | Daily::RunAutomations
            | Daily::RunFailures
            | Daily::RunCaptures
            | Daily::IncomingIds
            | Daily::SentTimes
            | Daily::SentCounts => index(key, value),
        },
    }
}

fn record<R: Record>(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    record::open::<R>(key, value).map(drop)
}

fn index(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    record::open_index(key, value, "index row").map(drop)
}
