//! Tokens of the admin door: the file of their trait in `hookbox-store`, on redb.

use async_trait::async_trait;
use hookbox_model::{Digest, Token};
use hookbox_store::{StoreError, Tokens};
use redb::ReadableTableMetadata;

use crate::error::unreadable;
use crate::record::seal;
use crate::store::RedbStore;
use crate::tables::Fixed;

#[async_trait]
impl Tokens for RedbStore {
    async fn add(&self, token: &Token) -> Result<(), StoreError> {
        let token = token.clone();
        self.configure(move |batch| {
            let row = token.sha256.as_bytes();
            if !batch.contains::<StoreError>(Fixed::Tokens, row)? {
                batch.put(Fixed::Tokens, row, &seal(row, &token)?)?;
            }
            Ok(())
        })
        .await
    }

    async fn find(&self, sha256: Digest) -> Result<Option<Token>, StoreError> {
        self.read(|snapshot| snapshot.record(Fixed::Tokens, sha256.as_bytes()))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|snapshot| match snapshot.table(Fixed::Tokens.into())? {
            Some(rows) => rows.is_empty().map_err(unreadable),
            None => Ok(true),
        })
    }
}
