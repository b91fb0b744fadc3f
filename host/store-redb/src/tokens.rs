//! Tokens of the admin door: the file of their trait in `hookbox-store`, on redb. A row under the user leads to each token's own,
//! which is under its digest; those of no user are under zeros.

use std::ops::Bound;

use async_trait::async_trait;
use hookbox_model::{Audited, Digest, Timestamp, Token, TokenId, UserId, WorkspaceId};
use hookbox_store::{StoreError, Tokens};
use redb::ReadableTableMetadata;

use crate::apply;
use crate::error::{Fault, unreadable};
use crate::key;
use crate::paging;
use crate::record::{Record, open_index, seal, seal_index};
use crate::store::RedbStore;
use crate::tables::{Fixed, Name};

/// What rows of `token-holders` are called in messages.
pub(crate) const HOLDER: &str = "holder of a token";

#[async_trait]
impl Tokens for RedbStore {
    async fn add(&self, token: &Token, audited: Audited) -> Result<(), StoreError> {
        let token = token.clone();
        self.configure(move |batch| {
            let (row, holder) = (token.sha256.as_bytes(), holder_row(token.user, token.id));
            if batch.contains::<StoreError>(Fixed::Tokens, row)? {
                return Ok(());
            }
            let (value, entry) = (seal(row, &token)?, apply::next_entry(batch, WorkspaceId::HOST, &audited)?);
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
            let holder = holder_row(user, id);
            let sha256 = batch.index(Fixed::TokenHolders, &holder, HOLDER)?;
            let sha256 = sha256.ok_or(StoreError::Missing { what: Token::WHAT })?;
            let entry = apply::next_entry(batch, WorkspaceId::HOST, &audited)?;
            batch.remove(Fixed::Tokens, &sha256)?;
            batch.remove(Fixed::TokenHolders, &holder)?;
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

/// What the keys of a holder's rows begin with.
fn holder(user: Option<UserId>) -> [u8; key::ID] {
    user.map_or([0; key::ID], |user| *user.as_bytes())
}

/// The key of the row that leads to a token.
pub(crate) fn holder_row(user: Option<UserId>, id: TokenId) -> [u8; 32] {
    key::pair(WorkspaceId::from_bytes(holder(user)), id.as_bytes())
}
