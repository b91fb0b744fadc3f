//! Tokens of the admin door.

use std::sync::Arc;

use super::samples;
use crate::Store;

/// Every promise about tokens.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_token_is_found_by_its_digest(&*open().await).await;
}

async fn a_token_is_found_by_its_digest(store: &dyn Store) {
    assert_eq!(store.tokens().is_empty().await, Ok(true));
    let token = samples::token("secret");
    store.tokens().add(&token).await.expect("a token is added");
    assert_eq!(store.tokens().is_empty().await, Ok(false));
    let again = hookbox_model::Token { id: samples::id(), ..token.clone() };
    store.tokens().add(&again).await.expect("the same text again changes nothing");
    assert_eq!(store.tokens().find(token.sha256).await, Ok(Some(token)));
    assert_eq!(store.tokens().find(hookbox_model::Digest::of(b"other")).await, Ok(None));
}
