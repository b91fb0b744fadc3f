//! Grants: what an admin approved of what a plugin asks. What is not granted is refused.

use serde::{Deserialize, Serialize};

/// One thing a plugin asks to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Need {
    /// The capability (`contacts.write`).
    pub capability: String,
    /// To what: names of fields, lists, inboxes, hosts; `*` for all.
    pub scope: Vec<String>,
    /// Why, in the author's words.
    pub reason: String,
}

/// What a plugin may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grants(Vec<Need>);

/// The grant that is missing, in the words an admin would grant it by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not granted: {capability} for {scope:?}")]
pub struct Denied {
    /// The capability.
    pub capability: &'static str,
    /// The one thing it was wanted for.
    pub scope: String,
}

impl Grants {
    /// Reading a contact field of this name (`phone`, `email`, `external_id`, `tags`, `lists` or a field's name).
    pub const CONTACTS_READ: &'static str = "contacts.read";
    /// Writing or clearing a contact field of this name.
    pub const CONTACTS_WRITE: &'static str = "contacts.write";
    /// Adding or removing a tag of this name.
    pub const CONTACTS_TAG: &'static str = "contacts.tag";
    /// Adding contacts to, or removing them from, a list of this name.
    pub const LISTS_WRITE: &'static str = "lists.write";
    /// Changing a conversation: `assign`, `unassign`, `close`, `reopen` or `note`.
    pub const CONVERSATIONS_WRITE: &'static str = "conversations.write";
    /// Asking to send from an inbox of this name.
    pub const MESSAGES_SEND: &'static str = "messages.send";
    /// Keeping state under a key that begins with this text.
    pub const STATE: &'static str = "state";
    /// Calling `scheme://host:port` with a method.
    pub const HTTP: &'static str = "http";

    /// Every capability there is.
    pub const CAPABILITIES: [&'static str; 8] = [
        Self::CONTACTS_READ,
        Self::CONTACTS_WRITE,
        Self::CONTACTS_TAG,
        Self::LISTS_WRITE,
        Self::CONVERSATIONS_WRITE,
        Self::MESSAGES_SEND,
        Self::STATE,
        Self::HTTP,
    ];

    /// Everything that was asked for.
    pub fn all_of(needs: &[Need]) -> Self {
        Self(needs.to_vec())
    }

    /// What was granted, in the order it was asked for.
    pub fn as_needs(&self) -> &[Need] {
        &self.0
    }

    /// Whether `capability` is granted for `scope`; the error names the grant that is missing.
    pub fn check(&self, capability: &'static str, scope: &str) -> Result<(), Denied> {
        let granted = self.0.iter().filter(|need| need.capability == capability);
        if granted.flat_map(|need| &need.scope).any(|allowed| allowed == "*" || allowed == scope) {
            return Ok(());
        }
        Err(Denied { capability, scope: scope.chars().take(200).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Grants, Need};
    #[test]
    fn only_what_was_granted_is_allowed() {
        let need = |capability: &str, scope: &[&str]| Need {
            capability: capability.into(),
            scope: scope.iter().map(|&text| text.into()).collect(),
            reason: String::new(),
        };
        let grants = Grants::all_of(&[need("lists.write", &["customers"]), need("contacts.write", &["*"])]);
        assert!(grants.check(Grants::LISTS_WRITE, "customers").is_ok());
        assert!(grants.check(Grants::CONTACTS_WRITE, "anything").is_ok());
        let denied = grants.check(Grants::LISTS_WRITE, "staff").expect_err("not granted");
        assert_eq!(denied.to_string(), "not granted: lists.write for \"staff\"");
        assert!(Grants::default().check(Grants::STATE, "x").is_err());
    }
}
