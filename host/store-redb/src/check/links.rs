//! Rows against each other: what is named is there, and every index says what its records say.

use std::collections::BTreeMap;

use hookbox_model::{Automation, CaptureId, Conversation, Inbox, Run, RunState, WorkspaceId};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::recent::leads_to_run;
use super::scan::{each, keys, lookup};
use crate::apply::{identifier_key, mark_of};
use crate::history::dropped_before;
use crate::key;
use crate::pending::Mark;
use crate::record::{self, ContactRow};
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed, Name};
use crate::unit::RunHead;

/// Checks every link; returns how many captures have no committed run.
pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<u64, StoreError> {
    contacts(snapshot, findings)?;
    indexes_of_contacts(snapshot, findings)?;
    inboxes(snapshot, findings)?;
    automations(snapshot, findings)?;
    let dropped_before = dropped_before(snapshot)?;
    for day in snapshot.days() {
        runs(snapshot, (*day, dropped_before), findings)?;
    }
    timers(snapshot, findings)?;
    held(snapshot, findings)?;
    marks(snapshot, findings)
}

fn contacts(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<ContactRow>(snapshot, Fixed::Contacts, |row, stored| {
        let contact = &stored.contact;
        for identifier in contact.identifiers() {
            let owner = snapshot.id(Fixed::Identifiers, &identifier_key(contact.workspace, &identifier), "identifier");
            if owner != Ok(Some(*contact.id.as_bytes())) {
                findings.add(Fixed::Contacts, row, "one of its identifiers does not find it");
            }
        }
        for list in &contact.lists {
            let index = key::triple(contact.workspace, list.as_bytes(), contact.id.as_bytes());
            if !snapshot.contains(Fixed::ListContacts, &index)? {
                findings.add(Fixed::Contacts, row, "it is on a list that does not name it");
            }
        }
        for thread in &stored.belongings.threads {
            let conversation = key::pair(contact.workspace, thread.conversation.as_bytes());
            let found = lookup::<Conversation>(snapshot, Fixed::Conversations, &conversation);
            if found.is_none_or(|found| found.contact != contact.id || found.inbox != thread.inbox) {
                findings.add(Fixed::Contacts, row, "it names a conversation that is not its own");
            }
        }
        Ok(())
    })
}

