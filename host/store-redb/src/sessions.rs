//! Sessions: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Audited, Session, SessionId, Timestamp, User, UserId, WorkspaceId};
use hookbox_store::{Sessions, StoreError};

use crate::apply;
use crate::key;
use crate::record::{Record, seal};
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Sessions for RedbStore {
    async fn begin(&self, user: &User, session: &Session, kept_max: usize, audited: Audited) -> Result<(), StoreError> {
        let (user, session) = (user.clone(), session.clone());
        self.change(move |batch| {
            let stored = batch.record::<User>(Fixed::Users, session.user.as_bytes())?;
            let stored = stored.filter(User::is_active).ok_or(StoreError::Missing { what: User::WHAT })?;
            if stored != user {
                return Err(StoreError::Stale { what: User::WHAT }.into());
            }
            let entry = apply::next_entry(batch, WorkspaceId::HOST, &audited)?;
            let before = apply::sessions_of(batch, &user)?;
            for row in before.iter().rev().skip(kept_max.saturating_sub(1)) {
                batch.remove(Fixed::Sessions, row)?;
            }
            apply::begin_session(batch, &session)?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn find(&self, user: UserId, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Sessions, &key::pair(user.retyped(), id.as_bytes())))
    }

    async fn seen(&self, user: UserId, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.change(move |batch| {
            let row = key::pair(user.retyped(), id.as_bytes());
            let stored = batch.record::<Session>(Fixed::Sessions, &row)?;
            if let Some(stored) = stored.filter(|stored| stored.seen_at < at) {
                batch.put(Fixed::Sessions, &row, &seal(&row, &Session { seen_at: at, ..stored })?)?;
            }
            Ok::<_, crate::error::Fault>(())
        })
        .await
    }

    async fn end(&self, user: UserId, id: SessionId, audited: Audited) -> Result<(), StoreError> {
        self.change(move |batch| {
            let row = key::pair(user.retyped(), id.as_bytes());
            if !batch.contains::<StoreError>(Fixed::Sessions, &row)? {
                return Err(StoreError::Missing { what: Session::WHAT }.into());
            }
            let entry = apply::next_entry(batch, WorkspaceId::HOST, &audited)?;
            batch.remove(Fixed::Sessions, &row)?;
            Ok(entry.write(batch)?)
        })
        .await
    }
}
