//! The rows of tokens: one under the token's digest, and one under its user that leads there. Those of no user are under zeros.

use std::collections::BTreeSet;

use hookbox_model::{Timestamp, Token, TokenId, UserId, WorkspaceId};
use hookbox_store::StoreError;

use crate::batch::Batch;
use crate::error::Fault;
use crate::key;
use crate::record::Record;
use crate::tables::Fixed;

/// What rows of `token-holders` are called in messages.
pub(crate) const HOLDER: &str = "holder of a token";

/// The most tokens of one holder that are looked through; the door keeps far fewer.
const HELD_MAX: usize = 10_000;

/// The rows of a token, of those that it made, and of those that they made. `Missing` when this holder has no such token.
pub(crate) fn token_rows(
    batch: &mut Batch<'_>,
    user: Option<UserId>,
    id: TokenId,
) -> Result<Vec<(Fixed, Vec<u8>)>, Fault> {
    if !batch.contains::<StoreError>(Fixed::TokenHolders, &holder_row(user, id))? {
        return Err(StoreError::Missing { what: Token::WHAT }.into());
    }
    let (held, mut makers) = (held(batch, user)?, BTreeSet::from([id]));
    loop {
        let before = makers.len();
        for (_, _, token) in &held {
            if let Some(token) = token
                && token.made_by.is_some_and(|maker| makers.contains(&maker))
            {
                makers.insert(token.id);
            }
        }
        if makers.len() == before {
            break;
        }
    }
    let is_gone = |row: &[u8]| makers.iter().any(|id| key::id_at(row, key::ID) == *id.as_bytes());
    let gone = held.into_iter().filter(|(row, ..)| is_gone(row));
    Ok(gone.flat_map(|(row, sha256, _)| [(Fixed::TokenHolders, row), (Fixed::Tokens, sha256)]).collect())
}

/// The rows of all tokens of a user.
pub(crate) fn rows_of(batch: &mut Batch<'_>, user: UserId) -> Result<Vec<(Fixed, Vec<u8>)>, Fault> {
    let held = held(batch, Some(user))?.into_iter();
    Ok(held.flat_map(|(row, sha256, _)| [(Fixed::TokenHolders, row), (Fixed::Tokens, sha256)]).collect())
}

/// The rows of a holder's tokens that are good no more at `now`. None of them made one that still is: that would outlive it.
pub(crate) fn ended_rows(
    batch: &mut Batch<'_>,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<(Fixed, Vec<u8>)>, Fault> {
    let is_over = |token: &Token| token.expires_at.is_some_and(|end| end <= now);
    let ended = held(batch, user)?.into_iter().filter(|(_, _, token)| token.as_ref().is_some_and(is_over));
    Ok(ended.flat_map(|(row, sha256, _)| [(Fixed::TokenHolders, row), (Fixed::Tokens, sha256)]).collect())
}

/// What the keys of a holder's rows begin with.
pub(crate) fn holder(user: Option<UserId>) -> [u8; key::ID] {
    user.map_or([0; key::ID], |user| *user.as_bytes())
}

/// The key of the row that leads to a token.
pub(crate) fn holder_row(user: Option<UserId>, id: TokenId) -> [u8; 32] {
    key::pair(WorkspaceId::from_bytes(holder(user)), id.as_bytes())
}

/// The row that leads to a token, the token's own key, and the token if it is there.
type Held = (Vec<u8>, Vec<u8>, Option<Token>);

/// What a holder has.
fn held(batch: &mut Batch<'_>, user: Option<UserId>) -> Result<Vec<Held>, Fault> {
    let mut held = Vec::new();
    for row in batch.first_keys::<StoreError>(Fixed::TokenHolders, &holder(user), HELD_MAX)? {
        let Some(sha256) = batch.index(Fixed::TokenHolders, &row, HOLDER)? else { continue };
        let token = batch.record(Fixed::Tokens, &sha256)?;
        held.push((row, sha256, token));
    }
    Ok(held)
}
