//! Users and their invites: the file of their trait in `hookbox-store`, on redb. What a change of a user does is in `apply/user.rs`.

use async_trait::async_trait;
use hookbox_model::{Audited, Invite, Session, User, UserId, WorkspaceId};
use hookbox_store::{LogEntries, Page, PageRequest, StoreError, UserChange, Users};
use redb::ReadableTableMetadata;

use crate::apply;
use crate::catalog::{EVERYWHERE, Named};
use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record::{self, Record};
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Users for RedbStore {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|snapshot| match snapshot.table(Fixed::Users.into())? {
            Some(rows) => rows.is_empty().map_err(unreadable),
            None => Ok(true),
        })
    }

    async fn create_first(&self, user: &User, session: &Session, audited: Audited) -> Result<(), StoreError> {
        let (user, session) = (user.clone(), session.clone());
        self.configure(move |batch| {
            if !batch.first_keys::<StoreError>(Fixed::Users, &[], 1)?.is_empty() {
                return Err(StoreError::Exists { what: User::WHAT, name: "somebody".into() }.into());
            }
            let entries = apply::next_entries(batch, &[(WorkspaceId::HOST, audited)].into())?;
            apply::create_user(batch, &user)?;
            apply::begin_session(batch, &session)?;
            Ok(apply::write_entries(batch, entries)?)
        })
        .await
    }

    async fn create(&self, user: &User, invite: &Invite, audited: LogEntries) -> Result<(), StoreError> {
        let (user, invite) = (user.clone(), invite.clone());
        self.configure(move |batch| {
            let entries = apply::next_entries(batch, &audited)?;
            apply::create_user(batch, &user)?;
            apply::put_invite(batch, &invite)?;
            Ok(apply::write_entries(batch, entries)?)
        })
        .await
    }

    async fn change(&self, change: UserChange, audited: LogEntries) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let entries = apply::next_entries(batch, &audited)?;
            apply::change_user(batch, &change)?;
            Ok(apply::write_entries(batch, entries)?)
        })
        .await
    }

    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Users, id.as_bytes()))
    }

    async fn find(&self, email: &str) -> Result<Option<User>, StoreError> {
        self.read(|snapshot| {
            let row = Named::User.key(&EVERYWHERE, email);
            let Some(id) = snapshot.id(Fixed::Names, &row, "name")? else { return Ok(None) };
            snapshot.record(Fixed::Users, &id)
        })
    }

    async fn page(&self, page: PageRequest) -> Result<Page<User>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::Users, &[], bounds, |key, value| record::open(key, value).map(Some))
        })
    }

    async fn page_of(&self, workspace: WorkspaceId, page: PageRequest) -> Result<Page<User>, StoreError> {
        let bounds = (&page, self.reach());
        self.read(|snapshot| {
            paging::ascending(snapshot, Fixed::UserRoles, workspace.as_bytes(), bounds, |key, _| {
                snapshot.record(Fixed::Users, &key::id_at(key, key::ID))
            })
        })
    }

    async fn invite(&self, seen: &User, invite: &Invite, audited: LogEntries) -> Result<(), StoreError> {
        let (seen, invite) = (seen.clone(), invite.clone());
        self.change(move |batch| {
            apply::same_user(batch, &seen)?;
            let entries = apply::next_entries(batch, &audited)?;
            apply::put_invite(batch, &invite)?;
            Ok(apply::write_entries(batch, entries)?)
        })
        .await
    }

    async fn find_invite(&self, user: UserId) -> Result<Option<Invite>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Invites, user.as_bytes()))
    }

    async fn accept(
        &self,
        invite: &Invite,
        change: UserChange,
        session: &Session,
        audited: LogEntries,
    ) -> Result<(), StoreError> {
        let (invite, session) = (invite.clone(), session.clone());
        self.configure(move |batch| {
            let stored = batch.record::<Invite>(Fixed::Invites, invite.user.as_bytes())?;
            if stored.as_ref() != Some(&invite) {
                return Err(StoreError::Missing { what: Invite::WHAT }.into());
            }
            let entries = apply::next_entries(batch, &audited)?;
            apply::change_user(batch, &change)?;
            batch.remove(Fixed::Invites, invite.user.as_bytes())?;
            apply::begin_session(batch, &session)?;
            Ok(apply::write_entries(batch, entries)?)
        })
        .await
    }
}
