//! Who calls, once that is known: a user in a session, a user's token, or an operator's. What they may do follows from it alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use hookbox_model::{Role, Session, Token, User, UserId, Workspace, WorkspaceId};

use crate::refusal::Refusal;

/// Somebody whose credentials are good.
#[derive(Clone)]
pub(crate) enum Who {
    /// A user who logged in.
    Session {
        /// The user.
        user: Arc<User>,
        /// Their session.
        session: Arc<Session>,
    },
    /// Whoever has a token.
    Token {
        /// The token.
        token: Arc<Token>,
        /// Whose it is; without a user it is an operator's.
        user: Option<Arc<User>>,
    },
}

impl Who {
    /// How the audit log names them: `usr_…`, `usr_… with tok_…` or `tok_…`.
    pub(crate) fn by(&self) -> String {
        match self {
            Self::Session { user, .. } => user.id.to_string(),
            Self::Token { token, user: Some(user) } => format!("{} with {}", user.id, token.id),
            Self::Token { token, user: None } => token.id.to_string(),
        }
    }

    /// The user behind the credentials.
    pub(crate) fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::Session { user, .. } => Some(user),
            Self::Token { user, .. } => user.as_ref(),
        }
    }

    /// The user's id.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    /// The token that was presented.
    pub(crate) fn token(&self) -> Option<&Arc<Token>> {
        match self {
            Self::Session { .. } => None,
            Self::Token { token, .. } => Some(token),
        }
    }

    /// Whether nothing bounds what they may do as who they are: a session, or a token without a scope or a workspace of its own.
    pub(crate) fn is_unbounded(&self) -> bool {
        self.token().is_none_or(|token| token.is_unbounded())
    }

    /// Whether they may do everything everywhere. A token that is bounded in any way is no operator's, whoever made it.
    pub(crate) fn is_operator(&self) -> bool {
        match self {
            Self::Session { user, .. } => user.operator,
            Self::Token { token, user } => token.is_unbounded() && user.as_ref().is_none_or(|user| user.operator),
        }
    }

    /// What they may do in a workspace; nothing when they may not know of it.
    pub(crate) fn role_in(&self, workspace: WorkspaceId) -> Option<Role> {
        let of = |user: &User| if user.operator { Some(Role::Owner) } else { user.roles.get(&workspace).copied() };
        match self {
            Self::Session { user, .. } => of(user),
            Self::Token { token, user } => {
                let role = user.as_deref().map_or(Some(Role::Owner), of)?;
                token.role_in(workspace, role)
            }
        }
    }

    /// The workspaces in which they have a role; nothing when that is every one.
    pub(crate) fn workspaces(&self) -> Option<BTreeSet<WorkspaceId>> {
        if let Some(only) = self.token().and_then(|token| token.workspace) {
            return Some(self.role_in(only).map(|_| only).into_iter().collect());
        }
        let user = self.user().filter(|user| !user.operator)?;
        Some(user.roles.keys().copied().collect())
    }

    /// Refuses whoever does not keep the host.
    pub(crate) fn as_operator(&self) -> Result<(), Refusal> {
        if self.is_operator() { Ok(()) } else { Err(Refusal::Forbidden { needed: "operator", role: None }) }
    }

    /// Refuses whose role in a workspace is less than `needed`. To whom has none there it is as if there was no such workspace; `asked`
    /// is what they called it.
    pub(crate) fn has_role(&self, needed: Role, workspace: &Workspace, asked: &str) -> Result<(), Refusal> {
        let unknown = || Refusal::UnknownWorkspace { asked: asked.chars().take(100).collect() };
        let role = self.role_in(workspace.id).ok_or_else(unknown)?;
        if role >= needed {
            return Ok(());
        }
        Err(Refusal::Forbidden { needed: needed.as_str(), role: Some(role) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{Digest, Role, Timestamp, Token, TokenId, User, UserId, WorkspaceId};

    use super::Who;

    const HERE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const THERE: WorkspaceId = WorkspaceId::from_bytes([2; 16]);

    fn user(operator: bool) -> Arc<User> {
        let at = Timestamp::from_millis(1);
        Arc::new(User {
            id: UserId::from_bytes([3; 16]),
            email: "ann@example.com".into(),
            name: "Ann".into(),
            password: None,
            operator,
            roles: [(HERE, Role::Admin)].into(),
            disabled: false,
            created_at: at,
            updated_at: at,
        })
    }

    fn with(user: Option<Arc<User>>, workspace: Option<WorkspaceId>, scope: Role) -> Who {
        let token = Token {
            id: TokenId::from_bytes([4; 16]),
            sha256: Digest::of(b""),
            name: "ci".into(),
            user: user.as_ref().map(|user| user.id),
            workspace,
            scope,
            made_by: None,
            created_at: Timestamp::from_millis(1),
            expires_at: None,
            seen_at: None,
        };
        Who::Token { token: Arc::new(token), user }
    }

    #[test]
    fn a_token_is_an_operators_only_when_nothing_bounds_it() {
        let sees = |who: &Who, id: WorkspaceId| who.workspaces().is_none_or(|known| known.contains(&id));
        for (who, operator, here, there) in [
            (with(None, None, Role::Owner), true, Some(Role::Owner), Some(Role::Owner)),
            (with(None, None, Role::Admin), false, Some(Role::Admin), Some(Role::Admin)),
            (with(None, Some(THERE), Role::Owner), false, None, Some(Role::Owner)),
            (with(Some(user(true)), None, Role::Owner), true, Some(Role::Owner), Some(Role::Owner)),
            (with(Some(user(true)), None, Role::Editor), false, Some(Role::Editor), Some(Role::Editor)),
            (with(Some(user(false)), None, Role::Owner), false, Some(Role::Admin), None),
            (with(Some(user(false)), Some(HERE), Role::Viewer), false, Some(Role::Viewer), None),
            (with(Some(user(false)), Some(THERE), Role::Owner), false, None, None),
        ] {
            assert_eq!(
                (who.is_operator(), who.role_in(HERE), who.role_in(THERE)),
                (operator, here, there),
                "{}",
                who.by()
            );
            assert_eq!((sees(&who, HERE), sees(&who, THERE)), (here.is_some(), there.is_some()), "{}", who.by());
        }
    }
}
