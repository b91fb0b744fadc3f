//! Grants: what an admin approved of what a plugin asks. What is not granted is refused.

use serde::{Deserialize, Serialize};

use crate::{HttpScope, HttpTarget, StateEntry};

/// One thing a plugin asks to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Need {
    /// The capability (`contacts.write`).
    pub capability: String,
    /// To what: names of fields, tags, lists, conversation actions, inboxes or secrets, keys of state (`leads` or, for all that
    /// begin so, `leads:*`), places to call (`POST https://api.example.com`); `*` for all.
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
    /// Keeping state under this key, or keys that begin so (`leads:*`).
    pub const STATE: &'static str = "state";
    /// Calling a place, as [`HttpScope`] says it.
    pub const HTTP: &'static str = "http";
    /// Using a secret of this name, without seeing it.
    pub const SECRET: &'static str = "secret";

    /// Every capability there is.
    pub const CAPABILITIES: [&'static str; 9] = [
        Self::CONTACTS_READ,
        Self::CONTACTS_WRITE,
        Self::CONTACTS_TAG,
        Self::LISTS_WRITE,
        Self::CONVERSATIONS_WRITE,
        Self::MESSAGES_SEND,
        Self::STATE,
        Self::HTTP,
        Self::SECRET,
    ];

    /// What `conversations.write` can be granted for.
    pub const CONVERSATION_ACTIONS: [&'static str; 5] = ["assign", "unassign", "close", "reopen", "note"];

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
        if self.scopes(capability).any(|allowed| covers(capability, allowed, scope)) {
            return Ok(());
        }
        Err(Denied { capability, scope: scope.chars().take(200).collect() })
    }

    /// Whether the call is granted; the error names the grant that is missing.
    pub fn check_http(&self, target: HttpTarget<'_>) -> Result<(), Denied> {
        let granted = self.scopes(Self::HTTP).filter_map(|allowed| allowed.parse::<HttpScope>().ok());
        if granted.into_iter().any(|allowed| allowed.covers(target)) {
            return Ok(());
        }
        Err(Denied { capability: Self::HTTP, scope: target.to_string().chars().take(200).collect() })
    }

    /// Whether anything at all of `capability` is granted.
    pub fn has(&self, capability: &str) -> bool {
        self.scopes(capability).next().is_some()
    }

    /// The part of `wanted` that is asked for in `needs`, with the author's reasons; or the first scope that is not: nothing can
    /// be granted that was not asked for.
    pub fn within(needs: &[Need], wanted: &[Need]) -> Result<Self, ScopeError> {
        let mut granted = Vec::new();
        for Need { capability, scope, .. } in wanted {
            for scope in scope {
                let need = needs.iter().find(|need| need.capability == *capability && need.scope.contains(scope));
                let Some(need) = need else {
                    let scope = scope.chars().take(200).collect();
                    return Err(ScopeError::NotAsked { capability: capability.chars().take(80).collect(), scope });
                };
                let one =
                    Need { capability: capability.clone(), scope: vec![scope.clone()], reason: need.reason.clone() };
                add(&mut granted, one);
            }
        }
        Ok(Self(granted))
    }

    /// What a version that needs `needs` asks beyond these grants, and what of these it no longer asks.
    pub fn change_to(&self, needs: &[Need]) -> NeedsChange {
        let mut change = NeedsChange::default();
        for need in needs {
            for scope in &need.scope {
                let one = Need { scope: vec![scope.clone()], ..need.clone() };
                let has = self.scopes(&need.capability).any(|allowed| allowed == "*" || allowed == scope);
                add(if has { &mut change.kept } else { &mut change.added }, one);
            }
        }
        for grant in &self.0 {
            for scope in &grant.scope {
                let asked = needs.iter().any(|need| need.capability == grant.capability && need.scope.contains(scope));
                if !asked {
                    add(&mut change.dropped, Need { scope: vec![scope.clone()], ..grant.clone() });
                }
            }
        }
        change
    }

    fn scopes(&self, capability: &str) -> impl Iterator<Item = &str> {
        let granted = self.0.iter().filter(move |need| need.capability == capability);
        granted.flat_map(|need| &need.scope).map(String::as_str)
    }
}

impl Need {
    /// Refuses a scope that its capability does not know.
    pub fn check_scope(capability: &str, scope: &str) -> Result<(), ScopeError> {
        let wrong = |why: String| Err(ScopeError::Wrong { capability: capability.chars().take(80).collect(), why });
        match capability {
            _ if scope == "*" => Ok(()),
            Grants::HTTP => scope.parse::<HttpScope>().map(|_| ()).or_else(|error| wrong(error.to_string())),
            Grants::CONVERSATIONS_WRITE if !Grants::CONVERSATION_ACTIONS.contains(&scope) => {
                wrong(format!("{scope:?} is no conversation action; known are {:?}", Grants::CONVERSATION_ACTIONS))
            }
            Grants::STATE if scope.len() > StateEntry::KEY_BYTES_MAX => {
                wrong(format!("a key of state has at most {} bytes", StateEntry::KEY_BYTES_MAX))
            }
            _ => Ok(()),
        }
    }
}

