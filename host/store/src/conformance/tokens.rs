//! Tokens of the admin door.

use std::sync::Arc;

use hookbox_model::{Digest, Token, UserId, WorkspaceId};

use super::samples;
use crate::{AuditFilter, PageRequest, Store, StoreError};

/// Every promise about tokens.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_token_is_found_by_its_digest(&*open().await).await;
    a_token_is_among_those_of_its_user_until_it_is_removed(&*open().await).await;
    what_a_token_made_goes_with_it(&*open().await).await;
    tokens_that_ran_out_make_room(&*open().await).await;
}

async fn a_token_is_found_by_its_digest(store: &dyn Store) {
    assert_eq!(store.tokens().is_empty().await, Ok(true));
    let token = samples::token("secret");
    store.tokens().add(&token, None, samples::audited("token.create")).await.expect("a token is added");
    assert_eq!(store.tokens().is_empty().await, Ok(false));
    let again = Token { id: samples::id(), ..token.clone() };
    store
        .tokens()
        .add(&again, None, samples::audited("token.create"))
        .await
        .expect("the same text again changes nothing");
    assert_eq!(store.tokens().find(token.sha256).await, Ok(Some(token.clone())));
    assert_eq!(store.tokens().find(Digest::of(b"other")).await, Ok(None));
    assert_eq!(store.tokens().of(None, 10).await, Ok(vec![token.clone()]));
    let log =
        store.audit().page(WorkspaceId::HOST, &AuditFilter::default(), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(log).len(), 1, "what changed nothing is not noted");
    let later = token.created_at.plus_millis(60_000);
    store.tokens().seen(token.sha256, later).await.expect("it is noted");
    store.tokens().seen(token.sha256, token.created_at).await.expect("an earlier time changes nothing");
    store.tokens().seen(Digest::of(b"other"), later).await.expect("nothing is noted of what is not there");
    assert_eq!(store.tokens().find(token.sha256).await, Ok(Some(Token { seen_at: Some(later), ..token })));
}

async fn a_token_is_among_those_of_its_user_until_it_is_removed(store: &dyn Store) {
    let (ann, bob) = (samples::user(), samples::user());
    for user in [&ann, &bob] {
        let log = [(WorkspaceId::HOST, samples::audited("user.create"))].into();
        store.users().create(user, &samples::invite(user).0, log).await.expect("a user is added");
    }
    let (ann, bob) = (ann.id, bob.id);
    let of = |user: UserId, text: &str| Token { user: Some(user), ..samples::token(text) };
    let (one, two, other) = (of(ann, "one"), of(ann, "two"), of(bob, "other"));
    for token in [&one, &two, &other] {
        store.tokens().add(token, None, samples::audited("token.create")).await.expect("a token is added");
    }
    assert_eq!(store.tokens().of(Some(ann), 10).await, Ok(vec![one.clone(), two.clone()]));
    assert_eq!(store.tokens().of(Some(ann), 1).await, Ok(vec![one.clone()]));
    assert_eq!(store.tokens().of(None, 10).await, Ok(Vec::new()));
    for strange in [Some(bob), None] {
        let refused = store.tokens().remove(strange, one.id, samples::audited("token.revoke")).await;
        assert_eq!(refused, Err(StoreError::Missing { what: "token" }), "nobody removes another's");
    }
    store.tokens().remove(Some(ann), one.id, samples::audited("token.revoke")).await.expect("it is removed");
    assert_eq!(store.tokens().find(one.sha256).await, Ok(None));
    assert_eq!(store.tokens().of(Some(ann), 10).await, Ok(vec![two]));
    let again = store.tokens().remove(Some(ann), one.id, samples::audited("token.revoke")).await;
    assert_eq!(again, Err(StoreError::Missing { what: "token" }));
}

async fn what_a_token_made_goes_with_it(store: &dyn Store) {
    let by = |maker: &Token, text: &str| Token { made_by: Some(maker.id), ..samples::token(text) };
    let (first, other) = (samples::token("first"), samples::token("other"));
    let child = by(&first, "child");
    let (grandchild, stranger) = (by(&child, "grandchild"), by(&other, "stranger"));
    let all = [&first, &other, &child, &grandchild, &stranger];
    for token in all {
        store.tokens().add(token, None, samples::audited("token.create")).await.expect("a token is added");
    }
    store.tokens().remove(None, first.id, samples::audited("token.revoke")).await.expect("it is removed");
    assert_eq!(store.tokens().of(None, 10).await, Ok(vec![other, stranger]));
    for gone in [&first, &child, &grandchild] {
        assert_eq!(store.tokens().find(gone.sha256).await, Ok(None));
    }
    let late = store.tokens().add(&by(&first, "late"), None, samples::audited("token.create")).await;
    assert_eq!(late, Err(StoreError::Stale { what: "token" }), "its maker is gone");
}

async fn tokens_that_ran_out_make_room(store: &dyn Store) {
    let ended = samples::token("ended");
    let end = ended.created_at.plus_millis(1_000);
    let ended = Token { expires_at: Some(end), ..ended };
    let good = Token { expires_at: Some(end.plus_millis(1)), ..samples::token("good") };
    let next = Token { created_at: end, ..samples::token("next") };
    for token in [&ended, &good, &next] {
        store.tokens().add(token, None, samples::audited("token.create")).await.expect("a token is added");
    }
    assert_eq!(store.tokens().of(None, 10).await, Ok(vec![good, next]));
    assert_eq!(store.tokens().find(ended.sha256).await, Ok(None));
}
