//! The tables of the file and their names. History lies in tables of one UTC day each, which are dropped whole.

use std::borrow::Cow;

use hookbox_model::Timestamp;
use redb::TableDefinition;

/// Every table has byte strings as keys and enveloped values.
pub(crate) type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Name {
    /// A table that is always there.
    Fixed(Fixed),
    /// One day of history.
    Daily(Daily, u32),
}

/// Tables that are always there. The key of each is in its comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fixed {
    /// `schema`, `sequence`.
    Meta,
    /// workspace → low-water mark of its captures and how many are unfinished.
    Marks,
    /// workspace, due, run → nothing: runs that were committed and are not final.
    Timers,
    /// workspace, run → how often it was interrupted.
    Interruptions,
    /// workspace, automation, run → nothing: runs that are held.
    HeldRuns,
    /// workspace, automation, capture: requests to test URLs.
    Tests,
    /// workspace, automation, secret.
    TriggerSecrets,
    /// table, key → why the row was set aside.
    Quarantine,
    /// workspace.
    Workspaces,
    /// workspace, inbox.
    Inboxes,
    /// inbox → workspace.
    InboxRoutes,
    /// workspace, member.
    Members,
    /// workspace, list.
    Lists,
    /// workspace, field.
    Fields,
    /// workspace, template.
    Templates,
    /// workspace (zeros for names of workspaces), kind, name → id.
    Names,
    /// workspace, contact → the contact, its conversations' ids and where their lines stand, the ids of its newest runs and messages.
    Contacts,
    /// workspace, kind, identifier → contact.
    Identifiers,
    /// workspace, list, contact → nothing.
    ListContacts,
    /// workspace, list → nothing: lists that were removed and whose contacts are yet to leave them.
    RemovedLists,
    /// workspace, conversation.
    Conversations,
    /// workspace, message.
    Messages,
    /// workspace, contact, message → nothing: messages that are not among the newest in their contact's row.
    ContactMessages,
    /// workspace, message → contact, place in the line of its conversation: messages in the outbox.
    Outbox,
    /// workspace, inbox, due, message → contact, conversation: of each conversation the message of the outbox that is next.
    OutboxHeads,
    /// workspace, conversation, place, message → due: messages of the outbox behind the one that is next.
    OutboxLines,
    /// workspace, automation → its newest version.
    Automations,
    /// workspace, automation, version.
    AutomationVersions,
    /// automation → workspace.
    Routes,
    /// workspace, automation, key id.
    TriggerKeys,
    /// workspace (zeros for all), digest.
    Plugins,
    /// workspace (zeros for all), name → digest.
    ActivePlugins,
    /// workspace, length of the plugin's name, name, key: see `key::state`.
    PluginState,
    /// when it is gone, the row of `plugin-state` → nothing: state that has an end.
    StateEnds,
    /// workspace, the plugin's name → how many keys it has in `plugin-state`, and their bytes.
    StateUsage,
    /// workspace, name.
    PluginSecrets,
    /// workspace, place.
    Audit,
    /// workspace → the place and digest of the newest entry of its audit log.
    AuditHeads,
    /// user.
    Users,
    /// workspace, user → nothing: who has a role there.
    UserRoles,
    /// user: the invite that they have.
    Invites,
    /// user, session.
    Sessions,
    /// SHA-256 of the token's text.
    Tokens,
    /// user (zeros for none), token → SHA-256 of the token's text.
    TokenHolders,
    /// when the minute began, workspace, `a` and automation, `p` and the plugin's name, or `q`.
    StatsMinutes,
    /// when the hour began, as `stats-minutes`.
    StatsHours,
}

/// Tables of one day, that of the id in their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Daily {
    /// workspace, capture.
    Captures,
    /// workspace, SHA-256 of automation and key → capture, SHA-256 of the body, when.
    Idempotency,
    /// workspace, run.
    Runs,
    /// workspace, contact, run → nothing: runs that are not among the newest in their contact's row.
    RunContacts,
    /// workspace, automation, newest run of a batch → the runs of that automation first committed in that batch.
    RunAutomations,
    /// workspace, run → nothing: runs that failed.
    RunFailures,
    /// workspace, capture, run → nothing: runs that are not their capture's first, in the table of the capture's day.
    RunCaptures,
    /// workspace, SHA-256 of inbox and the channel's id → message, when: in the table of the day it came in.
    IncomingIds,
    /// workspace, contact, when, message → nothing: messages that came to `sending` first, in the table of that day.
    SentTimes,
    /// workspace, quarter of an hour → how many messages came to `sending` first in it, in the table of its day.
    SentCounts,
}