fn indexes_of_contacts(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    let contact = |workspace: WorkspaceId, id: &[u8; 16]| {
        lookup::<ContactRow>(snapshot, Fixed::Contacts, &key::pair(workspace, id))
    };
    keys(snapshot, Fixed::Identifiers, |row, value| {
        let workspace = WorkspaceId::from_bytes(key::id_at(row, 0));
        let owner = record::open_id(row, value, "identifier").ok().and_then(|id| contact(workspace, &id));
        let named =
            owner.is_some_and(|owner| owner.contact.identifiers().any(|id| identifier_key(workspace, &id) == row));
        if !named {
            findings.add(Fixed::Identifiers, row, "its contact does not have it");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::ListContacts, |row, _| {
        let workspace = WorkspaceId::from_bytes(key::id_at(row, 0));
        let list = hookbox_model::ListId::from_bytes(key::id_at(row, key::ID));
        let on_it =
            contact(workspace, &key::id_at(row, 2 * key::ID)).is_some_and(|row| row.contact.lists.contains(&list));
        if !on_it {
            findings.add(Fixed::ListContacts, row, "its contact is not on the list");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::RemovedLists, |row, _| {
        if snapshot.contains(Fixed::Lists, row)? {
            findings.add(Fixed::RemovedLists, row, "its list is there");
        }
        Ok(())
    })?;
    each::<Conversation>(snapshot, Fixed::Conversations, |row, stored| {
        let owner = contact(stored.workspace, stored.contact.as_bytes());
        if !owner.is_some_and(|owner| owner.belongings.threads.iter().any(|thread| thread.conversation == stored.id)) {
            findings.add(Fixed::Conversations, row, "its contact does not name it");
        }
        Ok(())
    })
}

fn inboxes(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<Inbox>(snapshot, Fixed::Inboxes, |row, inbox| {
        let route = snapshot.id(Fixed::InboxRoutes, inbox.id.as_bytes(), "route");
        if route != Ok(Some(*inbox.workspace.as_bytes())) {
            findings.add(Fixed::Inboxes, row, "its route does not lead to its workspace");
        }
        Ok(())
    })
}

fn automations(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<Automation>(snapshot, Fixed::Automations, |row, automation| {
        let version = [row, &automation.version.to_be_bytes()].concat();
        if !snapshot.contains(Fixed::AutomationVersions, &version)? {
            findings.add(Fixed::Automations, row, "its version is not kept");
        }
        let route = snapshot.id(Fixed::Routes, automation.id.as_bytes(), "route");
        if route != Ok(Some(*automation.workspace.as_bytes())) {
            findings.add(Fixed::Automations, row, "its route does not lead to its workspace");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::TriggerKeys, |row, _| {
        if !snapshot.contains(Fixed::Automations, &row[..row.len().min(2 * key::ID)])? {
            findings.add(Fixed::TriggerKeys, row, "its automation is not there");
        }
        Ok(())
    })
}

fn runs(snapshot: &Snapshot, (day, dropped_before): (u32, u32), findings: &mut Findings) -> Result<(), StoreError> {
    let name = Name::Daily(Daily::Runs, day);
    let (mut count, mut failed) = (0_u64, 0_u64);
    each::<Run>(snapshot, name, |row, run| {
        count += 1;
        failed += u64::from(run.state == RunState::Failed);
        // A run that is over may be younger than its capture, and outlive it.
        let outlives = run.state.is_final() && run.capture.made_at().day() < dropped_before;
        let capture = key::pair(run.workspace, run.capture.as_bytes());
        if !outlives && !snapshot.contains(Daily::Captures.at(run.capture.made_at()), &capture)? {
            findings.add(name, row, "its capture is not there");
        }
        if let Some(contact) = run.contact
            && !leads_to_run(snapshot, &key::pair(run.workspace, contact.as_bytes()), run.id)?
        {
            findings.add(name, row, "its contact does not lead to it");
        }
        if let Some(due) = RunHead::of(&run).due()
            && !snapshot.contains(Fixed::Timers, &key::timer(run.workspace, due, run.id))?
        {
            findings.add(name, row, "it is not final and has no timer");
        }
        let held = key::triple(run.workspace, run.automation.as_bytes(), run.id.as_bytes());
        if run.state == RunState::Held && !snapshot.contains(Fixed::HeldRuns, &held)? {
            findings.add(name, row, "it is held and its automation does not know it");
        }
        let further = key::triple(run.workspace, run.capture.as_bytes(), run.id.as_bytes());
        if !outlives
            && run.id.as_bytes() != run.capture.as_bytes()
            && !snapshot.contains(Daily::RunCaptures.at(run.capture.made_at()), &further)?
        {
            findings.add(name, row, "its capture does not name it");
        }
        Ok(())
    })?;
    let (mut by_automation, mut failures) = (0_u64, 0_u64);
    let index = Name::Daily(Daily::RunAutomations, day);
    keys(snapshot, index, |row, value| {
        let payload = record::open_index(row, value, "index row").unwrap_or_default();
        for id in payload.chunks(key::ID) {
            by_automation += 1;
            let run = lookup::<Run>(snapshot, name, &[&row[..key::ID], id].concat());
            if run.is_none_or(|run| run.automation.as_bytes() != &key::id_at(row, key::ID)) {
                findings.add(index, row, "it names a run that is not there or not its automation's");
            }
        }
        Ok(())
    })?;
    keys(snapshot, Name::Daily(Daily::RunFailures, day), |_, _| {
        failures += 1;
        Ok(())
    })?;
    if (by_automation, failures) != (count, failed) {
        let what = format!("{count} runs, {failed} failed; by automation {by_automation}, by failure {failures}");
        findings.add(name, &[], format!("the indexes do not hold every run: {what}"));
    }
    Ok(())
}

fn timers(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    keys(snapshot, Fixed::Timers, |row, _| {
        let run = key::id_at(row, 24);
        let made_at = CaptureId::from_bytes(run).made_at();
        let stored = lookup::<Run>(snapshot, Daily::Runs.at(made_at), &[&row[..key::ID], &run].concat());
        if stored.and_then(|run| RunHead::of(&run).due()) != Some(key::due_of(row)) {
            findings.add(Fixed::Timers, row, "its run is not due then");
        }
        Ok(())
    })
}

fn held(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    keys(snapshot, Fixed::HeldRuns, |row, _| {
        let run = key::id_at(row, 2 * key::ID);
        let made_at = CaptureId::from_bytes(run).made_at();
        let stored = lookup::<Run>(snapshot, Daily::Runs.at(made_at), &[&row[..key::ID], &run].concat());
        if stored.is_none_or(|run| run.state != RunState::Held) {
            findings.add(Fixed::HeldRuns, row, "its run is not held");
        }
        Ok(())
    })
}

fn marks(snapshot: &Snapshot, findings: &mut Findings) -> Result<u64, StoreError> {
    let mut marks: BTreeMap<[u8; 16], Mark> = BTreeMap::new();
    keys(snapshot, Fixed::Marks, |row, value| {
        let mark = record::open_index(row, value, "low-water mark").ok().and_then(mark_of);
        marks.extend(mark.map(|mark| (key::id_at(row, 0), mark)));
        Ok(())
    })?;
    let mut unfinished: BTreeMap<[u8; 16], u64> = BTreeMap::new();
    for day in snapshot.days() {
        let name = Name::Daily(Daily::Captures, *day);
        keys(snapshot, name, |row, _| {
            if snapshot.contains(Name::Daily(Daily::Runs, *day), row)? {
                return Ok(());
            }
            let (workspace, capture) = (key::id_at(row, 0), CaptureId::from_bytes(key::id_at(row, key::ID)));
            *unfinished.entry(workspace).or_default() += 1;
            if marks.get(&workspace).is_none_or(|mark| mark.oldest > capture) {
                findings.add(name, row, "it has no run and lies before the mark of its workspace");
            }
            Ok(())
        })?;
    }
    for (workspace, mark) in &marks {
        let found = unfinished.get(workspace).copied().unwrap_or_default();
        if found != mark.unfinished {
            findings.add(Fixed::Marks, workspace, format!("it counts {} unfinished and {found} are", mark.unfinished));
        }
    }
    Ok(unfinished.values().sum())
}
