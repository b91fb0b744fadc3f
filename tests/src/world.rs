//! What one workspace holds, as its admin API shows it: what the auditor judges.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::admin::Admin;

/// The records of a workspace.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Captures.
    pub captures: Vec<Value>,
    /// Runs with their steps.
    pub runs: Vec<Value>,
    /// Contacts.
    pub contacts: Vec<Value>,
    /// Conversations.
    pub conversations: Vec<Value>,
    /// Messages.
    pub messages: Vec<Value>,
    /// The ids of the contacts on each list, by its name.
    pub lists: BTreeMap<String, Vec<String>>,
}

impl World {
    /// Reads contacts, their conversations and who is on which list; of the other records there may be too many.
    pub fn of_people(admin: &Admin) -> Self {
        let all = |what: &str| admin.all(&format!("/api/v1/{what}"));
        let mut lists = BTreeMap::new();
        for list in all("lists") {
            let members = all(&format!("lists/{}/contacts", text(&list["id"])));
            lists.insert(text(&list["name"]), members.iter().map(|contact| text(&contact["id"])).collect());
        }
        Self { contacts: all("contacts"), conversations: all("conversations"), lists, ..Self::default() }
    }
}

/// The text in a JSON string; empty for anything else.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
