//! Records by id or by name: whoever reads documents knows names, whoever reads answers knows ids.

use anyhow::{Result, bail};

use crate::client::Client;

/// A kind of record that has a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Where the API has them.
    pub(super) path: &'static str,
    /// What one is called, in messages and on the command line.
    pub(super) word: &'static str,
    /// What their ids begin with.
    prefix: &'static str,
    /// Where the API has the name.
    by: &'static str,
}

/// Automations.
pub(super) const AUTOMATION: Kind = Kind { path: "automations", word: "automation", prefix: "aut_", by: "name" };
/// Inboxes.
pub(super) const INBOX: Kind = Kind { path: "inboxes", word: "inbox", prefix: "inb_", by: "name" };
/// Members.
pub(super) const MEMBER: Kind = Kind { path: "members", word: "member", prefix: "mem_", by: "name" };
/// Lists.
pub(super) const LIST: Kind = Kind { path: "lists", word: "list", prefix: "lst_", by: "name" };
/// Declared fields.
pub(super) const FIELD: Kind = Kind { path: "fields", word: "field", prefix: "fld_", by: "name" };
/// Templates.
pub(super) const TEMPLATE: Kind = Kind { path: "templates", word: "template", prefix: "tpl_", by: "name" };
/// Workspaces.
pub(super) const WORKSPACE: Kind = Kind { path: "workspaces", word: "workspace", prefix: "wsp_", by: "name" };
/// Users, who are known by their address.
pub(super) const USER: Kind = Kind { path: "users", word: "user", prefix: "usr_", by: "email" };

impl Kind {
    /// The id of the record that `text` is the id or the name of.
    pub(super) fn id(self, client: &Client, text: &str) -> Result<String> {
        if self.is_id(text) {
            return Ok(text.to_owned());
        }
        let mut after: Option<String> = None;
        loop {
            let cursor = after.as_deref().map(|after| ("after", after));
            let query: Vec<_> = [("limit", "1000")].into_iter().chain(cursor).collect();
            let page = client.get(self.path, &query)?;
            let mut items = page["items"].as_array().into_iter().flatten();
            if let Some(id) = items.find(|item| item[self.by] == text).and_then(|item| item["id"].as_str()) {
                return Ok(id.to_owned());
            }
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => bail!("there is no {} {text:?}; `hookbox {} page` lists those there are", self.word, self.word),
            }
        }
    }

    /// The path of the record that `text` is the id or the name of.
    pub(super) fn path_of(self, client: &Client, text: &str) -> Result<String> {
        Ok(format!("{}/{}", self.path, self.id(client, text)?))
    }

    fn is_id(self, text: &str) -> bool {
        text.strip_prefix(self.prefix).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(is_hex))
    }
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::AUTOMATION;

    #[test]
    fn an_id_is_told_from_a_name() {
        assert!(AUTOMATION.is_id("aut_0190a1b2c3d4e5f60718293a4b5c6d7e"));
        for name in ["aut_1", "Order shipped", "inb_0190a1b2c3d4e5f60718293a4b5c6d7e", ""] {
            assert!(!AUTOMATION.is_id(name), "{name}");
        }
    }
}
