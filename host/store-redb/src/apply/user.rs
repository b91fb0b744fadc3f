//! Users, their roles, their sessions, tokens and invites. A user's row, its name, its rows by workspace and what ends with a change of
//! theirs change together.

use hookbox_model::{Invite, Session, User, WorkspaceId};
use hookbox_store::{Ends, StoreError, UserChange};

use super::{token, unfinished};
use crate::batch::Batch;
use crate::catalog::{self, EVERYWHERE, Named};
use crate::error::Fault;
use crate::key;
use crate::record::{Record, seal, seal_index};
use crate::tables::Fixed;

/// The most users that are looked through for another owner or another operator who can log in.
const OTHERS_MAX: usize = 10_000;

/// The most sessions of a user, and the most tokens, that one change ends; the door keeps far fewer.
const ENDS_MAX: usize = 10_000;

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
    let (before, row) = (&change.before, change.before.id.as_bytes());
    same_user(batch, before)?;
    if change.after.id != before.id || change.after.email != before.email {
        return Err(StoreError::Stale { what: User::WHAT }.into());
    }
    let further = change.after.reaches_further_than(before);
    let (mut after, mut ends) = (change.after.clone(), change.ends);
    if further {
        // Whoever has any of it was given it for less.
        (after.password, ends) = (None, Ends::Everything);
    }
    stays_kept(batch, before, &after)?;
    let value = seal(row, &after)?;
    let ended = what_ends(batch, before, ends)?;
    batch.put(Fixed::Users, row, &value)?;
    for workspace in before.roles.keys().filter(|workspace| !after.roles.contains_key(workspace)) {
        batch.remove(Fixed::UserRoles, &key::pair(*workspace, row))?;
    }
    for workspace in after.roles.keys().filter(|workspace| !before.roles.contains_key(workspace)) {
        put_role(batch, *workspace, &after)?;
    }
    if further || (&after.password, after.disabled) != (&before.password, before.disabled) {
        batch.remove(Fixed::Invites, row)?;
    }
    for (table, row) in ended {
        batch.remove(table, &row)?;
    }
    change.invite.iter().try_for_each(|invite| put_invite(batch, invite))
}

/// Looks that a user is as they were `seen`.
pub(crate) fn same_user(batch: &mut Batch<'_>, seen: &User) -> Result<(), Fault> {
    let stored = batch.record::<User>(Fixed::Users, seen.id.as_bytes())?;
    let stored = stored.ok_or(StoreError::Missing { what: User::WHAT })?;
    if stored == *seen { Ok(()) } else { Err(StoreError::Stale { what: User::WHAT }.into()) }
}

/// Refuses what would leave a workspace without an owner, or the host without an operator, who can log in. Who only has to choose their
/// password anew keeps what they had.
fn stays_kept(batch: &mut Batch<'_>, before: &User, after: &User) -> Result<(), Fault> {
    let after = User { password: before.password.clone(), ..after.clone() };
    for workspace in before.roles.keys().filter(|workspace| before.owns(**workspace) && !after.owns(**workspace)) {
        let rows = batch.first_keys::<StoreError>(Fixed::UserRoles, workspace.as_bytes(), OTHERS_MAX)?;
        let others = rows.iter().map(|row| key::id_at(row, key::ID));
        if !has_other(batch, others, before, |other| other.owns(*workspace))? {
            return Err(StoreError::InUse { what: "owner", by: workspace.to_string() }.into());
        }
    }
    let keeps_host = |user: &User| user.operator && user.is_active();
    if keeps_host(before) && !keeps_host(&after) {
        let rows = batch.first_keys::<StoreError>(Fixed::Users, &[], OTHERS_MAX)?;
        if !has_other(batch, rows.iter().map(|row| key::id_at(row, 0)), before, keeps_host)? {
            return Err(StoreError::InUse { what: "operator", by: "the host".to_owned() }.into());
        }
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
    batch.first_keys(Fixed::Sessions, user.id.as_bytes(), ENDS_MAX)
}

/// The rows of what ends.
fn what_ends(batch: &mut Batch<'_>, user: &User, ends: Ends) -> Result<Vec<(Fixed, Vec<u8>)>, Fault> {
    let (kept, tokens) = match ends {
        Ends::Nothing => return Ok(Vec::new()),
        Ends::Sessions => (None, false),
        Ends::OtherSessions(id) => (Some(id), false),
        Ends::Everything => (None, true),
        Ends::EverythingBut(id) => (Some(id), true),
    };
    let mut sessions = sessions_of(batch, user)?;
    sessions.retain(|row| kept.is_none_or(|id| key::id_at(row, key::ID) != *id.as_bytes()));
    let mut rows: Vec<_> = sessions.into_iter().map(|row| (Fixed::Sessions, row)).collect();
    if tokens {
        rows.extend(token::rows_of(batch, user.id)?);
    }
    Ok(rows)
}

fn put_role(batch: &mut Batch<'_>, workspace: WorkspaceId, user: &User) -> Result<(), Fault> {
    let row = key::pair(workspace, user.id.as_bytes());
    Ok(batch.put(Fixed::UserRoles, &row, &seal_index(&row, &[]))?)
}

/// Whether one of `others` who is not `user` is as it is asked.
fn has_other(
    batch: &mut Batch<'_>,
    others: impl Iterator<Item = [u8; key::ID]>,
    user: &User,
    asked: impl Fn(&User) -> bool,
) -> Result<bool, Fault> {
    for id in others.filter(|id| id != user.id.as_bytes()) {
        if batch.record::<User>(Fixed::Users, &id)?.is_some_and(|other| asked(&other)) {
            return Ok(true);
        }
    }
    Ok(false)
}
