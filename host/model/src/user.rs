//! Users: who may log in, and what each may do in which workspace.
//!
//! An *operator* keeps the host: they may do everything in every workspace, make workspaces and other operators. Everybody else
//! has a role in each workspace that they may see at all.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Timestamp, UserId, WorkspaceId};

/// What somebody may do in a workspace. Each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// See everything but secrets, keys, users and the audit log.
    Viewer,
    /// Change automations, contacts and lists; decide about messages; replay and cancel runs.
    Editor,
    /// Approve plugins and keep their secrets; change inboxes and the workspace; read the audit log.
    Admin,
    /// Say who may do what.
    Owner,
}

/// A text is not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is viewer, editor, admin or owner")]
pub struct RoleError;

/// Somebody who logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, unique in the store, as [`User::spelled`] spells it.
    pub email: String,
    /// What others call them.
    pub name: String,
    /// The argon2id hash of their password in PHC form; absent until they accepted their invite.
    pub password: Option<PasswordHash>,
    /// They keep the host.
    pub operator: bool,
    /// What they may do where.
    pub roles: BTreeMap<WorkspaceId, Role>,
    /// They cannot log in, and nothing of theirs is good.
    pub disabled: bool,
    /// When they were made.
    pub created_at: Timestamp,
    /// When anything of the above last changed.
    pub updated_at: Timestamp,
}

/// A hash of a password, in PHC form. Nothing shows it: who has it can guess at leisure.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// The longest address of a user in bytes: what SMTP carries.
const EMAIL_BYTES_MAX: usize = 254;

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

impl User {
    /// The one spelling of an address by which a user is found: trimmed and in lower case. Nothing when it cannot be an address.
    pub fn spelled(email: &str) -> Option<String> {
        let email = email.trim().to_lowercase();
        let (local, domain) = email.rsplit_once('@')?;
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        let parts = !local.is_empty() && domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let one_at = !local.contains(strange) && !domain.contains(strange);
        (parts && one_at && email.len() <= EMAIL_BYTES_MAX).then_some(email)
    }

    /// Whether they accepted their invite, and nobody disabled them since.
    pub fn is_active(&self) -> bool {
        self.password.is_some() && !self.disabled
    }

    /// Whether they get into what they were not in as they were `before`: a further workspace, or the host. A role that is more than the one
    /// before in the same workspace does not count: whoever could make a link for them owned that workspace.
    pub fn reaches_further_than(&self, before: &Self) -> bool {
        !before.operator && (self.operator || self.roles.keys().any(|workspace| !before.roles.contains_key(workspace)))
    }

    /// Whether they can say who may do what in a workspace, today.
    pub fn owns(&self, workspace: WorkspaceId) -> bool {
        self.is_active() && self.roles.get(&workspace) == Some(&Role::Owner)
    }
}

impl PasswordHash {
    /// A hash from its PHC text.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC text, for whoever verifies a password.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordHash, Role, User};

    #[test]
    fn each_role_may_do_more_than_the_one_before() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).ok(), Some(role.as_str().into()));
        }
        assert!("operator".parse::<Role>().is_err());
    }

    #[test]
    fn an_address_has_one_spelling() {
        assert_eq!(User::spelled(" Ann@Example.COM\n"), Some("ann@example.com".into()));
        for wrong in
            ["", "ann", "@example.com", "ann@", "ann@example", "ann@.com", "a nn@example.com", "a@b@example.com"]
        {
            assert_eq!(User::spelled(wrong), None, "{wrong}");
        }
        assert_eq!(User::spelled(&format!("{}@example.com", "a".repeat(300))), None);
    }

    #[test]
    fn a_hash_is_not_shown() {
        assert!(!format!("{:?}", PasswordHash::new("$argon2id$secret".into())).contains("secret"));
    }
}
