//! The admin token of the first start. Only its SHA-256 is ever stored.

use hookbox_model::{Audited, Digest, Id, Role, Timestamp, Token};
use hookbox_store::{Store, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audited::entry;
use crate::fresh::secret_of;

/// What became of the admin token at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstToken {
    /// Nothing to do: there is a token, and none was given or it is stored already.
    Kept,
    /// The given token was not stored yet and is now.
    Added,
    /// There was none: this is the new one, to be shown once.
    Made(String),
}

/// Sees to it that somebody can enter.
///
/// A `given` token (the environment variable) is added at every start at which it is not stored yet, so that the variable
/// always works. Without one, the first start makes `hbt_` and 64 hexadecimal digits of `random`.
///
/// # Errors
/// Those of the store. Nothing is lost by calling again.
pub async fn first_token(
    store: &dyn Store,
    given: Option<&str>,
    random: [u8; 32],
    now: Timestamp,
) -> Result<FirstToken, StoreError> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        if !store.tokens().is_empty().await? {
            return Ok(FirstToken::Kept);
        }
        let text = token_text(random);
        add(store, &token(&text, "first start", now)).await?;
        return Ok(FirstToken::Made(text));
    };
    let token = token(text, "given at start", now);
    if store.tokens().find(token.sha256).await?.is_some() {
        return Ok(FirstToken::Kept);
    }
    add(store, &token).await?;
    Ok(FirstToken::Added)
}

/// The text of a new token of these random bytes.
pub(crate) fn token_text(random: [u8; 32]) -> String {
    format!("hbt_{}", secret_of(random))
}

async fn add(store: &dyn Store, token: &Token) -> Result<(), StoreError> {
    let after = json!({"name": token.name, "scope": token.scope});
    let audited = entry(Audited::HOST.to_owned(), "token.create", token.id.to_string(), &Value::Null, &after);
    store.tokens().add(token, None, audited).await
}

fn token(text: &str, name: &str, now: Timestamp) -> Token {
    Token {
        id: Id::from_uuid(Uuid::now_v7()),
        sha256: Digest::of(text.as_bytes()),
        name: name.to_owned(),
        user: None,
        workspace: None,
        scope: Role::Owner,
        made_by: None,
        created_at: now,
        expires_at: None,
        seen_at: None,
    }
}
