//! Tokens of the admin door: what scripts and the command line present in the place of a session.

use serde::{Deserialize, Serialize};

use crate::session::is_news;
use crate::{Digest, Role, Timestamp, TokenId, UserId, WorkspaceId};

/// A token of the admin door. It may do what its user may, at most as its scope, and only in its workspace if it names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// SHA-256 of the token's text, by which it is found.
    pub sha256: Digest,
    /// What it is for, in its maker's words.
    pub name: String,
    /// Whose it is; without a user it is an operator's.
    pub user: Option<UserId>,
    /// The only workspace that it is good in.
    pub workspace: Option<WorkspaceId>,
    /// The most that it may do.
    pub scope: Role,
    /// The token that made it, with which it is taken back.
    pub made_by: Option<TokenId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// No longer good from here on.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub seen_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is good at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether that it was used at `now` is to be written down.
    pub fn is_news(&self, now: Timestamp) -> bool {
        is_news(self.seen_at, now)
    }

    /// Whether it takes nothing away from what its user may: then an operator's is an operator's.
    pub fn is_unbounded(&self) -> bool {
        self.scope == Role::Owner && self.workspace.is_none()
    }

    /// The role it has in a workspace where its user has `role`.
    pub fn role_in(&self, workspace: WorkspaceId, role: Role) -> Option<Role> {
        self.workspace.is_none_or(|only| only == workspace).then(|| role.min(self.scope))
    }
}

#[cfg(test)]
mod tests {
    use super::Token;
    use crate::{Digest, Role, Timestamp, TokenId, WorkspaceId};

    #[test]
    fn a_token_never_gives_more_than_its_user_has_nor_reaches_beyond_its_workspace() {
        let (here, there) = (WorkspaceId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let token = Token {
            id: TokenId::from_bytes([3; 16]),
            sha256: Digest::of(b""),
            name: "ci".into(),
            user: None,
            workspace: Some(here),
            scope: Role::Editor,
            made_by: None,
            created_at: Timestamp::from_millis(1),
            expires_at: Some(Timestamp::from_millis(9)),
            seen_at: None,
        };
        assert_eq!(token.role_in(here, Role::Owner), Some(Role::Editor));
        assert_eq!(token.role_in(here, Role::Viewer), Some(Role::Viewer));
        assert_eq!(token.role_in(there, Role::Owner), None);
        assert!(token.is_live(Timestamp::from_millis(8)) && !token.is_live(Timestamp::from_millis(9)));
        assert!(!token.is_unbounded());
        assert!(!Token { scope: Role::Owner, ..token.clone() }.is_unbounded());
        assert!(Token { scope: Role::Owner, workspace: None, ..token }.is_unbounded());
    }
}
