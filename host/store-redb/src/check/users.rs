//! Users against their names, roles, sessions and invites; tokens against their holders.

use hookbox_model::{Invite, Session, Token, User};
use hookbox_store::StoreError;

use super::findings::Findings;
use super::scan::{each, keys, lookup};
use crate::apply::{HOLDER, holder_row};
use crate::catalog::{EVERYWHERE, Named};
use crate::key;
use crate::record::{open_id, open_index};
use crate::snapshot::Snapshot;
use crate::tables::Fixed;

pub(super) fn check(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<User>(snapshot, Fixed::Users, |row, user| {
        let named = snapshot.id(Fixed::Names, &Named::User.key(&EVERYWHERE, &user.email), "name");
        if named != Ok(Some(*user.id.as_bytes())) {
            findings.add(Fixed::Users, row, "its address does not find it");
        }
        for workspace in user.roles.keys() {
            if !snapshot.contains(Fixed::UserRoles, &key::pair(*workspace, row_id(row)))? {
                findings.add(Fixed::Users, row, "a workspace in which it has a role does not name it");
            }
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::Names, |row, value| {
        let Some(email) = row.strip_prefix(Named::User.key(&EVERYWHERE, "").as_slice()) else { return Ok(()) };
        let id = open_id(row, value, "name").ok();
        let user = id.and_then(|id| lookup::<User>(snapshot, Fixed::Users, &id));
        if user.is_none_or(|user| user.email.as_bytes() != email) {
            findings.add(Fixed::Names, row, "it leads to no user with this address");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::UserRoles, |row, _| {
        let (workspace, user) = (key::id_at(row, 0), key::id_at(row, key::ID));
        let has_role = |user: User| user.roles.keys().any(|role| *role.as_bytes() == workspace);
        if !lookup::<User>(snapshot, Fixed::Users, &user).is_some_and(has_role) {
            findings.add(Fixed::UserRoles, row, "it names a user who has no role there");
        }
        Ok(())
    })?;
    each::<Session>(snapshot, Fixed::Sessions, |row, session| {
        if !snapshot.contains(Fixed::Users, session.user.as_bytes())? {
            findings.add(Fixed::Sessions, row, "its user is not there");
        }
        if row != key::pair(session.user.retyped(), session.id.as_bytes()) {
            findings.add(Fixed::Sessions, row, "it is not where its user finds it");
        }
        Ok(())
    })?;
    each::<Invite>(snapshot, Fixed::Invites, |row, invite| {
        if !snapshot.contains(Fixed::Users, invite.user.as_bytes())? {
            findings.add(Fixed::Invites, row, "its user is not there");
        }
        if row != invite.user.as_bytes() {
            findings.add(Fixed::Invites, row, "it is not where its user finds it");
        }
        Ok(())
    })?;
    tokens(snapshot, findings)
}

fn tokens(snapshot: &Snapshot, findings: &mut Findings) -> Result<(), StoreError> {
    each::<Token>(snapshot, Fixed::Tokens, |row, token| {
        if !snapshot.contains(Fixed::TokenHolders, &holder_row(token.user, token.id))? {
            findings.add(Fixed::Tokens, row, "its holder does not have it");
        }
        if token.user.is_some_and(|user| lookup::<User>(snapshot, Fixed::Users, user.as_bytes()).is_none()) {
            findings.add(Fixed::Tokens, row, "its user is not there");
        }
        Ok(())
    })?;
    keys(snapshot, Fixed::TokenHolders, |row, value| {
        let leads = open_index(row, value, HOLDER).ok();
        if leads.and_then(|sha256| lookup::<Token>(snapshot, Fixed::Tokens, sha256)).is_none() {
            findings.add(Fixed::TokenHolders, row, "it leads to no token");
        }
        Ok(())
    })
}

/// The id that is a whole key.
fn row_id(row: &[u8]) -> &[u8; key::ID] {
    row.first_chunk().unwrap_or(&EVERYWHERE)
}
