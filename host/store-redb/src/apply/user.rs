//! Users, their roles, their sessions and invites. A user's row, its name, its rows by workspace and its sessions change together.

use hookbox_model::{Invite, Session, User, WorkspaceId};
use hookbox_store::{Ends, StoreError, UserChange};

use super::unfinished;
use crate::batch::Batch;
use crate::catalog::{self, EVERYWHERE, Named};
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal, seal_index};
use crate::tables::Fixed;

/// The most owners of one workspace that are looked through for one who can log in.
const OWNERS_MAX: usize = 10_000;

/// The most sessions of a user that one change ends; the door keeps far fewer.
const SESSIONS_MAX: usize = 10_000;

/// Adds a user, unless their address is taken.
pub(crate) fn create_user(batch: &mut Batch<'_>, user: &User) -> Result<(), Fault> {
    let id = user.id.as_bytes();
    catalog::add(batch, Fixed::Users, id, user, (Named::User, EVERYWHERE, &user.email), id)?;
    for workspace in user.roles.keys() {
        put_role(batch, *workspace, user)?;
    }
    Ok(())
}

/// Puts a user in the place of what they were, and ends what ends with it.
pub(crate) fn change_user(batch: &mut Batch<'_>, change: &UserChange) -> Result<(), Fault> {
    let UserChange { before, after, ends } = change;
    let row = before.id.as_bytes();
    let stored = batch.record::<User>(Fixed::Users, row)?.ok_or(StoreError::Missing { what: User::WHAT })?;
    if stored != *before || after.id != before.id || after.email != before.email {
        return Err(StoreError::Stale { what: User::WHAT }.into());
    }
    for workspace in before.roles.keys().filter(|workspace| before.owns(**workspace) && !after.owns(**workspace)) {
        if !has_other_owner(batch, *workspace, before)? {
            return Err(StoreError::InUse { what: "owner", by: workspace.to_string() }.into());
        }
    }
    let value = seal(row, after)?;
    let ended = sessions_that_end(batch, before, *ends)?;
    batch.put(Fixed::Users, row, &value)?;
    for workspace in before.roles.keys().filter(|workspace| !after.roles.contains_key(workspace)) {
        batch.remove(Fixed::UserRoles, &key::pair(*workspace, row))?;
    }
    for workspace in after.roles.keys().filter(|workspace| !before.roles.contains_key(workspace)) {
        put_role(batch, *workspace, after)?;
    }
    // Whoever made the link did so for less.
    let gained = after.roles.keys().any(|workspace| !before.roles.contains_key(workspace));
    if gained || (after.operator && !before.operator) {
        batch.remove(Fixed::Invites, row)?;
    }
    for session in ended {
        batch.remove(Fixed::Sessions, &session)?;
    }
    Ok(())
}

/// Begins a session of a user who is there. What comes before it in the unit has checked that.
pub(crate) fn begin_session(batch: &mut Batch<'_>, session: &Session) -> Result<(), Fault> {
    let row = session_row(session);
    let value = seal(&row, session).map_err(|error| unfinished(error.into()))?;
    Ok(batch.put(Fixed::Sessions, &row, &value)?)
}

/// Puts an invite in the place of the one that its user had.
pub(crate) fn put_invite(batch: &mut Batch<'_>, invite: &Invite) -> Result<(), Fault> {
    let row = invite.user.as_bytes();
    let value = seal(row, invite).map_err(|error| unfinished(error.into()))?;
    Ok(batch.put(Fixed::Invites, row, &value)?)
}

/// The key of a session's row.
pub(crate) fn session_row(session: &Session) -> [u8; 32] {
    key::pair(session.user.retyped(), session.id.as_bytes())
}

/// The keys of a user's sessions, the oldest first.
pub(crate) fn sessions_of(batch: &mut Batch<'_>, user: &User) -> Result<Vec<Vec<u8>>, Fault> {
    batch.first_keys(Fixed::Sessions, user.id.as_bytes(), SESSIONS_MAX)
}

fn sessions_that_end(batch: &mut Batch<'_>, user: &User, ends: Ends) -> Result<Vec<Vec<u8>>, Fault> {
    let kept = match ends {
        Ends::Nothing => return Ok(Vec::new()),
        Ends::Sessions => None,
        Ends::OtherSessions(id) => Some(id),
    };
    let mut rows = sessions_of(batch, user)?;
    rows.retain(|row| kept.is_none_or(|id| key::id_at(row, key::ID) != *id.as_bytes()));
    Ok(rows)
}

fn put_role(batch: &mut Batch<'_>, workspace: WorkspaceId, user: &User) -> Result<(), Fault> {
    let row = key::pair(workspace, user.id.as_bytes());
    Ok(batch.put(Fixed::UserRoles, &row, &seal_index(&row, &[]))?)
}

/// Whether somebody else can say who may do what in the workspace.
fn has_other_owner(batch: &mut Batch<'_>, workspace: WorkspaceId, user: &User) -> Result<bool, Fault> {
    for row in batch.first_keys::<StoreError>(Fixed::UserRoles, workspace.as_bytes(), OWNERS_MAX)? {
        let id = key::id_at(&row, key::ID);
        if id == *user.id.as_bytes() {
            continue;
        }
        if batch.record::<User>(Fixed::Users, &id)?.is_some_and(|other| other.owns(workspace)) {
            return Ok(true);
        }
    }
    Ok(false)
}
