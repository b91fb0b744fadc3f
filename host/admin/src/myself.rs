//! Whoever calls, as they are told of themselves: who they are, and what they may do where.

use std::sync::Arc;

use hookbox_model::{Role, SessionId, Timestamp, TokenId, UserId, Workspace, WorkspaceId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::door::Door;
use crate::paged::every;
use crate::refusal::Refusal;
use crate::who::Who;

/// Who calls.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Me")]
pub(crate) struct MeShape {
    /// The user; null for an operator's token.
    user: Option<MyselfShape>,
    /// Whether they may do everything in every workspace, and make workspaces.
    operator: bool,
    /// The workspaces that they may see, and what they may do there.
    role_by_workspace: Vec<RoleShape>,
    /// The token that was presented.
    token: Option<TokenId>,
    /// The session that was presented.
    session: Option<SessionShape>,
}

/// A user, as they see themselves.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Myself")]
struct MyselfShape {
    /// Their id.
    id: UserId,
    /// Their address.
    email: String,
    /// What others call them.
    name: String,
}

/// A role in a workspace.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WorkspaceRole")]
struct RoleShape {
    /// The workspace's id.
    id: WorkspaceId,
    /// Its name.
    name: String,
    /// What they may do there.
    role: Role,
}

/// A session.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
struct SessionShape {
    /// Its id.
    id: SessionId,
    /// It ends here, whatever its user does.
    expires_at: Timestamp,
}

impl MeShape {
    /// Whoever this is.
    pub(crate) async fn of(door: &Door, who: &Who) -> Result<Self, Refusal> {
        let role_in = |workspace: Arc<Workspace>| {
            let role = who.role_in(workspace.id)?;
            Some(RoleShape { id: workspace.id, name: workspace.name.clone(), role })
        };
        Ok(Self {
            user: who.user().map(|user| MyselfShape {
                id: user.id,
                email: user.email.clone(),
                name: user.name.clone(),
            }),
            operator: who.is_operator(),
            role_by_workspace: workspaces(door, who).await?.into_iter().filter_map(role_in).collect(),
            token: who.token().map(|token| token.id),
            session: match who {
                Who::Session { session, .. } => Some(SessionShape { id: session.id, expires_at: session.expires_at }),
                Who::Token { .. } => None,
            },
        })
    }
}

/// The workspaces that somebody might have a role in: an operator in every one.
async fn workspaces(door: &Door, who: &Who) -> Result<Vec<Arc<Workspace>>, Refusal> {
    let Some(user) = who.user().filter(|user| !user.operator) else {
        let all = every(|page| door.store().workspaces().page(page)).await?;
        return Ok(all.into_iter().map(Arc::new).collect());
    };
    let mut found = Vec::new();
    for id in user.roles.keys() {
        found.extend(door.workspace(&id.to_string()).await?);
    }
    Ok(found)
}