/// What a new version asks compared with what was granted before, one need for each capability and reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NeedsChange {
    /// Asked now and not granted before.
    pub added: Vec<Need>,
    /// Asked now and granted before.
    pub kept: Vec<Need>,
    /// Granted before and no longer asked.
    pub dropped: Vec<Need>,
}

/// A scope cannot be asked for, or not be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// The capability does not know such a scope.
    #[error("a scope of {capability} is wrong: {why}")]
    Wrong {
        /// The capability.
        capability: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody asked for it.
    #[error("the plugin does not ask for {capability} of {scope:?}, so it cannot be granted")]
    NotAsked {
        /// The capability.
        capability: String,
        /// The scope.
        scope: String,
    },
}

fn covers(capability: &str, allowed: &str, scope: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some("") => true,
        Some(front) if capability == Grants::STATE => scope.starts_with(front),
        Some(_) | None => allowed == scope,
    }
}

/// Joins a need of one scope to one of the same capability and reason, if there is one.
fn add(needs: &mut Vec<Need>, one: Need) {
    match needs.iter_mut().find(|need| need.capability == one.capability && need.reason == one.reason) {
        Some(need) => need.scope.extend(one.scope),
        None => needs.push(one),
    }
}

#[cfg(test)]
mod tests {
    use super::{Grants, Need};
    use crate::HttpTarget;

    fn need(capability: &str, scope: &[&str]) -> Need {
        let scope = scope.iter().map(|&text| text.into()).collect();
        Need { capability: capability.into(), scope, reason: "because".into() }
    }

    #[test]
    fn only_what_was_granted_is_allowed() {
        let grants = Grants::all_of(&[need("lists.write", &["customers"]), need("contacts.write", &["*"])]);
        assert!(grants.check(Grants::LISTS_WRITE, "customers").is_ok());
        assert!(grants.check(Grants::CONTACTS_WRITE, "anything").is_ok());
        let denied = grants.check(Grants::LISTS_WRITE, "staff").expect_err("not granted");
        assert_eq!(denied.to_string(), "not granted: lists.write for \"staff\"");
        assert!(Grants::default().check(Grants::STATE, "x").is_err());
    }

    #[test]
    fn state_is_granted_by_key_or_by_how_keys_begin() {
        let grants = Grants::all_of(&[need("state", &["total", "leads:*"]), need("lists.write", &["a*"])]);
        for key in ["total", "leads:", "leads:7"] {
            assert!(grants.check(Grants::STATE, key).is_ok(), "{key}");
        }
        for key in ["totals", "leads", "lead"] {
            assert!(grants.check(Grants::STATE, key).is_err(), "{key}");
        }
        assert!(grants.check(Grants::LISTS_WRITE, "abc").is_err(), "only keys of state are granted by how they begin");
    }

    #[test]
    fn a_call_that_is_not_granted_is_named_by_the_grant_it_wants() {
        let grants = Grants::all_of(&[need("http", &["POST https://api.example.com", "nonsense"])]);
        let target = HttpTarget { method: "POST", scheme: "https", host: "api.example.com", port: 443 };
        assert!(grants.check_http(target).is_ok());
        let denied = grants.check_http(HttpTarget { method: "GET", ..target }).expect_err("not granted");
        assert_eq!(denied.to_string(), "not granted: http for \"GET https://api.example.com\"");
    }

    #[test]
    fn nothing_can_be_granted_that_was_not_asked_for() {
        let needs = [need("lists.write", &["a", "b"]), need("state", &["*"])];
        let granted = Grants::within(&needs, &[need("lists.write", &["b"])]).expect("asked for");
        assert_eq!(granted.as_needs(), [need("lists.write", &["b"])]);
        for wrong in [need("lists.write", &["c"]), need("lists.write", &["*"]), need("http", &["*"])] {
            assert!(Grants::within(&needs, &[wrong]).is_err());
        }
    }

    #[test]
    fn a_new_version_is_compared_with_what_was_granted_scope_by_scope() {
        let grants = Grants::all_of(&[need("lists.write", &["a", "b"]), need("state", &["*"])]);
        let change = grants.change_to(&[need("lists.write", &["b", "c"]), need("state", &["x"]), need("http", &["*"])]);
        assert_eq!(change.added, [need("lists.write", &["c"]), need("http", &["*"])]);
        assert_eq!(change.kept, [need("lists.write", &["b"]), need("state", &["x"])]);
        assert_eq!(change.dropped, [need("lists.write", &["a"]), need("state", &["*"])]);
    }

    #[test]
    fn scopes_that_their_capability_does_not_know_are_refused() {
        for (capability, scope) in
            [("http", "api.example.com"), ("conversations.write", "delete"), ("state", &"x".repeat(257))]
        {
            assert!(Need::check_scope(capability, scope).is_err(), "{capability}");
        }
        for (capability, scope) in [("http", "*"), ("conversations.write", "note"), ("state", "x*"), ("secret", "crm")]
        {
            assert!(Need::check_scope(capability, scope).is_ok(), "{capability}");
        }
    }
}