impl Fixed {
    /// Every one.
    pub(crate) const ALL: [Self; 46] = [
        Self::Meta,
        Self::Marks,
        Self::Timers,
        Self::Interruptions,
        Self::HeldRuns,
        Self::Tests,
        Self::TriggerSecrets,
        Self::Quarantine,
        Self::Workspaces,
        Self::Inboxes,
        Self::InboxRoutes,
        Self::Members,
        Self::Lists,
        Self::Fields,
        Self::Templates,
        Self::Names,
        Self::Contacts,
        Self::Identifiers,
        Self::ListContacts,
        Self::RemovedLists,
        Self::Conversations,
        Self::Messages,
        Self::ContactMessages,
        Self::Outbox,
        Self::OutboxHeads,
        Self::OutboxLines,
        Self::Automations,
        Self::AutomationVersions,
        Self::Routes,
        Self::TriggerKeys,
        Self::Plugins,
        Self::ActivePlugins,
        Self::PluginState,
        Self::StateEnds,
        Self::StateUsage,
        Self::PluginSecrets,
        Self::Audit,
        Self::AuditHeads,
        Self::Users,
        Self::UserRoles,
        Self::Invites,
        Self::Sessions,
        Self::Tokens,
        Self::TokenHolders,
        Self::StatsMinutes,
        Self::StatsHours,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Marks => "marks",
            Self::Timers => "timers",
            Self::Interruptions => "interruptions",
            Self::HeldRuns => "held-runs",
            Self::Tests => "tests",
            Self::TriggerSecrets => "trigger-secrets",
            Self::Quarantine => "quarantine",
            Self::Workspaces => "workspaces",
            Self::Inboxes => "inboxes",
            Self::InboxRoutes => "inbox-routes",
            Self::Members => "members",
            Self::Lists => "lists",
            Self::Fields => "fields",
            Self::Templates => "templates",
            Self::Names => "names",
            Self::Contacts => "contacts",
            Self::Identifiers => "identifiers",
            Self::ListContacts => "list-contacts",
            Self::RemovedLists => "removed-lists",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::ContactMessages => "contact-messages",
            Self::Outbox => "outbox",
            Self::OutboxHeads => "outbox-heads",
            Self::OutboxLines => "outbox-lines",
            Self::Automations => "automations",
            Self::AutomationVersions => "automation-versions",
            Self::Routes => "routes",
            Self::TriggerKeys => "trigger-keys",
            Self::Plugins => "plugins",
            Self::ActivePlugins => "active-plugins",
            Self::PluginState => "plugin-state",
            Self::StateEnds => "state-ends",
            Self::StateUsage => "state-usage",
            Self::PluginSecrets => "plugin-secrets",
            Self::Audit => "audit",
            Self::AuditHeads => "audit-heads",
            Self::Users => "users",
            Self::UserRoles => "user-roles",
            Self::Invites => "invites",
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
            Self::TokenHolders => "token-holders",
            Self::StatsMinutes => "stats-minutes",
            Self::StatsHours => "stats-hours",
        }
    }
}

impl Daily {
    /// Every one.
    pub(crate) const ALL: [Self; 10] = [
        Self::Captures,
        Self::Idempotency,
        Self::Runs,
        Self::RunContacts,
        Self::RunAutomations,
        Self::RunFailures,
        Self::RunCaptures,
        Self::IncomingIds,
        Self::SentTimes,
        Self::SentCounts,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Idempotency => "idempotency",
            Self::Runs => "runs",
            Self::RunContacts => "run-contacts",
            Self::RunAutomations => "run-automations",
            Self::RunFailures => "run-failures",
            Self::RunCaptures => "run-captures",
            Self::IncomingIds => "incoming-ids",
            Self::SentTimes => "sent-times",
            Self::SentCounts => "sent-counts",
        }
    }

    /// The table of the day `moment` falls on.
    pub(crate) const fn at(self, moment: Timestamp) -> Name {
        Name::Daily(self, moment.day())
    }
}

impl Name {
    /// The name in the file: `contacts`, `captures-20261124`.
    pub(crate) fn text(self) -> Cow<'static, str> {
        match self {
            Self::Fixed(fixed) => Cow::Borrowed(fixed.text()),
            Self::Daily(daily, day) => {
                let (year, month, date) = date_of(day);
                Cow::Owned(format!("{}-{year:04}{month:02}{date:02}", daily.text()))
            }
        }
    }

    /// The table with this name in the file, if it is one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(fixed) = Fixed::ALL.into_iter().find(|fixed| fixed.text() == text) {
            return Some(Self::Fixed(fixed));
        }
        let (kind, date) = text.rsplit_once('-')?;
        let daily = Daily::ALL.into_iter().find(|daily| daily.text() == kind)?;
        let day = day_of(date.get(..4)?.parse().ok()?, date.get(4..6)?.parse().ok()?, date.get(6..)?.parse().ok()?)?;
        Some(Self::Daily(daily, day)).filter(|name| name.text() == text)
    }
}

impl From<Fixed> for Name {
    fn from(fixed: Fixed) -> Self {
        Self::Fixed(fixed)
    }
}

/// Year, month and day of the month of a day counted from 1970-01-01: Howard Hinnant's `civil_from_days`.
fn date_of(day: u32) -> (u32, u32, u32) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u32::from(month <= 2), month, date)
}

/// The inverse of [`date_of`]: Howard Hinnant's `days_from_civil`.
fn day_of(year: u32, month: u32, date: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let year = year - u32::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted_month + 2) / 5 + date - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    (era * 146_097 + of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::{Daily, Fixed, Name};
    use hookbox_model::Timestamp;

    #[test]
    fn every_table_name_reads_back() {
        for fixed in Fixed::ALL {
            assert_eq!(Name::parse(&Name::Fixed(fixed).text()), Some(Name::Fixed(fixed)));
        }
        for daily in Daily::ALL {
            for day in (0..40_000).step_by(13) {
                assert_eq!(Name::parse(&Name::Daily(daily, day).text()), Some(Name::Daily(daily, day)));
            }
        }
        let name = Daily::Captures.at(Timestamp::from_millis(1_795_478_400_000));
        assert_eq!(name.text(), "captures-20261124");
        assert_eq!(Name::parse("captures-20261332"), None);
        assert_eq!(Name::parse("other"), None);
    }
}
