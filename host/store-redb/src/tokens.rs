//! Tokens of the admin door: the file of their trait in `hookbox-store`, on redb. A row under the user leads to each token's own,
//! which is under its digest; those of no user are under zeros.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{Audited, Digest, Timestamp, Token, TokenId, User, UserId, WorkspaceId};
use hookbox_store::{StoreError, Tokens};
use redb::ReadableTableMetadata;

use crate::apply::{self, HOLDER, holder, holder_row};
use crate::error::{Fault, unreadable};
use crate::paging;
use crate::record::{Record, open_index, seal, seal_index};
use crate::store::RedbStore;
use crate::tables::{Fixed, Name};

#[async_trait]
impl Tokens for RedbStore {
    async fn add(&self, token: &Token, user: Option<&User>, audited: Audited) -> Result<(), StoreError> {
        let (token, user) = (token.clone(), user.cloned());
        self.configure(move |batch| {
            let (row, holder) = (token.sha256.as_bytes(), holder_row(token.user, token.id));
            if batch.contains::<StoreError>(Fixed::Tokens, row)? {
                return Ok(());
            }
            user.iter().try_for_each(|user| apply::same_user(batch, user))?;
            if let Some(maker) = token.made_by
                && !batch.contains::<StoreError>(Fixed::TokenHolders, &holder_row(token.user, maker))?
            {
                return Err(StoreError::Stale { what: Token::WHAT }.into());
            }
            let ended = apply::ended_rows(batch, token.user, token.created_at)?;
            let (value, entry) = (seal(row, &token)?, apply::next_entry(batch, WorkspaceId::HOST, &audited)?);
            for (table, row) in ended {
                batch.remove(table, &row)?;
            }
            batch.put(Fixed::Tokens, row, &value)?;
            batch.put(Fixed::TokenHolders, &holder, &seal_index(&holder, row))?;
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn find(&self, sha256: Digest) -> Result<Option<Token>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Tokens, sha256.as_bytes()))
    }

    async fn of(&self, user: Option<UserId>, limit: usize) -> Result<Vec<Token>, StoreError> {
        self.read(|snapshot| {
            let Some(rows) = snapshot.table(Fixed::TokenHolders.into())? else { return Ok(Vec::new()) };
            let (prefix, mut tokens) = (holder(user), Vec::new());
            for row in paging::range(&rows, &Bound::Included(prefix.to_vec()), &prefix)?.take(limit) {
                let (key, value) = row.map_err(unreadable)?;
                let opened = open_index(key.value(), value.value(), HOLDER).map(<[u8]>::to_vec);
                // What is damaged is noted, and hides none of the others.
                let Ok(sha256) = snapshot.noted(Name::from(Fixed::TokenHolders), key.value(), opened) else { continue };
                tokens.extend(snapshot.record::<Token>(Fixed::Tokens, &sha256).ok().flatten());
            }
            Ok(tokens)
        })
    }

    async fn seen(&self, sha256: Digest, at: Timestamp) -> Result<(), StoreError> {
        self.change(move |batch| {
            let row = sha256.as_bytes();
            let stored = batch.record::<Token>(Fixed::Tokens, row)?;
            if let Some(stored) = stored.filter(|stored| stored.seen_at.is_none_or(|before| before < at)) {
                batch.put(Fixed::Tokens, row, &seal(row, &Token { seen_at: Some(at), ..stored })?)?;
            }
            Ok::<_, Fault>(())
        })
        .await
    }

    async fn remove(&self, user: Option<UserId>, id: TokenId, audited: Audited) -> Result<(), StoreError> {
        self.configure(move |batch| {
            let gone = apply::token_rows(batch, user, id)?;
            let entry = apply::next_entry(batch, WorkspaceId::HOST, &audited)?;
            for (table, row) in gone {
                batch.remove(table, &row)?;
            }
            Ok(entry.write(batch)?)
        })
        .await
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|snapshot| match snapshot.table(Fixed::Tokens.into())? {
            Some(rows) => rows.is_empty().map_err(unreadable),
            None => Ok(true),
        })
    }
}
