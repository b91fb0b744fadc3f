//! What a store has, fact by fact, each with the rows that lead to it: a part of a row's key, as the store and its check show keys.

use std::collections::BTreeMap;
use std::fmt::Debug;

use hookbox_model::{AuditEntry, StatsRow, Token, Trigger};

use super::{Contents, Room, WithVersions};

/// What stands for a key that is not shown: one that is made of contact data or of a name.
const NOT_SHOWN: &str = "(not shown)";

/// Facts in words, with the rows that lead to them: each of these alone may be why a fact is missing.
#[derive(Debug, Default)]
pub(crate) struct Facts(BTreeMap<String, Vec<String>>);

impl Facts {
    /// The first of these facts that those do not have.
    pub(crate) fn beyond(&self, those: &Self) -> Option<&str> {
        self.0.keys().find(|fact| !those.0.contains_key(*fact)).map(String::as_str)
    }

    /// The rows of each fact that those lack.
    pub(crate) fn lacked_by(&self, those: &Self) -> impl Iterator<Item = &[String]> {
        let lacked = self.0.iter().filter(|(fact, _)| !those.0.contains_key(*fact));
        lacked.map(|(_, rows)| rows.as_slice())
    }

    fn tell(&mut self, row: impl Into<String>, fact: impl Debug) {
        self.0.entry(format!("{fact:?}")).or_default().push(row.into());
    }

    fn tell_all<T: Debug>(&mut self, of: &[T], row: impl Fn(&T) -> String) {
        of.iter().for_each(|item| self.tell(row(item), item));
    }

    fn tokens(&mut self, tokens: &[Token]) {
        self.tell_all(tokens, |token| token.sha256.to_string());
        self.tell_all(tokens, |token| hex(token.id.as_bytes()));
    }

    fn audit(&mut self, entries: &[AuditEntry]) {
        self.tell_all(entries, |entry| format!("{}{:016x}", hex(entry.workspace.as_bytes()), entry.place));
    }

    fn automation(&mut self, (automation, versions, trigger, tests): &WithVersions) {
        let row = hex(automation.id.as_bytes());
        self.tell(row.as_str(), automation);
        versions.iter().for_each(|kept| self.tell(format!("{row}{:08x}", kept.version), ("version", kept)));
        self.tell_all(tests, |test| hex(test.id.as_bytes()));
        let Some(trigger) = trigger else { return };
        self.tell_all(&trigger.keys, |key| hex(key.id.as_bytes()));
        self.tell_all(&trigger.secrets, |secret| hex(secret.id.as_bytes()));
        // A damaged key or secret opens nothing and leaves the others in place: each is a fact of its own.
        self.tell(row.as_str(), Trigger { keys: Vec::new(), secrets: Vec::new(), ..trigger.clone() });
    }

    fn of_contacts(&mut self, room: &Room) {
        self.tell_all(&room.contacts, |contact| hex(contact.id.as_bytes()));
        for (list, contacts) in &room.on_lists {
            contacts.iter().for_each(|on_it| self.tell(hex(on_it.id.as_bytes()), ("on the list", list, on_it.id)));
        }
        for (contact, conversations) in room.contacts.iter().zip(&room.known) {
            let row = hex(contact.id.as_bytes());
            conversations.iter().for_each(|known| self.tell(row.as_str(), ("leads to", contact.id, known)));
        }
        self.tell_all(&room.conversations, |conversation| hex(conversation.id.as_bytes()));
        self.tell_all(&room.messages, |message| hex(message.id.as_bytes()));
        room.outbox.iter().for_each(|message| self.tell(hex(message.id.as_bytes()), ("in the outbox", message)));
    }

    fn room(&mut self, room: &Room) {
        self.tell(hex(room.workspace.id.as_bytes()), &room.workspace);
        self.tell_all(&room.inboxes, |inbox| hex(inbox.id.as_bytes()));
        self.tell_all(&room.members, |member| hex(member.id.as_bytes()));
        self.tell_all(&room.lists, |list| hex(list.id.as_bytes()));
        self.tell_all(&room.fields, |field| hex(field.id.as_bytes()));
        self.tell_all(&room.templates, |template| hex(template.id.as_bytes()));
        self.of_contacts(room);
        room.automations.iter().for_each(|automation| self.automation(automation));
        for (capture, runs) in &room.captures {
            self.tell(hex(capture.id.as_bytes()), capture);
            runs.iter().for_each(|run| self.tell(hex(run.as_bytes()), ("of the capture", capture.id, run)));
        }
        self.tell_all(&room.runs, |run| hex(run.id.as_bytes()));
        self.tell_all(&room.plugins, |(plugin, _)| plugin.digest.to_string());
        room.state.values().for_each(|(_, entries)| self.tell_all(entries, |_| NOT_SHOWN.into()));
        self.tell_all(&room.secrets, |_| NOT_SHOWN.into());
        self.audit(&room.audit.1);
        self.tell_all(&room.stats, counted);
    }
}

impl Contents {
    /// All of it, fact by fact.
    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for (user, invite, tokens) in &self.host.users {
            facts.tell(hex(user.id.as_bytes()), (user, invite));
            facts.tokens(tokens);
        }
        facts.tokens(&self.host.tokens);
        facts.audit(&self.host.audit.1);
        self.workspaces.iter().for_each(|room| facts.room(room));
        facts
    }
}

/// An id as it is shown in a key.
fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn counted(row: &StatsRow) -> String {
    format!("{:016x}{}", row.at.as_millis(), hex(row.workspace.as_bytes()))
}
