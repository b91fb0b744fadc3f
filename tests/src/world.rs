//! Everything one workspace holds, as its admin API shows it: what the auditor judges.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::admin::Admin;
use crate::deadline::eventually;

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
    /// Reads all of it.
    pub fn read(admin: &Admin) -> Self {
        let all = |what: &str| admin.all(&format!("/api/v1/{what}"));
        let mut lists = BTreeMap::new();
        for list in all("lists") {
            let members = all(&format!("lists/{}/contacts", text(&list["id"])));
            lists.insert(text(&list["name"]), members.iter().map(|contact| text(&contact["id"])).collect());
        }
        Self {
            captures: all("captures"),
            runs: all("runs"),
            contacts: all("contacts"),
            conversations: all("conversations"),
            messages: all("messages"),
            lists,
        }
    }

    /// Reads all of it once every capture of the workspace has a run that came to its end.
    pub fn at_rest(admin: &Admin, captures: usize) -> Self {
        eventually(&format!("{captures} runs to end"), || {
            let done = |state: &str| admin.all(&format!("/api/v1/runs?state={state}")).len();
            (done("succeeded") + done("failed") >= captures).then_some(())
        });
        Self::read(admin)
    }
}

/// The text in a JSON string; empty for anything else.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
